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
from dropcast.runtime.executions import start_run
from dropcast.runtime.s3_events import read_moved_dataset
from dropcast.runtime.steps import Event, run_step
from dropcast.runtime.versions import read_reference_versions
from dropcast.runtime.wiring import Wiring


def handle(event: Event, context: object) -> Any:
    """Lambda's entry point."""
    return run_step("features", event, context, build_current_features)


def build_current_features(
    event: Event, wiring: Wiring
) -> FeaturesBuilt | FeaturesWait | ReferenceMoved:
    """Build the current version's features unless they are there, then start its run.

    The event only says that a version moved; which versions are current is read here, so late
    and repeated events end in the same state.
    """
    moved = read_moved_dataset(event)
    table = wiring.find_table(moved)
    if isinstance(table, Recipe):
        return _build_features(table, wiring)
    readers = [
        recipe
        for recipe in wiring.recipes.values()
        if moved in (reference.dataset for reference in recipe.references)
    ]
    built = [recipe.dataset for recipe in readers if _has_rows(recipe, wiring)]
    for dataset in built:
        _build_features(wiring.find_recipe(dataset), wiring)
    return ReferenceMoved(table=moved, datasets=tuple(built))


def _has_rows(recipe: Recipe, wiring: Wiring) -> bool:
    try:
        wiring.versions.read_current(recipe.dataset)
    except EmptyDatasetError:
        return False
    return True


def _build_features(recipe: Recipe, wiring: Wiring) -> FeaturesBuilt | FeaturesWait:
    version_name = wiring.versions.read_current(recipe.dataset)
    references, missing = read_reference_versions(recipe, wiring)
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
    built = not wiring.lake.has(card_key)
    card = (
        _build(recipe, run, card_key, wiring)
        if built
        else read_document(wiring.lake, DatasetCard, card_key)
    )
    return FeaturesBuilt(run=run, rows=card.rows, built=built, started=start_run(run, wiring))


def _build(recipe: Recipe, run: Run, card_key: str, wiring: Wiring) -> DatasetCard:
    version = _read_version(recipe, run.dataset_version, wiring)
    parts = [wiring.frames.read(part.key) for part in version.parts]
    reference_columns = read_reference_columns(
        {table.dataset: _read_table(table, run, wiring) for table in recipe.references}, recipe
    )
    table = build_feature_table(parts, recipe, reference_columns)
    sha256 = wiring.frames.write(run.features_key, table.columns)
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
        code_hash=wiring.code_hash,
    )
    page_key = DATASET_CARD_PAGE.format(dataset=recipe.dataset, run_id=run.run_id)
    wiring.lake.write(page_key, render_dataset_card(card).encode(), "text/html; charset=utf-8")
    # The card is written last: where it is, the features are whole.
    write_document(wiring.lake, card_key, card)
    return card


def _read_table(table: Table, run: Run, wiring: Wiring) -> Any:
    """Return all rows of a reference table's version as one frame."""
    version = _read_version(table, run.references[table.dataset], wiring)
    return join_parts([wiring.frames.read(part.key) for part in version.parts])


def _read_version(table: Table, name: str, wiring: Wiring) -> DatasetVersion:
    version = wiring.versions.read_version(table.dataset, name)
    stale = [part.key for part in version.parts if part.schema_hash != table.schema_hash]
    if stale:
        raise StaleSchemaError(
            f"dataset '{table.dataset}': {len(stale)} of {len(version.parts)} parts were read "
            f"under other columns than the recipe has now ({', '.join(stale[:3])}); drop those "
            f"files again, or all: python -m cli redrive --dataset {table.dataset} --all-files"
        )
    return version
