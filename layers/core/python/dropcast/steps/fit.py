"""Fit model: training rows -> the leaderboard's best candidate, compiled, and its test predictions.

This step may not read the test rows' truth: its role has no permission to.
"""

from collections.abc import Callable

from dropcast.contracts.blobs import PROGRAM_TYPE
from dropcast.contracts.documents import read_document, read_json, write_document
from dropcast.contracts.keys import DATASET_CARD, FIT_RECORD, FITTED_PROGRAM, TEST_SCORES
from dropcast.contracts.messages import ModelFitted, SearchFinished
from dropcast.contracts.ports import BlobStore
from dropcast.contracts.serialization.codec import from_document
from dropcast.recipe import Recipe
from dropcast.recipe.references import ReferenceDocument
from dropcast.search.leaderboard import Leaderboard
from dropcast.steps.tables.arrays import ArrayTables
from dropcast.training.fit import fit_best, predict_with_pipeline
from dropcast.training.rows import read_feature_rows
from dropcast.training.split import SplitRecord


def fit_model(
    search: SearchFinished,
    *,
    lake: BlobStore,
    arrays: ArrayTables,
    find_recipe: Callable[[str], Recipe],
) -> ModelFitted:
    """Write the program, the record of the fit and the pipeline's predictions for the test rows."""
    split = search.split
    run = split.run
    recipe = find_recipe(run.dataset)
    place = {"dataset": run.dataset, "run_id": run.run_id}
    # Of the card only this is read: its other fields need libraries that are not here.
    card = read_json(lake, DATASET_CARD.format(**place))
    references = from_document(ReferenceDocument, {"columns": card["reference_columns"]})
    fitted = fit_best(
        recipe,
        read_feature_rows(arrays.read(split.train_key), recipe),
        leaderboard=read_document(lake, Leaderboard, search.leaderboard_key),
        split=read_document(lake, SplitRecord, split.record_key),
        seed=recipe.random_state,
        dataset_version=run.dataset_version,
        references=run.references,
        reference_columns=references.columns,
    )
    test = read_feature_rows(arrays.read(split.test_key), recipe)
    message = ModelFitted(
        split=split,
        program_key=FITTED_PROGRAM.format(**place),
        program_sha256=fitted.record.program_sha256,
        scores_key=TEST_SCORES.format(**place),
        record_key=FIT_RECORD.format(**place),
        model=fitted.record.model,
    )
    lake.write(message.program_key, fitted.program, PROGRAM_TYPE)
    write_document(lake, message.scores_key, predict_with_pipeline(fitted.pipeline, test))
    write_document(lake, message.record_key, fitted.record)
    return message
