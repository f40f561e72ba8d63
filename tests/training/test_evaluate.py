"""The evaluation: figures of the program that serves, beside a dummy's and the champion's."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.metrics import confusion_matrix, roc_auc_score

from dropcast.contracts.codec import from_document, to_document
from dropcast.contracts.errors import DocumentError, ProgramError
from dropcast.recipe import Feature, StratifiedSplit, TimeSplit, candidate, col
from dropcast.training import (
    ChampionModel,
    Evaluation,
    FeatureRows,
    Fitted,
    PipelineScores,
    SplitRecord,
    evaluate_model,
    fit_best,
    plan_split,
    score_with_pipeline,
    select_test,
    take_rows,
)
from dropcast.training.evaluate import measure_dummy
from dropcast.training.metrics import METRICS, make_scored_rows, measure
from tests.training.feature_rows import SONGS, generate_songs

_, ROWS = generate_songs(600, seed=3)
FOREST = replace(SONGS, candidates=(candidate("random_forest", n_estimators=12, max_depth=5),))
LOGISTIC = replace(SONGS, candidates=(candidate("logistic_regression", C=1.0),))


def fit(recipe: object, rows: FeatureRows, record: SplitRecord) -> Fitted:
    assert isinstance(recipe, type(SONGS))
    train = take_rows(rows, ~select_test(record, rows))
    return fit_best(recipe, train, split=record, seed=1, dataset_version="a" * 64)


RECORD = plan_split(SONGS.split, ROWS)
TEST = take_rows(ROWS, select_test(RECORD, ROWS))
FITTED = fit(FOREST, ROWS, RECORD)
SCORES = score_with_pipeline(FITTED.pipeline, TEST.values)


def evaluate(
    *,
    champion: ChampionModel | None = None,
    scores: PipelineScores = SCORES,
    test: FeatureRows = TEST,
    program: bytes = FITTED.program,
) -> Evaluation:
    return evaluate_model(
        program=program,
        test=test,
        scores=scores,
        split=RECORD,
        metric="roc_auc",
        champion=champion,
        seed=5,
    )


def make_champion(fitted: Fitted) -> ChampionModel:
    return ChampionModel(
        model=fitted.record.model, program=fitted.program, split=fitted.record.split
    )


def test_the_figures_are_those_of_the_pipeline_on_the_test_rows() -> None:
    found = evaluate()
    expected = FITTED.pipeline.predict_proba(TEST.values)[:, 1]
    assert found.rows == len(TEST) == sum(RECORD.test_classes)
    assert found.metrics["roc_auc"].value == pytest.approx(roc_auc_score(TEST.target, expected))
    labels = FITTED.pipeline.predict(TEST.values)
    assert [*map(list, found.confusion)] == confusion_matrix(TEST.target, labels).tolist()
    assert set(found.metrics) == set(found.baseline) == set(METRICS)
    assert (found.model, found.comparison) == (FITTED.record.model, None)


def test_an_evaluation_is_the_same_again_and_survives_json() -> None:
    found = evaluate()
    assert evaluate() == found
    assert from_document(Evaluation, to_document(found)) == found


def test_the_dummy_is_scikit_learns() -> None:
    assert TEST.target is not None
    classes = (70, 130)
    dummy = DummyClassifier(strategy="prior").fit(np.zeros((200, 1)), [0] * 70 + [1] * 130)
    expected = make_scored_rows(TEST.target, dummy.predict_proba(TEST.values))
    assert measure_dummy(TEST.target, classes) == {
        metric: pytest.approx(float(measure(metric, expected)[0])) for metric in METRICS
    }


def test_the_dummy_knows_the_training_rows_only() -> None:
    assert TEST.target is not None
    assert RECORD.train_classes != RECORD.test_classes
    assert evaluate().baseline == measure_dummy(TEST.target, RECORD.train_classes)


def test_a_program_that_answers_otherwise_than_its_pipeline_is_seen() -> None:
    assert evaluate().agreement.largest_difference <= 1e-14
    probabilities, labels = list(SCORES.probabilities), list(SCORES.labels)
    probabilities[3] += 0.001
    labels[4] = 1 - labels[4]
    wrong = PipelineScores(probabilities=tuple(probabilities), labels=tuple(labels))
    agreement = evaluate(scores=wrong).agreement
    assert agreement.largest_difference == pytest.approx(0.001)
    assert (agreement.rows, agreement.different_labels) == (len(TEST), 1)


def test_rows_and_scores_that_do_not_match_are_refused() -> None:
    short = PipelineScores(probabilities=SCORES.probabilities[1:], labels=SCORES.labels[1:])
    with pytest.raises(DocumentError, match="scores of the pipeline"):
        evaluate(scores=short)
    with pytest.raises(DocumentError, match="other features"):
        evaluate(test=replace(TEST, names=TEST.names[::-1]))
    with pytest.raises(ProgramError):
        evaluate(program=FITTED.program[:-1])


def test_a_model_is_compared_with_the_champion_on_rows_new_to_both() -> None:
    """The champion was fitted on two thirds of the rows; its record tells which are new to it."""
    older = take_rows(ROWS, np.arange(len(ROWS)) % 3 > 0)
    record = plan_split(SONGS.split, older)
    champion = fit(LOGISTIC, older, record)
    found = evaluate(champion=make_champion(champion)).comparison
    assert found is not None
    assert found.difference is not None
    unseen = take_rows(TEST, select_test(record, TEST))
    trained = set(take_rows(older, ~select_test(record, older)).row_id.tolist())
    assert found.rows == len(unseen)
    assert not trained & set(unseen.row_id.tolist())
    ours, theirs = (
        roc_auc_score(unseen.target, f.pipeline.predict_proba(unseen.values)[:, 1])
        for f in (FITTED, champion)
    )
    assert found.difference.value == pytest.approx(ours - theirs)
    assert found.difference.low < found.difference.value < found.difference.high


def test_a_champion_that_is_this_model_is_said_to_be() -> None:
    found = evaluate(champion=make_champion(FITTED)).comparison
    assert found is not None
    assert (found.difference, found.blocks) == (None, False)
    assert found.reason == "the champion is this same model"


def test_a_champion_of_other_features_is_not_compared() -> None:
    features = (*SONGS.features[:-1], Feature("valence", col("valence") * 2))
    champion = make_champion(fit(replace(LOGISTIC, features=features), ROWS, RECORD))
    found = evaluate(champion=champion).comparison
    assert found is not None
    assert (found.reason, found.blocks) == ("the champion reads other features", False)


def test_a_champion_of_another_kind_of_split_is_not_compared() -> None:
    champion = make_champion(fit(LOGISTIC, ROWS, RECORD))
    rule = TimeSplit(column="played_at", test_fraction=0.3)
    found = evaluate(champion=replace(champion, split=replace(RECORD, rule=rule))).comparison
    assert found is not None
    assert found.reason == "the champion's rows were split by another rule"


def test_too_few_rows_new_to_the_champion_speak_against_the_model() -> None:
    record = plan_split(StratifiedSplit(test_fraction=0.05, seed=9), ROWS)
    champion = make_champion(fit(LOGISTIC, ROWS, record))
    found = evaluate(champion=champion).comparison
    assert found is not None
    assert (found.difference, found.blocks) == (None, True)
