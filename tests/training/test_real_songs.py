"""The whole of training on the real songs, as the recipe has it."""

from dropcast.scoring import build_scorer, read_program
from dropcast.training import (
    evaluate_model,
    fit_best,
    judge,
    plan_split,
    score_with_pipeline,
    select_test,
    take_rows,
)
from tests.training.feature_rows import SONGS, read_songs


def test_the_songs_recipe_passes_its_gate_and_serves_what_was_judged() -> None:
    requests, rows = read_songs()
    record = plan_split(SONGS.split, rows)
    is_test = select_test(record, rows)
    train, test = take_rows(rows, ~is_test), take_rows(rows, is_test)
    fitted = fit_best(SONGS, train, split=record, seed=1, dataset_version="a" * 64)
    scores = score_with_pipeline(fitted.pipeline, test.values)
    evaluation = evaluate_model(
        program=fitted.program,
        test=test,
        scores=scores,
        split=record,
        metric=SONGS.gate.metric,
        champion=None,
        seed=1,
    )
    auc = evaluation.metrics["roc_auc"]
    assert len(rows) == 2012
    # Above .92 something of the answer would be among the features.
    assert 0.78 < auc.value < 0.92
    assert auc.low > 0.7
    assert evaluation.agreement.largest_difference <= 1e-14
    assert judge(SONGS.gate, evaluation).passed
    score = build_scorer(read_program(fitted.program))
    tested = [row for row, chosen in zip(requests, is_test, strict=True) if chosen]
    assert [score(row)[1] for row in tested] == list(scores.probabilities)
