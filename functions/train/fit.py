"""Fit model: training rows -> the best candidate, compiled, and its answers for the test rows.

This step may not read the test rows' truth: its role has no permission to.
"""

from typing import Any

from dropcast.contracts.codec import from_document
from dropcast.contracts.documents import read_document, write_document
from dropcast.contracts.keys import FIT_RECORD, FITTED_PROGRAM, TEST_SCORES
from dropcast.contracts.messages import ModelFitted, RowsSplit
from dropcast.runtime.steps import Event, run_step
from dropcast.runtime.wiring import Wiring
from dropcast.training import SplitRecord, fit_best, read_feature_rows, score_with_pipeline

PROGRAM_TYPE = "application/octet-stream"


def handle(event: Event, context: object) -> Any:
    """Lambda's entry point."""
    return run_step("fit", event, context, fit_model)


def fit_model(event: Event, wiring: Wiring) -> ModelFitted:
    """Write the program, the record of the fit and the pipeline's scores of the test rows."""
    split = from_document(RowsSplit, event)
    run = split.run
    recipe = wiring.find_recipe(run.dataset)
    names = [feature.name for feature in recipe.features]
    fitted = fit_best(
        recipe,
        read_feature_rows(wiring.arrays.read(split.train_key), names),
        split=read_document(wiring.lake, SplitRecord, split.record_key),
        seed=choose_seed(run.recipe_hash),
        dataset_version=run.dataset_version,
    )
    test = read_feature_rows(wiring.arrays.read(split.test_key), names)
    place = {"dataset": run.dataset, "run_id": run.run_id}
    message = ModelFitted(
        split=split,
        program_key=FITTED_PROGRAM.format(**place),
        program_sha256=fitted.record.program_sha256,
        scores_key=TEST_SCORES.format(**place),
        record_key=FIT_RECORD.format(**place),
        model=fitted.record.model,
    )
    wiring.lake.write(message.program_key, fitted.program, PROGRAM_TYPE)
    scores = score_with_pipeline(fitted.pipeline, test.values)
    write_document(wiring.lake, message.scores_key, scores)
    write_document(wiring.lake, message.record_key, fitted.record)
    return message


def choose_seed(recipe_hash: str) -> int:
    """Return the seed of everything random in a run: a function of the recipe alone.

    >>> choose_seed("0000000f" + "0" * 56)
    15
    """
    return int(recipe_hash[:8], 16)
