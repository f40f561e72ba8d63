"""The features door: a dataset's current version moved -> feature table, card, training run."""

from typing import Any

from dropcast.contracts.documents import read_document, write_document
from dropcast.contracts.errors import StaleSchemaError
from dropcast.contracts.keys import DATASET_CARD, DATASET_CARD_PAGE, FEATURES
from dropcast.contracts.messages import DatasetVersion, FeaturesBuilt, Run, name_run
from dropcast.features import (
    DatasetCard,
    build_feature_table,
    describe_dataset,
    render_dataset_card,
    summarise_columns,
)
from dropcast.recipe import Recipe
from dropcast.runtime.executions import start_run
from dropcast.runtime.s3_events import read_moved_dataset
from dropcast.runtime.steps import Event, run_step
from dropcast.runtime.wiring import Wiring


def handle(event: Event, context: object) -> Any:
    """Lambda's entry point."""
    return run_step("features", event, context, build_current_features)


def build_current_features(event: Event, wiring: Wiring) -> FeaturesBuilt:
    """Build the current version's features unless they are there, then start its run.

    The event only says that the version moved; which version is current is read here, so late
    and repeated events end in the same state.
    """
    recipe = wiring.find_recipe(read_moved_dataset(event))
    version_name = wiring.versions.read_current(recipe.dataset)
    run_id = name_run(version_name, recipe.hash)
    run = Run(
        dataset=recipe.dataset,
        dataset_version=version_name,
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
    version = wiring.versions.read_version(recipe.dataset, run.dataset_version)
    _refuse_stale_parts(version, recipe)
    parts = [wiring.frames.read(part.key) for part in version.parts]
    table = build_feature_table(parts, recipe)
    sha256 = wiring.frames.write(run.features_key, table.columns)
    card = describe_dataset(
        recipe=recipe,
        version=version,
        version_name=run.dataset_version,
        table=table,
        columns=summarise_columns(parts, recipe.columns),
        features_key=run.features_key,
        features_sha256=sha256,
        code_hash=wiring.code_hash,
    )
    page_key = DATASET_CARD_PAGE.format(dataset=recipe.dataset, run_id=run.run_id)
    wiring.lake.write(page_key, render_dataset_card(card).encode(), "text/html; charset=utf-8")
    # The card is written last: where it is, the features are whole.
    write_document(wiring.lake, card_key, card)
    return card


def _refuse_stale_parts(version: DatasetVersion, recipe: Recipe) -> None:
    stale = [part.key for part in version.parts if part.schema_hash != recipe.schema_hash]
    if stale:
        raise StaleSchemaError(
            f"dataset '{recipe.dataset}': {len(stale)} of {len(version.parts)} parts were read "
            f"under other columns than the recipe has now ({', '.join(stale[:3])}); drop those "
            "files again"
        )
