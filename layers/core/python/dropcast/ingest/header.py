"""The header line: which delimiter, which field is which column, or a refusal that helps."""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from dropcast.contracts.errors import FileRefusedError
from dropcast.ingest.records import Scan, scan_records, split_fields
from dropcast.recipe import Column, Recipe
from dropcast.recipe.columns import normalise_header

# On a tie the earlier one is taken.
DELIMITERS = (b",", b";", b"\t", b"|")
DELIMITER_NAMES = {b",": "comma", b";": "semicolon", b"\t": "tab", b"|": "vertical bar"}
_SHOWN_HEADERS = 40
_SHOWN_CHARACTERS = 40
# What is longer is no name of a column; near names are not looked for in it.
_NAME_CHARACTERS = 100
_NEAR = 0.6


@dataclass(frozen=True, kw_only=True)
class Layout:
    """How the rows of a file lie: ``positions`` has the field index of every declared column
    that the file has, ``width`` is the number of fields, rows begin after ``consumed`` bytes on
    line ``first_line``."""

    delimiter: bytes
    width: int
    positions: Mapping[str, int]
    ignored_columns: tuple[str, ...]
    absent_columns: tuple[str, ...]
    consumed: int
    first_line: int


@dataclass(frozen=True, kw_only=True)
class _Reading:
    """The header line as one delimiter cuts it; ``claims`` maps columns to field indexes."""

    delimiter: bytes
    names: tuple[str, ...]
    claims: Mapping[str, tuple[int, ...]]
    scan: Scan


def read_header(head: bytes, recipe: Recipe, *, record_bytes: int, final: bool) -> Layout:
    """Return the layout that the first record of ``head`` tells.

    Raises ``FileRefusedError`` if there is no header, a required column is not in it, or two of
    its names mean one column.
    """
    known = {normalise_header(n): c.name for c in recipe.columns for n in (c.name, *c.aliases)}
    readings = [
        reading
        for delimiter in DELIMITERS
        if (reading := _cut_header(head, delimiter, known, record_bytes, final=final))
    ]
    if not readings:
        raise FileRefusedError(
            "The file has no header line.\n"
            f"  Looked for: a first line that names the columns of '{recipe.dataset}'\n"
            f"  Found:      {_describe_first_line(head)}\n"
            "  Remedy:     add the header line and drop the file again"
        )
    best = max(readings, key=lambda reading: (len(reading.claims), len(reading.names)))
    missing = [c for c in recipe.columns if c.required and c.name not in best.claims]
    if missing:
        raise FileRefusedError(_describe_missing(recipe, best, missing))
    repeated = {name: at for name, at in best.claims.items() if len(at) > 1}
    if repeated:
        raise FileRefusedError(_describe_repeated(best, repeated))
    return _make_layout(best, recipe)


def _cut_header(
    head: bytes, delimiter: bytes, known: Mapping[str, str], record_bytes: int, *, final: bool
) -> _Reading | None:
    scan = scan_records(
        head,
        delimiter=delimiter,
        first_line=1,
        record_bytes=record_bytes,
        final=final,
        most=1,
    )
    if not scan.starts or scan.damaged:
        return None
    names = tuple(split_fields(head[scan.starts[0] : scan.ends[0]], delimiter))
    claims: dict[str, tuple[int, ...]] = {}
    for index, name in enumerate(names):
        column = known.get(normalise_header(name))
        if column is not None:
            claims[column] = (*claims.get(column, ()), index)
    return _Reading(delimiter=delimiter, names=names, claims=claims, scan=scan)


def _make_layout(reading: _Reading, recipe: Recipe) -> Layout:
    positions = {
        c.name: reading.claims[c.name][0] for c in recipe.columns if c.name in reading.claims
    }
    used = set(positions.values())
    return Layout(
        delimiter=reading.delimiter,
        width=len(reading.names),
        positions=positions,
        ignored_columns=tuple(
            _show_name(name, index) for index, name in enumerate(reading.names) if index not in used
        ),
        absent_columns=tuple(c.name for c in recipe.columns if c.name not in positions),
        consumed=reading.scan.consumed,
        first_line=reading.scan.next_line,
    )


def _describe_missing(recipe: Recipe, reading: _Reading, missing: Iterable[Column]) -> str:
    nearest = [_describe_nearest(column, reading) for column in missing]
    required = sum(c.required for c in recipe.columns)
    return "\n".join(
        (
            f"The header lacks {len(nearest)} of the {required} columns that the rows need.",
            f"  Looked for: {', '.join(c.name for c in recipe.columns if c.required)}",
            f"  Found:      {_list_names(reading.names)}",
            f"              ({len(reading.names)} names, cut at each "
            f"{DELIMITER_NAMES[reading.delimiter]}; names compare without case and punctuation)",
            "  Missing:",
            *(f"    {line}" for line in nearest),
            *_hint_wrapped(reading),
            "  Remedy:     rename those columns in the file's header; or, where a name does mean",
            f"              the column, add it as an alias in the recipe '{recipe.dataset}'",
        )
    )


def _hint_wrapped(reading: _Reading) -> tuple[str, ...]:
    """A header that is one quoted field with a table inside: say so, it is a common damage."""
    if len(reading.names) > 1 or not any(d.decode() in reading.names[0] for d in DELIMITERS):
        return ()
    return (
        "  Note:       the whole header line is one field in quotes; if every line is, the file",
        "              was quoted twice: export it again, or take the outer quotes off",
    )


def _describe_nearest(column: Column, reading: _Reading) -> str:
    """Return the column with the header names that come nearest to it or to its aliases."""
    free = {
        normalise_header(name): name
        for index, name in enumerate(reading.names)
        if all(index not in claimed for claimed in reading.claims.values())
        and len(name) <= _NAME_CHARACTERS
    }
    free.pop("", None)
    near: list[str] = []
    for wanted in (column.name, *column.aliases):
        near += difflib.get_close_matches(normalise_header(wanted), list(free), 3, _NEAR)
    # A name inside the other (track_popularity, popularity) is near, however long the rest.
    near += [
        name for name in free if column.name in name or (len(name) > 3 and name in column.name)
    ]
    names = [f"'{_shorten(free[name])}'" for name in dict.fromkeys(near)][:3]
    return f"{column.name} - " + (f"nearest: {', '.join(names)}" if names else "nothing near it")


def _describe_repeated(reading: _Reading, repeated: Mapping[str, tuple[int, ...]]) -> str:
    lines = [
        f"    {column} - " + ", ".join(_show_name(reading.names[i], i) for i in indexes)
        for column, indexes in repeated.items()
    ]
    return "\n".join(
        (
            "Two names of the header mean one column.",
            "  Looked for: each column once",
            "  Found:",
            *lines,
            "  Remedy:     delete or rename all but one of them in the file's header",
        )
    )


def _show_name(name: str, index: int) -> str:
    return f"{_shorten(name)} (field {index + 1})" if name.strip() else f"unnamed field {index + 1}"


def _list_names(names: tuple[str, ...]) -> str:
    shown = [_shorten(name) or "(unnamed)" for name in names[:_SHOWN_HEADERS]]
    more = len(names) - len(shown)
    return ", ".join(shown) + (f" and {more:,} more" if more else "")


def _shorten(name: str) -> str:
    line = " ".join(name.split())
    return line if len(line) <= _SHOWN_CHARACTERS else line[: _SHOWN_CHARACTERS - 3] + "..."


def _describe_first_line(head: bytes) -> str:
    lines = head.split(None, 1) and head.lstrip().splitlines()
    return f"{lines[0][:80].decode(errors='replace')!r}" if lines else "blank lines only"
