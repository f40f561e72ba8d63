"""A program is proven by what the predict function makes of it; what is no number proves none."""

import math
from dataclasses import replace

import numpy as np
import pytest

from dropcast.contracts.errors import InvalidRequestError, ProgramDisagreesError
from dropcast.recipe import col
from dropcast.scoring import build_scorer
from dropcast.training.fit import predict_with_pipeline
from dropcast.training.judge import evaluate_model
from dropcast.training.judge.predictions import finish_as_served
from dropcast.training.measure import measure_difference
from dropcast.training.records import PipelinePredictions
from dropcast.training.rows import FeatureRows
from tests.scoring.programs import make_program, step
from tests.training.feature_rows import SONGS, hash_lines
from tests.training.judged import judge_songs
from tests.universal.samples import split_sample

NAN, INF = math.nan, math.inf


@pytest.mark.parametrize(
    ("found", "expected", "difference"),
    [
        ([0.5, 0.25], [0.5, 0.5], 0.25),
        ([220.0, 0.0], [200.0, 0.0], 0.1),
        ([NAN, 0.0], [1.0, 0.0], INF),
        ([1.0, 0.0], [NAN, 0.0], INF),
        ([INF, 0.0], [1.0, 0.0], INF),
        ([1.0, 0.0], [INF, 0.0], INF),
        ([INF, 0.0], [-INF, 0.0], INF),
        ([NAN, 0.0], [INF, 0.0], INF),
        ([NAN, INF], [NAN, INF], 0.0),
        ([8e307, 0.0], [-8e307, 0.0], 2.0),
        ([1.7e308, 0.0], [-1.7e308, 0.0], INF),
    ],
)
def test_a_number_and_what_is_none_are_infinitely_different(
    found: list[float], expected: list[float], difference: float
) -> None:
    tables = np.array(found)[:, np.newaxis], np.array(expected)[:, np.newaxis]
    assert measure_difference(*tables) == pytest.approx(difference)


def test_a_scorer_that_gives_no_number_is_not_proven() -> None:
    fitted, _ = judge_songs()
    record, _, test = split_sample(SONGS)
    found = predict_with_pipeline(fitted.pipeline, test)
    # On the last row: a difference that is NaN must not be passed over for one before it.
    spoilt = PipelinePredictions(predictions=(*found.predictions[:-1], (NAN, NAN)))
    with pytest.raises(ProgramDisagreesError, match="no number on a test row"):
        evaluate_model(
            recipe=SONGS,
            program=fitted.program,
            test=test,
            predictions=spoilt,
            split=record,
            champion=None,
            seed=1,
        )


@pytest.mark.parametrize("answer", [0.0, -1.5, 699.0, 701.0, 1e300, -1e300])
@pytest.mark.parametrize("base", [1.0, 250.0, 1e-300, 1e300])
def test_an_answer_in_units_is_the_functions_own(answer: float, base: float) -> None:
    program = replace(
        make_program(step("constant", values=[answer]), outputs=1),
        relative_to=col("x0") + col("x1"),
    )
    rows = FeatureRows(
        names=("x0", "x1"),
        values=np.array([[base, 0.0]]),
        row_id=hash_lines(np.array([[base]])),
        target=None,
        base=np.array([base]),
    )
    found = finish_as_served(program, rows, np.array([[answer]]))
    try:
        expected = build_scorer(program)([{"x0": base, "x1": 0.0}])
    except InvalidRequestError:
        expected = [NAN]
    assert np.array_equal(found, [expected], equal_nan=True)
