"""From training rows to a verdict: trials, fit, evaluation, comparison, gate, card and page."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from dropcast.contracts.codec import from_document, to_document
from dropcast.contracts.errors import DocumentError, NoCandidateError, ProgramError
from dropcast.recipe import Balance, Candidate, Gate, Recipe, Requirement, candidate
from dropcast.recipes import find_recipe
from dropcast.search.board import Board, BoardRow, Trial
from dropcast.training import (
    ChampionModel,
    Evaluation,
    Fitted,
    ModelCard,
    SplitRecord,
    evaluate_model,
    fit_best,
    judge,
    make_card,
    plan_split,
    render_card,
    run_trial,
    score_with_pipeline,
    select_test,
    select_train,
    take_rows,
)
from dropcast.training.candidates import balance_rows
from dropcast.training.encoders import FrequencyEncoder, InformationFilter
from tests.training.feature_rows import SONGS, generate_songs, read_songs
from tests.universal.samples import shrink, split_sample

QUICK = candidate("logistic_regression", C=1.0)
VERSION = "a" * 64


def make_board(tried: Candidate, metric: str = "roc_auc") -> Board:
    row = BoardRow(
        number=0, entry=0, candidate=tried, fold_scores=(0.7,), mean=0.7, std=0.0, error=None
    )
    failed = replace(row, number=1, mean=None, std=None, fold_scores=(), error="ValueError: no")
    return Board(metric=metric, rows=(row, failed))


def fit_sample(recipe: Recipe, tried: Candidate) -> Fitted:
    record, train, _ = split_sample(recipe)
    return fit_best(
        recipe,
        train,
        board=make_board(tried, recipe.gate.metric),
        split=record,
        seed=1,
        dataset_version=VERSION,
        references={},
        reference_columns={},
    )


def evaluate_sample(
    recipe: Recipe, fitted: Fitted, champion: ChampionModel | None = None
) -> Evaluation:
    record, _, test = split_sample(recipe)
    return evaluate_model(
        recipe=recipe,
        program=fitted.program,
        test=test,
        scores=score_with_pipeline(fitted.pipeline, test),
        split=record,
        champion=champion,
        seed=1,
    )


@cache
def judge_songs() -> tuple[Fitted, Evaluation]:
    fitted = fit_sample(SONGS, QUICK)
    return fitted, evaluate_sample(SONGS, fitted)


def test_a_trial_that_cannot_be_fitted_is_a_row_with_its_reason() -> None:
    _, train, _ = split_sample(SONGS)
    bad = Trial(number=3, entry=1, candidate=candidate("random_forest", n_estimators=-1))
    row = run_trial(SONGS, train, bad, seed=1)
    assert (row.number, row.entry, row.mean, row.fold_scores) == (3, 1, None, ())
    assert row.error is not None
    assert "n_estimators" in row.error


def test_a_trial_is_measured_on_five_folds_and_again_the_same() -> None:
    _, train, _ = split_sample(SONGS)
    trial = Trial(number=0, entry=0, candidate=QUICK)
    row = run_trial(SONGS, train, trial, seed=1)
    assert len(row.fold_scores) == 5
    assert row.mean == pytest.approx(np.mean(row.fold_scores))
    assert run_trial(SONGS, train, trial, seed=1) == row


def test_rows_that_are_no_training_rows_are_not_fitted_on() -> None:
    record, _, test = split_sample(SONGS)
    with pytest.raises(DocumentError, match="no training rows"):
        fit_best(
            SONGS,
            test,
            board=make_board(QUICK),
            split=record,
            seed=1,
            dataset_version=VERSION,
            references={},
            reference_columns={},
        )


def test_a_board_of_failures_names_each() -> None:
    record, train, _ = split_sample(SONGS)
    failures = Board(metric="roc_auc", rows=make_board(QUICK).rows[1:])
    with pytest.raises(NoCandidateError, match="logistic_regression: ValueError: no"):
        fit_best(
            SONGS,
            train,
            board=failures,
            split=record,
            seed=1,
            dataset_version=VERSION,
            references={},
            reference_columns={},
        )


def test_a_feature_of_noise_is_worth_nothing_and_the_first_ones_something() -> None:
    importance = {i.name: i.mean for i in judge_songs()[0].record.importance}
    assert set(importance) == {feature.name for feature in SONGS.features}
    assert max(importance.values()) > 0.01


@pytest.mark.parametrize("dataset", ["spotify_preference", "spotify_events", "sipsa_prices"])
def test_a_card_of_each_task_survives_json_and_its_page_shows_the_figures(dataset: str) -> None:
    recipe = replace(find_recipe(dataset), title="<i>Title</i>")
    fitted = fit_sample(recipe, shrink(recipe.candidates[-1]))
    evaluation = evaluate_sample(recipe, fitted)
    verdict = judge(recipe, evaluation, model="xgboost")
    card = make_card(
        recipe=recipe,
        run_id="run",
        code_hash="c" * 64,
        fit=fitted.record,
        evaluation=evaluation,
        verdict=verdict,
    )
    assert from_document(ModelCard, to_document(card)) == card
    page = render_card(card)
    assert "<i>Title" not in page
    assert page.count("<svg") >= 3
    for name in evaluation.metrics:
        assert f"<td>{name}</td>" in page
    for rule in verdict.rules:
        assert rule.sentence.split(";")[0][:40].replace("'", "&#x27;") in page
    assert "ValueError: no" in page


def test_a_card_of_another_model_or_recipe_is_refused() -> None:
    fitted, evaluation = judge_songs()
    verdict = judge(SONGS, evaluation, model="logistic_regression")
    other = replace(evaluation, program_sha256="0" * 64)
    with pytest.raises(DocumentError, match="run it again"):
        make_card(
            recipe=SONGS,
            run_id="run",
            code_hash="c",
            fit=fitted.record,
            evaluation=other,
            verdict=verdict,
        )
    with pytest.raises(DocumentError, match="another recipe"):
        make_card(
            recipe=replace(SONGS, title="Other"),
            run_id="run",
            code_hash="c",
            fit=fitted.record,
            evaluation=evaluation,
            verdict=verdict,
        )


def with_gate(gate: Gate) -> Recipe:
    return replace(SONGS, gate=gate)


def find_failed(recipe: Recipe, evaluation: Evaluation) -> list[str]:
    verdict = judge(recipe, evaluation, model="logistic_regression")
    return [rule.sentence for rule in verdict.rules if not rule.passed]


def test_each_rule_of_the_gate_can_refuse() -> None:
    _, evaluation = judge_songs()
    assert find_failed(SONGS, evaluation) == []
    high = Gate(
        metric="roc_auc",
        champion_margin=0.1,
        requirements=(
            Requirement(metric="accuracy", bound=0.999),
            Requirement(metric="brier", bound=0.001),
        ),
    )
    first, second = find_failed(with_gate(high), evaluation)
    assert "accuracy" in first
    assert "is not at least 0.999" in first
    assert "is not at most 0.001" in second
    level = replace(evaluation.against_dummy, low=0.0)
    (sentence,) = find_failed(SONGS, replace(evaluation, against_dummy=level))
    assert "is not above 0" in sentence
    agreement = replace(evaluation.agreement, largest_difference=1e-6)
    (sentence,) = find_failed(SONGS, replace(evaluation, agreement=agreement))
    assert "disagrees with its pipeline" in sentence


def test_a_naive_forecast_that_nothing_beat_is_kept_and_says_so() -> None:
    recipe = find_recipe("sipsa_prices")
    fitted = fit_sample(recipe, candidate("naive_forecast"))
    evaluation = evaluate_sample(recipe, fitted)
    assert evaluation.metrics["mase"].value == pytest.approx(evaluation.baseline["mase"])
    verdict = judge(recipe, evaluation, model="naive_forecast")
    assert verdict.passed
    assert any("no candidate was better in cross-validation" in r for r in verdict.reasons)


def champion_of(fitted: Fitted, split: SplitRecord | None, *, model: str) -> ChampionModel:
    return ChampionModel(model=model, program=fitted.program, split=split)


def test_the_champion_is_compared_on_rows_new_to_it() -> None:
    fitted, _ = judge_songs()
    record, _, test = split_sample(SONGS)
    evaluation = evaluate_sample(SONGS, fitted, champion_of(fitted, record, model="old"))
    assert evaluation.comparison is not None
    assert evaluation.comparison.rows == len(test)
    assert evaluation.comparison.difference is not None
    assert evaluation.comparison.difference.value == 0.0
    assert find_failed(SONGS, evaluation) == []
    better = replace(
        evaluation.comparison,
        difference=replace(evaluation.comparison.difference, low=-0.2, value=-0.1),
    )
    (sentence,) = find_failed(SONGS, replace(evaluation, comparison=better))
    assert "against the champion old" in sentence


def test_a_champion_that_cannot_be_compared_is_named_with_the_reason() -> None:
    fitted, _ = judge_songs()
    record, _, _ = split_sample(SONGS)
    old = ChampionModel(model="old", program=b"DROPCAST-PROGRAM 1\n", split=record)
    for champion, reason in (
        (old, "cannot be read by this release"),
        (champion_of(fitted, None, model="old"), "split by another rule"),
        (champion_of(fitted, record, model=fitted.record.model), "this same model"),
    ):
        evaluation = evaluate_sample(SONGS, fitted, champion)
        assert evaluation.comparison is not None
        assert reason in str(evaluation.comparison.reason)
        assert find_failed(SONGS, evaluation) == []


def test_a_damaged_program_or_other_rows_are_not_judged() -> None:
    fitted, _ = judge_songs()
    record, _, test = split_sample(SONGS)
    scores = score_with_pipeline(fitted.pipeline, test)
    with pytest.raises(ProgramError):
        evaluate_model(
            recipe=SONGS,
            program=fitted.program[:-1],
            test=test,
            scores=scores,
            split=record,
            champion=None,
            seed=1,
        )
    with pytest.raises(DocumentError, match="scores of the pipeline"):
        evaluate_model(
            recipe=SONGS,
            program=fitted.program,
            test=take_rows(test, np.arange(20)),
            scores=scores,
            split=record,
            champion=None,
            seed=1,
        )


@pytest.mark.parametrize(
    ("balance", "counts"),
    [
        (Balance(oversample="smote", oversample_to=0.5), [90, 45]),
        (Balance(oversample="random", oversample_to=1.0), [90, 90]),
        (Balance(undersample_to=0.5), [20, 10]),
        (Balance(oversample="smote", oversample_to=0.5, undersample_to=0.9), [50, 45]),
        (Balance(oversample="random", oversample_to=0.05), [90, 10]),
    ],
)
def test_training_rows_are_balanced_to_the_asked_shares(
    balance: Balance, counts: list[int]
) -> None:
    generator = np.random.default_rng(0)
    values, target = generator.normal(size=(100, 2)), (np.arange(100) >= 90).astype(np.int64)
    _, balanced = balance_rows(values, target, balance=balance, seed=1)
    assert np.bincount(balanced).tolist() == counts


def test_a_frequency_is_the_share_of_the_training_rows() -> None:
    encoder = FrequencyEncoder().fit(np.array([[1.0], [1.0], [2.0], [np.nan]]))
    found = encoder.transform(np.array([[1.0], [2.0], [np.nan], [9.0]]))
    assert found.ravel().tolist() == [0.5, 0.25, 0.25, 0.0]


def test_what_tells_nothing_is_left_out_and_the_best_always_stays() -> None:
    generator = np.random.default_rng(0)
    target = generator.integers(0, 2, 500)
    told = target + generator.normal(0, 0.3, 500)
    values = np.column_stack([generator.normal(size=500), told, generator.integers(0, 7, 500)])
    kept = InformationFilter(0.1, 1, regression=False).fit(values, target).kept_
    assert kept.tolist() == [1]
    strict = InformationFilter(10.0, 1, regression=False).fit(values, target).kept_
    assert strict.tolist() == [1]


def test_generated_songs_are_told_apart() -> None:
    _, rows = generate_songs(400)
    record = plan_split(SONGS, rows)
    row = run_trial(
        SONGS,
        take_rows(rows, select_train(record, rows)),
        Trial(number=0, entry=0, candidate=QUICK),
        seed=1,
    )
    assert row.mean is not None
    assert row.mean > 0.6


def test_the_real_songs_pass_their_gate() -> None:
    _, rows = read_songs()
    record = plan_split(SONGS, rows)
    train = take_rows(rows, select_train(record, rows))
    test = take_rows(rows, select_test(record, rows))
    forest = candidate("random_forest", n_estimators=100, min_samples_leaf=2)
    fitted = fit_best(
        SONGS,
        train,
        board=make_board(forest),
        split=record,
        seed=1,
        dataset_version=VERSION,
        references={},
        reference_columns={},
    )
    evaluation = evaluate_model(
        recipe=SONGS,
        program=fitted.program,
        test=test,
        scores=score_with_pipeline(fitted.pipeline, test),
        split=record,
        champion=None,
        seed=1,
    )
    auc = evaluation.metrics["roc_auc"]
    assert len(rows) == 2012
    # Above .92 something of the answer would be among the features.
    assert 0.78 < auc.value < 0.92
    assert evaluation.agreement.largest_difference <= 1e-14
    assert judge(SONGS, evaluation, model="random_forest").passed
