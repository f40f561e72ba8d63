"""Read the catalogue: what there is to know of datasets and models.

All of it was stored by the steps that made it; nothing is computed here and nothing is written.
"""

from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from dropcast.contracts.documents import read_json
from dropcast.contracts.drops import DropRecord
from dropcast.contracts.errors import EmptyDatasetError, NoChampionError, ObjectNotFoundError
from dropcast.contracts.keys import DATASET_CARD, MODEL_CARD
from dropcast.contracts.limits import FILES_A_PAGE
from dropcast.contracts.messages import (
    Champion,
    ChampionRolledBack,
    CurrentVersion,
    FileState,
    Registration,
    name_run,
)
from dropcast.contracts.ports import BlobStore, Ledger, ModelRegistry, VersionStore
from dropcast.recipe import Recipe, Table
from dropcast.steps.references import read_reference_versions

_AT_ONCE = 8


@dataclass(frozen=True, kw_only=True)
class DatasetState:
    """A dataset or reference table, its current version and its champion, where there are any."""

    table: Table
    current: CurrentVersion | None
    champion: Champion | None

    @property
    def recipe(self) -> Recipe | None:
        """The recipe; ``None`` for a reference table."""
        return self.table if isinstance(self.table, Recipe) else None


@dataclass(frozen=True, kw_only=True)
class ListedFile:
    """A raw key of a version. ``drop`` is ``None`` until the ledger has the end of its drop."""

    key: str
    state: FileState
    drop: DropRecord | None


@dataclass(frozen=True, kw_only=True)
class FilePage:
    """Some of a version's ``total`` raw keys in their order; ``next`` is where the rest begins."""

    total: int
    listed: tuple[ListedFile, ...]
    next: str | None


@dataclass(frozen=True, kw_only=True)
class DatasetDetails:
    """A dataset with a page of its files.

    ``card`` is the dataset card of the current version, as JSON types, ``None`` before it is there.
    """

    state: DatasetState
    card: dict[str, Any] | None
    files: FilePage


@dataclass(frozen=True, kw_only=True)
class ModelHistory:
    """The models that were ever champion and every step of every rollback, both newest first."""

    dataset: str
    champion: Champion | None
    registrations: tuple[Registration, ...]
    rollbacks: tuple[ChampionRolledBack, ...]


def list_datasets(
    tables: Collection[Table], *, versions: VersionStore, registry: ModelRegistry
) -> list[DatasetState]:
    """Return the state of every dataset and reference table, by name."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        states = pool.map(lambda table: _read_state(table, versions, registry), tables)
        return sorted(states, key=lambda state: state.table.dataset)


def read_details(
    table: Table,
    *,
    after: str,
    lake: BlobStore,
    ledger: Ledger,
    versions: VersionStore,
    registry: ModelRegistry,
) -> DatasetDetails:
    """Return a dataset's state, its card and a page of its files, those after the key ``after``."""
    state = _read_state(table, versions, registry)
    return DatasetDetails(
        state=state,
        card=_find_card(state, lake=lake, versions=versions),
        files=_list_files(state.current, after, ledger),
    )


def read_model_card(dataset: str, *, models: BlobStore, registry: ModelRegistry) -> str:
    """Return the champion's model card, the JSON that was stored; raise ``NoChampionError``."""
    champion = registry.read_champion(dataset)
    return models.read(MODEL_CARD.format(dataset=dataset, model=champion.model)).body.decode()


def read_history(dataset: str, *, registry: ModelRegistry) -> ModelHistory:
    """Return the models that were ever champion, and the rollbacks between them."""
    return ModelHistory(
        dataset=dataset,
        champion=_find_champion(dataset, registry),
        registrations=registry.list_registrations(dataset),
        rollbacks=registry.list_rollbacks(dataset),
    )


def _read_state(table: Table, versions: VersionStore, registry: ModelRegistry) -> DatasetState:
    current = _find_current(table, versions)
    has_model = isinstance(table, Recipe)
    champion = _find_champion(table.dataset, registry) if has_model else None
    return DatasetState(table=table, current=current, champion=champion)


def _find_champion(dataset: str, registry: ModelRegistry) -> Champion | None:
    try:
        return registry.read_champion(dataset)
    except NoChampionError:
        return None


def _find_current(table: Table, versions: VersionStore) -> CurrentVersion | None:
    try:
        return versions.read_files(table.dataset)
    except EmptyDatasetError:
        return None


def _find_card(
    state: DatasetState, *, lake: BlobStore, versions: VersionStore
) -> dict[str, Any] | None:
    recipe, current = state.recipe, state.current
    if recipe is None or current is None:
        return None
    references, missing = read_reference_versions(recipe, versions)
    if missing:
        return None
    run_id = name_run(current.version, recipe.training_hash, references)
    try:
        card: dict[str, Any] = read_json(
            lake, DATASET_CARD.format(dataset=recipe.dataset, run_id=run_id)
        )
    except ObjectNotFoundError:
        return None
    return card


def _list_files(current: CurrentVersion | None, after: str, ledger: Ledger) -> FilePage:
    if current is None:
        return FilePage(total=0, listed=(), next=None)
    keys = sorted(key for key in current.files if key > after)
    page = keys[:FILES_A_PAGE]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        listed = tuple(pool.map(lambda key: _read_file(current, key, ledger), page))
    return FilePage(
        total=len(current.files),
        listed=listed,
        next=page[-1] if len(keys) > len(page) else None,
    )


def _read_file(current: CurrentVersion, key: str, ledger: Ledger) -> ListedFile:
    state = current.files[key]
    drop = ledger.find(dataset=current.dataset, raw_key=key, version_id=state.raw_version_id)
    return ListedFile(key=key, state=state, drop=drop)
