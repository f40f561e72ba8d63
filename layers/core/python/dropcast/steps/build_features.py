"""Build features: a current version moved -> feature table, dataset card, training run.

A reference table's move does the same for every dataset that reads it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dropcast.contracts.blobs import HTML_TYPE
from dropcast.contracts.documents import read_document, write_document
from dropcast.contracts.errors import EmptyDatasetError, FeaturesFailedError, StaleSchemaError
from dropcast.contracts.keys import DATASET_CARD, DATASET_CARD_PAGE, FEATURES
from dropcast.contracts.messages import (
    DatasetVersion,
    FeaturesBuilt,
    FeaturesWait,
    ReferenceMoved,
    Run,
    name_run,
)
from dropcast.contracts.ports import BlobStore, Runs, VersionStore
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
from dropcast.steps.references import read_reference_versions
from dropcast.steps.tables.frames import FrameTables

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, kw_only=True)
class _Ports:
    lake: BlobStore
    frames: FrameTables
    versions: VersionStore
    runs: Runs
    code_hash: str


def build_features(
    dataset: str,
    *,
    lake: BlobStore,
    frames: FrameTables,
    versions: VersionStore,
    runs: Runs,
    recipes: Mapping[str, Recipe],
    find_table: Callable[[str], Table],
    code_hash: str,
) -> FeaturesBuilt | FeaturesWait | ReferenceMoved:
    """Build the features of a current version unless they are there, then start its run.

    The event only says that a version of ``dataset`` moved; which versions are current is read
    here, so late and repeated events end in the same state.

    Raises
    ------
    FeaturesFailedError
        A reference table moved, and the features of at least one dataset that reads it could not be
        built. Those of all others are built, and their runs are started.
    """
    ports = _Ports(lake=lake, frames=frames, versions=versions, runs=runs, code_hash=code_hash)
    table = find_table(dataset)
    if isinstance(table, Recipe):
        return _build_features(table, ports)
    return _build_readers(dataset, recipes, ports)


def _build_readers(moved: str, recipes: Mapping[str, Recipe], ports: _Ports) -> ReferenceMoved:
    """Build every dataset that reads a reference table; one that fails does not stop the others."""
    built: list[str] = []
    failures: dict[str, Exception] = {}
    for recipe in recipes.values():
        if moved not in (reference.dataset for reference in recipe.references):
            continue
        try:
            if _has_rows(recipe, ports.versions):
                _build_features(recipe, ports)
                built.append(recipe.dataset)
        except Exception as error:  # noqa: BLE001 - raised below, together with the others
            failures[recipe.dataset] = error
    if failures:
        reasons = "; ".join(
            f"'{dataset}': {type(error).__name__}: {error}" for dataset, error in failures.items()
        )
        others = f"built: {', '.join(built)}" if built else "no other dataset reads it"
        raise FeaturesFailedError(
            f"reference table '{moved}' has a new version, and the features of {len(failures)} of "
            f"the datasets that read it could not be built ({others}). {reasons}"
        ) from ExceptionGroup("one error for each dataset", list(failures.values()))
    return ReferenceMoved(table=moved, datasets=tuple(built))


def _has_rows(recipe: Recipe, versions: VersionStore) -> bool:
    try:
        versions.read_current(recipe.dataset)
    except EmptyDatasetError:
        return False
    return True


def _build_features(recipe: Recipe, ports: _Ports) -> FeaturesBuilt | FeaturesWait:
    version_name = ports.versions.read_current(recipe.dataset)
    references, missing = read_reference_versions(recipe, ports.versions)
    if missing:
        return FeaturesWait(dataset=recipe.dataset, missing_references=missing)
    run_id = name_run(version_name, recipe.training_hash, references)
    run = Run(
        dataset=recipe.dataset,
        dataset_version=version_name,
        references=references,
        recipe_hash=recipe.training_hash,
        run_id=run_id,
        features_key=FEATURES.format(dataset=recipe.dataset, run_id=run_id),
    )
    card_key = DATASET_CARD.format(dataset=recipe.dataset, run_id=run_id)
    built = not ports.lake.has(card_key)
    card = (
        _write_features(recipe, run, card_key, ports)
        if built
        else read_document(ports.lake, DatasetCard, card_key)
    )
    return FeaturesBuilt(run=run, rows=card.rows, built=built, started=ports.runs.start(run))


def _write_features(recipe: Recipe, run: Run, card_key: str, ports: _Ports) -> DatasetCard:
    version = _read_version(recipe, run.dataset_version, ports.versions)
    parts = [ports.frames.read(part.key) for part in version.parts]
    reference_columns = read_reference_columns(
        {table.dataset: _read_rows(table, run, ports) for table in recipe.references}, recipe
    )
    table = build_feature_table(parts, recipe, reference_columns)
    sha256 = ports.frames.write(run.features_key, table.columns)
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
        code_hash=ports.code_hash,
    )
    page_key = DATASET_CARD_PAGE.format(dataset=recipe.dataset, run_id=run.run_id)
    ports.lake.write(page_key, render_dataset_card(card).encode(), HTML_TYPE)
    # The card is written last: where it is, the features are whole.
    write_document(ports.lake, card_key, card)
    return card


def _read_rows(table: Table, run: Run, ports: _Ports) -> "pd.DataFrame":
    """Return all rows of a reference table's version as one frame."""
    version = _read_version(table, run.references[table.dataset], ports.versions)
    return join_parts([ports.frames.read(part.key) for part in version.parts])


def _read_version(table: Table, name: str, versions: VersionStore) -> DatasetVersion:
    version = versions.read_version(table.dataset, name)
    stale = [part.key for part in version.parts if part.schema_hash != table.columns_hash]
    if stale:
        raise StaleSchemaError(
            f"dataset '{table.dataset}': {len(stale)} of {len(version.parts)} parts were read "
            f"under other columns than the recipe has now ({', '.join(stale[:3])}); drop those "
            f"files again, or all: dropcast redrive --dataset {table.dataset} --all-files"
        )
    return version
