"""Datasets as the API describes them: a line, or a card with statistics and files."""

from collections.abc import Sequence

from dropcast.contracts.messages import CurrentVersion
from dropcast.contracts.serialization.codec import to_document
from dropcast.steps.requests.catalogue import DatasetDetails, DatasetState, ListedFile

# The fields of a dataset card that concern the checked rows; its keys and hashes are for training.
_STATISTICS = (
    "dataset_version",
    "rows_read",
    "duplicates_dropped",
    "replaced_dropped",
    "undefined_dropped",
    "untargeted_dropped",
    "rows",
    "classes",
    "columns",
    "features",
)
# The fields of a ledger record that describe a file.
_DROP_FACTS = ("rows_quarantined", "quarantine_key", "report_key", "size_bytes", "finished_at")


def describe_datasets(states: Sequence[DatasetState]) -> list[dict[str, object]]:
    """Return every dataset in a line."""
    return [_describe_dataset(state) for state in states]


def describe_details(details: DatasetDetails) -> dict[str, object]:
    """Return a dataset's card: its line, the statistics of its columns and a page of its files."""
    card, files = details.card, details.files
    return {
        **_describe_dataset(details.state),
        "statistics": None if card is None else {name: card[name] for name in _STATISTICS},
        "files": {
            "total": files.total,
            "listed": [_describe_file(file) for file in files.listed],
            "next": files.next,
        },
    }


def _describe_dataset(state: DatasetState) -> dict[str, object]:
    """Return a dataset in a line: its purpose, its size and its champion."""
    table, recipe, current = state.table, state.recipe, state.current
    return {
        "dataset": table.dataset,
        "title": table.title,
        "summary": table.summary,
        "task": recipe.target.task if recipe else None,
        "labels": list(recipe.target.labels) if recipe else [],
        "unit": recipe.target.unit if recipe else None,
        "champion": state.champion.model if state.champion else None,
        "current_version": current.version if current else None,
        "rows": _count_rows(current) if current else 0,
    }


def _count_rows(current: CurrentVersion) -> int:
    """Return the rows of a version, in which two keys with the same bytes are one part."""
    return sum({f.part.key: f.part.rows for f in current.files.values()}.values())


def _describe_file(file: ListedFile) -> dict[str, object]:
    # The pointer moves before the ledger is written: for that moment the rest is not known.
    drop = to_document(file.drop) if file.drop else {}
    return {
        "key": file.key,
        "rows_accepted": file.state.part.rows,
        "part_sha256": file.state.part.sha256,
        **{name: drop.get(name) for name in _DROP_FACTS},
    }
