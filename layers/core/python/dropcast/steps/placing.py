"""Find the dataset that a dropped file is for, or say where the file belongs."""

import difflib
import re
from collections.abc import Callable, Collection, Iterator
from typing import TypeVar

from dropcast.contracts.errors import (
    MisplacedDropError,
    ObjectNotFoundError,
    ReferenceTableError,
    UnknownDatasetError,
)
from dropcast.contracts.keys import RAW, SCORE_DROP, UNPLACED, KeyFormat, classify_key
from dropcast.contracts.ports import BlobStore
from dropcast.contracts.unseen import spell_unseen

T = TypeVar("T")
_REFUSED = "This file was not taken in:"
# How alike a part of a key and a dataset's name must be to be taken for it: a slip or two.
_ALIKE = 0.8


def find_placed(
    find: Callable[[str], T],
    *,
    dataset: str,
    key: str,
    known: Collection[str],
    name_uri: Callable[[str], str],
) -> T:
    """Return the recipe or reference table of a drop's dataset, as ``find`` knows it.

    ``known`` are the datasets that the drop could be for, and ``name_uri`` gives a key's whole
    address in the raw bucket.

    Raises
    ------
    MisplacedDropError
        The key names no dataset.
    UnknownDatasetError
        It names one that does not exist.
    ReferenceTableError
        It names a reference table, and ``find`` wants a recipe.
    """
    if dataset == UNPLACED:
        raise MisplacedDropError(describe_misplaced(key, known=known, name_uri=name_uri))
    try:
        return find(dataset)
    except ReferenceTableError as error:
        raise ReferenceTableError(f"{_REFUSED} {error}") from None
    except UnknownDatasetError as error:
        # It names the nearest dataset already.
        raise UnknownDatasetError(f"{_REFUSED} {error}\n{describe_new_dataset(dataset)}") from None


def is_newest(raw: BlobStore, key: str, version_id: str) -> bool:
    """Return whether no other version of a dropped file came after this one.

    One that was deleted since has nothing newer.
    """
    try:
        return raw.find_version_id(key) == version_id
    except ObjectNotFoundError:
        return True


def describe_misplaced(key: str, *, known: Collection[str], name_uri: Callable[[str], str]) -> str:
    """Return the sentences for a file whose key names no dataset, one a line."""
    return "\n".join(_write_sentences(key, known, name_uri))


def describe_new_dataset(dataset: str) -> str:
    """Return the way to a dataset that is not there yet."""
    return (
        f"A new dataset is written by `make new FILE=<file> DATASET={dataset}` in the project's "
        "folder, and is known after the next deployment (`npx cdk deploy`)."
    )


def suggest_dataset(key: str, known: Collection[str]) -> str | None:
    """Return the dataset that a part of the key names nearly, however it is written.

    >>> suggest_dataset("Downloads/Bitcoin history.csv", ["bitcoin", "police_stations"])
    'bitcoin'
    >>> suggest_dataset("songs.csv", ["bitcoin", "police_stations"]) is None
    True
    """
    parts = [re.sub(r"[^a-z0-9]+", "_", part.lower()).strip("_") for part in _split(key)]
    for name in sorted(known, key=len, reverse=True):
        if any(f"_{name}_" in f"_{part}_" for part in parts):
            return name
    near = (difflib.get_close_matches(part, known, n=1, cutoff=_ALIKE) for part in parts)
    return next((found[0] for found in near if found), None)


def _write_sentences(
    key: str, known: Collection[str], name_uri: Callable[[str], str]
) -> Iterator[str]:
    place = _find_place(key)
    belongs = name_uri(f"{place.prefix}<dataset>/<file>")
    if classify_key(key) == "stray":
        yield f"{_REFUSED} nothing reads files at this place of the bucket."
        other = SCORE_DROP if place is RAW else RAW
        yield (
            f"{_USES[place]} belongs at {belongs}; "
            f"{_USES[other].lower()} at {name_uri(f'{other.prefix}<dataset>/<file>')}."
        )
    else:
        yield f"{_REFUSED} its key names no dataset after {place.prefix}."
        yield f"It belongs at {belongs}."
    if key.lower().startswith(place.prefix) and not key.startswith(place.prefix):
        yield f"Upper and lower case count: only {place.prefix} is read."
    yield f"The datasets are: {', '.join(sorted(known)) or 'none'}."
    near = suggest_dataset(key.removeprefix(place.prefix), known)
    if near is not None:
        file = spell_unseen(key.rsplit("/", 1)[-1]) or "<file>"
        yield f"Perhaps it is for '{near}': {name_uri(f'{place.prefix}{near}/{file}')}"
    yield describe_new_dataset("<name>")


_USES = {RAW: "A file to learn from", SCORE_DROP: "A file to be scored"}


def _find_place(key: str) -> KeyFormat:
    """Return where a file belongs: one under neither prefix, by the beginning of its key."""
    return SCORE_DROP if key.lower().startswith(SCORE_DROP.prefix) else RAW


def _split(key: str) -> list[str]:
    """Return the folders of a key and the file's name without its endings."""
    *folders, file = key.split("/")
    return [*folders, file.split(".", 1)[0]]
