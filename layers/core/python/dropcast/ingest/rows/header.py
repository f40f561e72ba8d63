"""Which name of a file's header is which column, or a refusal that helps."""

import difflib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from dropcast.contracts.errors import FileRefusedError
from dropcast.ingest.limits import MOST_COLUMNS
from dropcast.ingest.values import Dialect
from dropcast.recipe import Column, Table, Wide
from dropcast.recipe.columns import normalise_header
from dropcast.recipe.source import list_layout_columns

_SHOWN_HEADERS = 40
_SHOWN_CHARACTERS = 40
# What is longer is no name of a column; near names are not looked for in it.
_NAME_CHARACTERS = 100
_NEAR = 0.6


@dataclass(frozen=True, kw_only=True)
class Layout:
    """Where a file's columns lie among its fields.

    ``positions`` has the field index of every declared column that the file has, ``width`` is the
    number of fields. Of a wide table ``positions`` has the columns that stand in every row, and
    ``value_names`` the name that each other field index stands for.
    """

    width: int
    positions: Mapping[str, int]
    ignored_columns: tuple[str, ...]
    absent_columns: tuple[str, ...]
    wide: Wide | None = None
    value_names: Mapping[int, str] = field(default_factory=dict)

    def list_columns(self) -> tuple[str, ...]:
        """Return the columns of the rows that are made from it: of a wide table the long ones."""
        if self.wide is None:
            return tuple(self.positions)
        filled = (constant.column for constant in self.wide.filled)
        return (*self.positions, self.wide.name_column, self.wide.value_column, *filled)


@dataclass(frozen=True, kw_only=True)
class Header:
    """The names that a file gives its columns.

    ``claims`` maps declared columns to the indexes of the names that mean them, ``cut`` says how
    the names were found.
    """

    names: tuple[str, ...]
    claims: Mapping[str, tuple[int, ...]]
    cut: str


def refuse_columns(count: int) -> None:
    """Refuse a file of more than :data:`MOST_COLUMNS` columns."""
    if count > MOST_COLUMNS:
        raise FileRefusedError(
            "The file has too many columns.\n"
            f"  Looked for: at most {MOST_COLUMNS:,}, as many as a sheet of a workbook has\n"
            f"  Found:      {count:,}\n"
            "  Remedy:     drop the file again with the columns that are needed"
        )


def read_names(names: Iterable[str], recipe: Table, *, cut: str) -> Header:
    """Return the header that these names make."""
    known = {normalise_header(n): c.name for c in recipe.columns for n in (c.name, *c.aliases)}
    header = Header(names=tuple(names), claims={}, cut=cut)
    claims: dict[str, tuple[int, ...]] = {}
    for index, name in enumerate(header.names):
        column = known.get(normalise_header(name))
        if column is not None:
            claims[column] = (*claims.get(column, ()), index)
    return replace(header, claims=claims)


def lay_out(header: Header, recipe: Table) -> Layout:
    """Return where the columns of a header lie, by the first wide layout that fits, else plain.

    Raises ``FileRefusedError`` if a required column is not in it, or two of its names mean one.
    """
    wide = _find_wide(header, recipe)
    lacking = [c for c in recipe.columns if c.required and c.name not in header.claims]
    if lacking and not wide:
        raise FileRefusedError(_describe_missing(recipe, header, lacking))
    repeated = {name: at for name, at in header.claims.items() if len(at) > 1}
    if repeated:
        raise FileRefusedError(_describe_repeated(header, repeated))
    value_names = _name_values(header, wide, recipe) if wide else {}
    return _make_layout(header, recipe, wide, value_names)


def _find_wide(header: Header, recipe: Table) -> Wide | None:
    for layout in recipe.source.layouts:
        if (
            isinstance(layout, Wide)
            and set(layout.identifiers) <= set(header.claims)
            and header.claims.keys().isdisjoint((layout.name_column, layout.value_column))
        ):
            return layout
    return None


def _name_values(header: Header, wide: Wide, recipe: Table) -> dict[int, str]:
    """Return field index -> the name that its cells are values of."""
    dialect, column = Dialect(source=recipe.source), recipe.find_column(wide.name_column)
    ignored = {normalise_header(name) for name in wide.ignored}
    claimed = {index for indexes in header.claims.values() for index in indexes}
    names = {
        index: dialect.make_plain(name, column)
        for index, name in enumerate(header.names)
        if name.strip() and index not in claimed and normalise_header(name) not in ignored
    }
    counts = Counter(names.values())
    repeated = {
        name: tuple(i for i, n in names.items() if n == name) for name in counts if counts[name] > 1
    }
    if repeated:
        raise FileRefusedError(_describe_repeated(header, repeated))
    return names


def _make_layout(
    header: Header, recipe: Table, wide: Wide | None, value_names: Mapping[int, str]
) -> Layout:
    positions = {
        c.name: header.claims[c.name][0] for c in recipe.columns if c.name in header.claims
    }
    filled = list_layout_columns(wide) if wide else ()
    used = {*positions.values(), *value_names}
    return Layout(
        width=len(header.names),
        positions=positions,
        ignored_columns=tuple(
            _show_name(name, index) for index, name in enumerate(header.names) if index not in used
        ),
        absent_columns=tuple(
            c.name for c in recipe.columns if c.name not in positions and c.name not in filled
        ),
        wide=wide,
        value_names=value_names,
    )


def _describe_missing(recipe: Table, header: Header, missing: Iterable[Column]) -> str:
    nearest = [_describe_nearest(column, header) for column in missing]
    required = sum(c.required for c in recipe.columns)
    return "\n".join(
        (
            f"The header lacks {len(nearest)} of the {required} columns that the rows need.",
            f"  Looked for: {', '.join(c.name for c in recipe.columns if c.required)}",
            f"  Found:      {list_names(header.names)}",
            f"              ({len(header.names)} names, {header.cut}; names compare without case "
            "and punctuation)",
            "  Missing:",
            *(f"    {line}" for line in nearest),
            *_hint_wrapped(header),
            "  Remedy:     rename those columns in the file's header; or, where a name does mean",
            f"              the column, add it as an alias in the recipe '{recipe.dataset}'",
        )
    )


def _hint_wrapped(header: Header) -> tuple[str, ...]:
    """Return a hint where the header is one quoted field with a table inside, a common damage."""
    if len(header.names) != 1 or not any(d in header.names[0] for d in ",;\t|"):
        return ()
    return (
        "  Note:       the whole header line is one field in quotes; if every line is, the file",
        "              was quoted twice: export it again, or take the outer quotes off",
    )


def _describe_nearest(column: Column, header: Header) -> str:
    """Return the column with the header names that come nearest to it or to its aliases."""
    free = {
        normalise_header(name): name
        for index, name in enumerate(header.names)
        if all(index not in claimed for claimed in header.claims.values())
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
    names = [f"'{shorten_name(free[name])}'" for name in dict.fromkeys(near)][:3]
    return f"{column.name} - " + (f"nearest: {', '.join(names)}" if names else "nothing near it")


def _describe_repeated(header: Header, repeated: Mapping[str, tuple[int, ...]]) -> str:
    lines = [
        f"    {column} - " + ", ".join(_show_name(header.names[i], i) for i in indexes)
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
    return (
        f"{shorten_name(name)} (field {index + 1})"
        if name.strip()
        else f"unnamed field {index + 1}"
    )


def list_names(names: tuple[str, ...]) -> str:
    """Return the first names of a header, as a person reads them."""
    shown = [shorten_name(name) or "(unnamed)" for name in names[:_SHOWN_HEADERS]]
    more = len(names) - len(shown)
    return ", ".join(shown) + (f" and {more:,} more" if more else "")


def shorten_name(name: str) -> str:
    """Return a name as reports and records show it: short, on one line, and valid text.

    An escape of JSON may spell a lone surrogate.
    """
    line = " ".join(name.split()).encode(errors="backslashreplace").decode()
    return line if len(line) <= _SHOWN_CHARACTERS else line[: _SHOWN_CHARACTERS - 3] + "..."
