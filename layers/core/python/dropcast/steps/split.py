"""Split rows: a dataset's feature table -> training rows, test rows and, apart, their truth."""

from collections.abc import Callable

import numpy as np

from dropcast.contracts.documents import write_document
from dropcast.contracts.errors import FeaturesNotReadyError, MissingReferenceError, StaleRunError
from dropcast.contracts.feature_columns import TARGET
from dropcast.contracts.keys import (
    DATASET_CARD,
    FEATURES,
    SPLIT_RECORD,
    TEST_ROWS,
    TEST_TRUTH,
    TRAIN_ROWS,
)
from dropcast.contracts.messages import RowsSplit, Run, RunByHand, name_run
from dropcast.contracts.ports import BlobStore, VersionStore
from dropcast.recipe import Recipe
from dropcast.steps.references import read_reference_versions
from dropcast.steps.tables.arrays import ArrayTables
from dropcast.training.rows import read_feature_rows
from dropcast.training.split import plan_split, select_test, select_train


def split_rows(
    started: Run | RunByHand,
    *,
    lake: BlobStore,
    arrays: ArrayTables,
    versions: VersionStore,
    find_recipe: Callable[[str], Recipe],
) -> RowsSplit:
    """Write the two sides of a run's rows.

    The truth of the test rows is an object of its own: the step that fits may not read it.
    """
    recipe = find_recipe(started.dataset)
    run = (
        _find_current_run(recipe, lake=lake, versions=versions)
        if isinstance(started, RunByHand)
        else _require_same_recipe(started, recipe)
    )
    table = arrays.read(run.features_key)
    rows = read_feature_rows(table, recipe)
    record = plan_split(recipe, rows)
    is_train, is_test = select_train(record, rows), select_test(record, rows)
    place = {"dataset": run.dataset, "run_id": run.run_id}
    split = RowsSplit(
        run=run,
        train_key=TRAIN_ROWS.format(**place),
        test_key=TEST_ROWS.format(**place),
        truth_key=TEST_TRUTH.format(**place),
        record_key=SPLIT_RECORD.format(**place),
        train_rows=int(is_train.sum()),
        test_rows=int(is_test.sum()),
    )
    features = {name: values for name, values in table.items() if name != TARGET}
    arrays.write(split.train_key, {k: v[is_train] for k, v in table.items()})
    arrays.write(split.test_key, {k: v[is_test] for k, v in features.items()})
    truth = np.asarray(table[TARGET][is_test])
    arrays.write(split.truth_key, {TARGET: truth})
    write_document(lake, split.record_key, record)
    return split


def _require_same_recipe(run: Run, recipe: Recipe) -> Run:
    if run.recipe_hash != recipe.training_hash:
        raise StaleRunError(
            f"run {run.run_id} of '{run.dataset}' was started under another recipe; start it "
            f'again with {{"dataset": "{run.dataset}"}}'
        )
    return run


def _find_current_run(recipe: Recipe, *, lake: BlobStore, versions: VersionStore) -> Run:
    dataset = recipe.dataset
    version = versions.read_current(dataset)
    references, missing = read_reference_versions(recipe, versions)
    if missing:
        raise MissingReferenceError(
            f"dataset '{dataset}' reads the reference tables {', '.join(missing)}, which have no "
            f"version yet; drop a file under raw/{missing[0]}/"
        )
    run_id = name_run(version, recipe.training_hash, references)
    if not lake.has(DATASET_CARD.format(dataset=dataset, run_id=run_id)):
        raise FeaturesNotReadyError(
            f"the features of '{dataset}' version {version} are not written yet under the recipe "
            f"deployed now; they are made when a file is dropped under raw/{dataset}/"
        )
    return Run(
        dataset=dataset,
        dataset_version=version,
        references=references,
        recipe_hash=recipe.training_hash,
        run_id=run_id,
        features_key=FEATURES.format(dataset=dataset, run_id=run_id),
    )
