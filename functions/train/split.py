"""Split rows: a dataset's feature table -> training rows, test rows and, apart, their truth."""

from typing import Any

import numpy as np

from dropcast.contracts.documents import write_document
from dropcast.contracts.errors import (
    DocumentError,
    FeaturesNotReadyError,
    InvalidRunError,
    MissingReferenceError,
    StaleRunError,
)
from dropcast.contracts.keys import (
    DATASET_CARD,
    FEATURES,
    SPLIT_RECORD,
    TEST_ROWS,
    TEST_TRUTH,
    TRAIN_ROWS,
)
from dropcast.contracts.messages import RowsSplit, Run, name_run
from dropcast.contracts.serialization.codec import from_document
from dropcast.runtime.dependencies import Dependencies
from dropcast.runtime.steps import Event, run_step
from dropcast.runtime.versions import read_reference_versions
from dropcast.training import (
    TARGET_COLUMN,
    plan_split,
    read_feature_rows,
    select_test,
    select_train,
)


def handle(event: Event, context: object) -> Any:
    """Lambda's entry point."""
    return run_step("split", event, context, split_rows)


def split_rows(event: Event, dependencies: Dependencies) -> RowsSplit:
    """Write the two sides of a run's rows. The truth of the test rows is an object of its own:
    the step that fits may not read it."""
    run = find_run(event, dependencies)
    recipe = dependencies.find_recipe(run.dataset)
    table = dependencies.arrays.read(run.features_key)
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
    features = {name: values for name, values in table.items() if name != TARGET_COLUMN}
    dependencies.arrays.write(split.train_key, {k: v[is_train] for k, v in table.items()})
    dependencies.arrays.write(split.test_key, {k: v[is_test] for k, v in features.items()})
    truth = np.asarray(table[TARGET_COLUMN][is_test])
    dependencies.arrays.write(split.truth_key, {TARGET_COLUMN: truth})
    write_document(dependencies.lake, split.record_key, record)
    return split


def find_run(event: Event, dependencies: Dependencies) -> Run:
    """Return the run that an input asks for: the whole run, as the features door gives it, or
    ``{"dataset": "<name>"}`` from a person, which means the current version."""
    if set(event) == {"dataset"} and isinstance(event["dataset"], str):
        return _find_current_run(event["dataset"], dependencies)
    try:
        run = from_document(Run, event)
    except DocumentError as error:
        raise InvalidRunError(
            f'start a run with {{"dataset": "<name>"}}, one of {", ".join(dependencies.recipes)}; {error}'
        ) from error
    if run.recipe_hash != dependencies.find_recipe(run.dataset).training_hash:
        raise StaleRunError(
            f"run {run.run_id} of '{run.dataset}' was started under another recipe; start it "
            f'again with {{"dataset": "{run.dataset}"}}'
        )
    return run


def _find_current_run(dataset: str, dependencies: Dependencies) -> Run:
    recipe = dependencies.find_recipe(dataset)
    version = dependencies.versions.read_current(dataset)
    references, missing = read_reference_versions(recipe, dependencies)
    if missing:
        raise MissingReferenceError(
            f"dataset '{dataset}' reads the reference tables {', '.join(missing)}, which have no "
            f"version yet; drop a file under raw/{missing[0]}/"
        )
    run_id = name_run(version, recipe.training_hash, references)
    if not dependencies.lake.has(DATASET_CARD.format(dataset=dataset, run_id=run_id)):
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
