"""Fit model: training rows -> the leaderboard's best candidate, compiled, and its answers for the test
rows.

This step may not read the test rows' truth: its role has no permission to.
"""

from typing import Any

from dropcast.contracts.documents import read_document, read_json, write_document
from dropcast.contracts.keys import DATASET_CARD, FIT_RECORD, FITTED_PROGRAM, TEST_SCORES
from dropcast.contracts.messages import ModelFitted, SearchFinished
from dropcast.contracts.serialization.codec import from_document
from dropcast.recipe.references import ReferenceDocument
from dropcast.runtime.dependencies import Dependencies
from dropcast.runtime.steps import Event, run_step
from dropcast.search.leaderboard import Leaderboard
from dropcast.training import SplitRecord, fit_best, read_feature_rows, score_with_pipeline

PROGRAM_TYPE = "application/octet-stream"


def handle(event: Event, context: object) -> Any:
    """Lambda's entry point."""
    return run_step("fit", event, context, fit_model)


def fit_model(event: Event, dependencies: Dependencies) -> ModelFitted:
    """Write the program, the record of the fit and the pipeline's scores of the test rows."""
    search = from_document(SearchFinished, event)
    split = search.split
    run = split.run
    recipe = dependencies.find_recipe(run.dataset)
    place = {"dataset": run.dataset, "run_id": run.run_id}
    # Of the card only this is read: its other fields need libraries that are not here.
    card = read_json(dependencies.lake, DATASET_CARD.format(**place))
    references = from_document(ReferenceDocument, {"columns": card["reference_columns"]})
    fitted = fit_best(
        recipe,
        read_feature_rows(dependencies.arrays.read(split.train_key), recipe),
        leaderboard=read_document(dependencies.lake, Leaderboard, search.leaderboard_key),
        split=read_document(dependencies.lake, SplitRecord, split.record_key),
        seed=recipe.random_state,
        dataset_version=run.dataset_version,
        references=run.references,
        reference_columns=references.columns,
    )
    test = read_feature_rows(dependencies.arrays.read(split.test_key), recipe)
    message = ModelFitted(
        split=split,
        program_key=FITTED_PROGRAM.format(**place),
        program_sha256=fitted.record.program_sha256,
        scores_key=TEST_SCORES.format(**place),
        record_key=FIT_RECORD.format(**place),
        model=fitted.record.model,
    )
    dependencies.lake.write(message.program_key, fitted.program, PROGRAM_TYPE)
    write_document(
        dependencies.lake, message.scores_key, score_with_pipeline(fitted.pipeline, test)
    )
    write_document(dependencies.lake, message.record_key, fitted.record)
    return message
