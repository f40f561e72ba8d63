"""Whatever a recipe asks for, the program answers as the pipeline that it was compiled from."""

import numpy as np
from hypothesis import HealthCheck, assume, given, settings

from dropcast.training.candidates import FIT_ERRORS, answer_rows, fit_pipeline
from dropcast.training.fit import TOLERANCE, measure_difference
from tests.training.pipelines import Case, cases, compile_case, score_rows


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(case=cases())
def test_a_program_is_its_pipeline(case: Case) -> None:
    try:
        pipeline = fit_pipeline(case.recipe, case.candidate, case.values, case.target, case.seed)
    except FIT_ERRORS as error:
        print("FITERR", case.candidate.model, type(error), str(error)[:200])
        assume(False)
    expected = answer_rows(pipeline, case.fresh)
    found = score_rows(compile_case(pipeline, case.recipe), case.fresh)
    assert measure_difference(found, expected) <= TOLERANCE
    if case.recipe.target.labels:
        assert (found.argmax(axis=1) == expected.argmax(axis=1)).all()
