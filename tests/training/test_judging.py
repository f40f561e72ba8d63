"""Evaluation, comparison with the champion, and the rules of the gate."""

from dataclasses import replace

import numpy as np
import pytest

from dropcast.contracts.errors import DocumentError, ProgramError
from dropcast.recipe import Gate, Recipe, Requirement, candidate
from dropcast.recipes import find_recipe
from dropcast.training.fit import Fitted, predict_with_pipeline
from dropcast.training.judge import ChampionModel, Evaluation, evaluate_model, judge
from dropcast.training.rows import take_rows
from dropcast.training.split import SplitRecord, plan_split, select_test, select_train
from tests.training.feature_rows import SONGS, read_songs
from tests.training.judged import (
    evaluate_rows,
    evaluate_sample,
    fit_leaderboard,
    fit_sample,
    judge_songs,
    make_leaderboard,
)
from tests.universal.samples import split_sample


def test_a_feature_of_noise_is_worth_nothing_and_the_first_ones_something() -> None:
    importance = {i.name: i.mean for i in judge_songs()[0].record.importance}
    assert set(importance) == {feature.name for feature in SONGS.features}
    assert max(importance.values()) > 0.01


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
    predictions = predict_with_pipeline(fitted.pipeline, test)
    with pytest.raises(ProgramError):
        evaluate_model(
            recipe=SONGS,
            program=fitted.program[:-1],
            test=test,
            predictions=predictions,
            split=record,
            champion=None,
            seed=1,
        )
    with pytest.raises(DocumentError, match="predictions of the pipeline"):
        evaluate_model(
            recipe=SONGS,
            program=fitted.program,
            test=take_rows(test, np.arange(20)),
            predictions=predictions,
            split=record,
            champion=None,
            seed=1,
        )


def test_the_real_songs_pass_their_gate() -> None:
    _, rows = read_songs()
    record = plan_split(SONGS, rows)
    train = take_rows(rows, select_train(record, rows))
    test = take_rows(rows, select_test(record, rows))
    forest = candidate("random_forest", n_estimators=100, min_samples_leaf=2)
    fitted = fit_leaderboard(SONGS, train, make_leaderboard(forest), record)
    evaluation = evaluate_rows(SONGS, fitted, test, record)
    auc = evaluation.metrics["roc_auc"]
    assert len(rows) == 2012
    # Above .92 something of the answer would be among the features.
    assert 0.78 < auc.value < 0.92
    assert evaluation.agreement.largest_difference <= 1e-14
    assert judge(SONGS, evaluation, model="random_forest").passed
