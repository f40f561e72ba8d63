"""The features door: a current version moved -> feature table, card, training run. A reference
table's move does the same for every dataset that reads it."""

from typing import Any

from dropcast.contracts.documents import read_document, write_document
from dropcast.contracts.errors import EmptyDatasetError, StaleSchemaError
from dropcast.contracts.keys import DATASET_CARD, DATASET_CARD_PAGE, FEATURES
from dropcast.contracts.messages import (
    DatasetVersion,
    FeaturesBuilt,
    FeaturesWait,
    ReferenceMoved,
    Run,
    name_run,
)
from dropcast.features import (
    DatasetCard,
    build_feature_table,
    describe_dataset,
    join_parts,
    read_reference_columns,
    render_dataset_card,
    summarise_columns,
)
from dropcast.recipe import Recipe, Table
from dropcast.runtime.dependencies import Dependencies
from dropcast.runtime.executions import start_run
from dropcast.runtime.s3_events import read_moved_dataset
from dropcast.runtime.steps import Event, run_step
from dropcast.runtime.versions import read_reference_versions


def handle(event: Event, context: object) -> Any:
    """Lambda's entry point."""
    return run_step("features", event, context, build_current_features)


def build_current_features(
    event: Event, dependencies: Dependencies
) -> FeaturesBuilt | FeaturesWait | ReferenceMoved:
    """Build the current version's features unless they are there, then start its run.

    The event only says that a version moved; which versions are current is read here, so late
    and repeated events end in the same state.
    """
    moved = read_moved_dataset(event)
    table = dependencies.find_table(moved)
    if isinstance(table, Recipe):
        return _build_features(table, dependencies)
    readers = [
        recipe
        for recipe in dependencies.recipes.values()
        if moved in (reference.dataset for reference in recipe.references)
    ]
    built = [recipe.dataset for recipe in readers if _has_rows(recipe, dependencies)]
    for dataset in built:
        _build_features(dependencies.find_recipe(dataset), dependencies)
    return ReferenceMoved(table=moved, datasets=tuple(built))


def _has_rows(recipe: Recipe, dependencies: Dependencies) -> bool:
    try:
        dependencies.versions.read_current(recipe.dataset)
    except EmptyDatasetError:
        return False
    return True


def _build_features(recipe: Recipe, dependencies: Dependencies) -> FeaturesBuilt | FeaturesWait:
    version_name = dependencies.versions.read_current(recipe.dataset)
    references, missing = read_reference_versions(recipe, dependencies)
    if missing:
        return FeaturesWait(dataset=recipe.dataset, missing_references=missing)
    run_id = name_run(version_name, recipe.hash, references)
    run = Run(
        dataset=recipe.dataset,
        dataset_version=version_name,
        references=references,
        recipe_hash=recipe.hash,
        run_id=run_id,
        features_key=FEATURES.format(dataset=recipe.dataset, run_id=run_id),
    )
    card_key = DATASET_CARD.format(dataset=recipe.dataset, run_id=run_id)
    built = not dependencies.lake.has(card_key)
    card = (
        _build(recipe, run, card_key, dependencies)
        if built
        else read_document(dependencies.lake, DatasetCard, card_key)
    )
    return FeaturesBuilt(run=run, rows=card.rows, built=built, started=start_run(run, dependencies))


def _build(recipe: Recipe, run: Run, card_key: str, dependencies: Dependencies) -> DatasetCard:
    version = _read_version(recipe, run.dataset_version, dependencies)
    parts = [dependencies.frames.read(part.key) for part in version.parts]
    reference_columns = read_reference_columns(
        {table.dataset: _read_table(table, run, dependencies) for table in recipe.references},
        recipe,
    )
    table = build_feature_table(parts, recipe, reference_columns)
    sha256 = dependencies.frames.write(run.features_key, table.columns)
    card = describe_dataset(
        recipe=recipe,
        version=version,
        version_name=run.dataset_version,
        table=table,
        columns=summarise_columns(parts, recipe.columns),
        features_key=run.features_key,
        features_sha256=sha256,
        references=run.references,
        reference_columns=reference_columns,
        code_hash=dependencies.code_hash,
    )
    page_key = DATASET_CARD_PAGE.format(dataset=recipe.dataset, run_id=run.run_id)
    dependencies.lake.write(
        page_key, render_dataset_card(card).encode(), "text/html; charset=utf-8"
    )
    # The card is written last: where it is, the features are whole.
    write_document(dependencies.lake, card_key, card)
    return card


def _read_table(table: Table, run: Run, dependencies: Dependencies) -> Any:
    """Return all rows of a reference table's version as one frame."""
    version = _read_version(table, run.references[table.dataset], dependencies)
    return join_parts([dependencies.frames.read(part.key) for part in version.parts])


def _read_version(table: Table, name: str, dependencies: Dependencies) -> DatasetVersion:
    version = dependencies.versions.read_version(table.dataset, name)
    stale = [part.key for part in version.parts if part.schema_hash != table.schema_hash]
    if stale:
        raise StaleSchemaError(
            f"dataset '{table.dataset}': {len(stale)} of {len(version.parts)} parts were read "
            f"under other columns than the recipe has now ({', '.join(stale[:3])}); drop those "
            f"files again, or all: dropcast redrive --dataset {table.dataset} --all-files"
        )
    return version
