"""How dropped files are written: encodings, words, separators, and the layouts of their tables.

A layout describes a table that is not one record a line: which headers to look for, where the
period stands. A recipe may declare several; of each file or sheet the first that fits is used.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import ClassVar

_MONTHS = 12


@dataclass(frozen=True, kw_only=True)
class Synonyms:
    """``text`` is what a text ``column`` holds wherever a file writes one of ``written``."""

    column: str
    text: str
    written: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Filled:
    """A column that a layout fills with one text, in every row."""

    column: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Period:
    """Where a workbook tells the date that all rows of a sheet are of; it fills ``column``.

    It is the last date (``8 de junio de 2018``, or a date cell) in a cell above the sheet's
    header that holds one of ``marks`` (none: in any cell); where that sheet has none, in such a
    cell of the sheets without a table, as an index is, if they tell one date. Where no cell does
    and ``document_days`` is given, it is the day on which the document says it was made, provided
    it was saved for the last time within so many days from then: an older template tells nothing.
    """

    column: str
    marks: tuple[str, ...] = ()
    document_days: int | None = None


@dataclass(frozen=True, kw_only=True)
class Wide:
    """A table with a column for each name: every header that is not a column of the recipe, not
    in ``ignored`` and not empty is a value of ``name_column``, and its cell is the value of
    ``value_column``. It fits a header that has all ``identifiers`` and neither of those two.
    A cell that is missing makes no row."""

    tagged: ClassVar[bool] = True
    name: str
    identifiers: tuple[str, ...]
    name_column: str
    value_column: str
    ignored: tuple[str, ...] = ()
    filled: tuple[Filled, ...] = ()


@dataclass(frozen=True, kw_only=True)
class SheetTable:
    """A table in a sheet of a workbook, one record a row, below a header of ``header_rows`` rows
    that names all ``columns`` (by their names and aliases) and not ``group_column``.

    ``group_column``: a row with its first column alone is the value of this column for the rows
    below, up to the next such row or header. Without one, a row with one cell alone is a title
    or a note and no record. A sheet whose rows above the header hold one of ``left_out`` is not
    read.
    """

    tagged: ClassVar[bool] = True
    name: str
    columns: tuple[str, ...]
    header_rows: int = 1
    group_column: str | None = None
    notes: bool = True
    period: Period | None = None
    filled: tuple[Filled, ...] = ()
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class SheetCross:
    """A table in a sheet of a workbook that crosses two names: a header row begins with one of
    ``corner`` and goes on with values of ``name_column``, each over as many columns as there are
    ``value_columns``; a row below begins with a value of ``row_column``. Cells that are all
    missing make no row; a row with its first cell alone is a title; a row without a first cell
    directly below the header names the value columns for people."""

    tagged: ClassVar[bool] = True
    name: str
    corner: tuple[str, ...]
    row_column: str
    name_column: str
    value_columns: tuple[str, ...]
    period: Period | None = None
    filled: tuple[Filled, ...] = ()
    left_out: tuple[str, ...] = ()


SourceLayout = Wide | SheetTable | SheetCross


@dataclass(frozen=True, kw_only=True)
class Source:
    """How dropped files are read.

    ``fallback_encoding``  of a file that is not UTF-8 (``None``: such a file is refused)
    ``missing``            the texts that mean a missing value
    ``decimal_separator``, ``thousands_separator``  of numbers written as text; without the
                           second a number with thousands set apart is a problem
    ``strip_suffixes``     what is taken off the end of texts and of a wide table's names
    ``collapse_blanks``    a run of blanks or line breaks within a text is one blank
    ``month_names``        the twelve names that ``%B`` stands for, in order (none: English)
    ``synonyms``           texts that mean another one
    ``layouts``            tables that are not one record a line
    """

    fallback_encoding: str | None = None
    missing: tuple[str, ...] = ("", "NA", "N/A", "NaN", "nan", "null", "NULL", "None")
    decimal_separator: str = "."
    thousands_separator: str | None = None
    strip_suffixes: tuple[str, ...] = ()
    collapse_blanks: bool = False
    month_names: tuple[str, ...] = ()
    synonyms: tuple[Synonyms, ...] = ()
    layouts: tuple[SourceLayout, ...] = ()


def find_source_problems(source: Source, columns: Collection[str]) -> Iterator[str]:
    """Yield what is wrong with a source of a recipe that has these columns, as sentences."""
    signs = [source.decimal_separator, source.thousands_separator or " "]
    if any(len(sign) != 1 or sign.isalnum() or sign in "+-" for sign in signs):
        yield "source: a separator is one sign, no letter, digit, plus or minus"
    if signs[0] == signs[1]:
        yield f"source: '{signs[0]}' cannot separate decimals and thousands"
    if len(source.month_names) not in (0, _MONTHS):
        yield f"source: month_names has {len(source.month_names)} names, not {_MONTHS}"
    if any(not suffix.strip() for suffix in source.strip_suffixes):
        yield "source: a suffix to strip is empty"
    for layout in source.layouts:
        yield from _find_layout_problems(layout, columns)
    for synonyms in source.synonyms:
        if synonyms.column not in columns:
            yield f"synonyms of '{synonyms.text}': no column '{synonyms.column}'"


def _find_layout_problems(layout: SourceLayout, columns: Collection[str]) -> Iterator[str]:
    for name in dict.fromkeys(list_layout_columns(layout)):
        if name not in columns:
            yield f"layout '{layout.name}': no column '{name}'"
    if isinstance(layout, SheetTable) and (not layout.columns or layout.header_rows < 1):
        yield f"layout '{layout.name}': a header has at least one row and one column"
    if isinstance(layout, SheetCross) and not (layout.corner and layout.value_columns):
        yield f"layout '{layout.name}': a cross table has a corner and value columns"


def list_layout_columns(layout: SourceLayout) -> tuple[str, ...]:
    """Return the columns that a layout fills."""
    filled = tuple(constant.column for constant in layout.filled)
    if isinstance(layout, Wide):
        return (*layout.identifiers, layout.name_column, layout.value_column, *filled)
    filled += (layout.period.column,) if layout.period else ()
    if isinstance(layout, SheetCross):
        return (layout.row_column, layout.name_column, *layout.value_columns, *filled)
    return (*layout.columns, *((layout.group_column,) if layout.group_column else ()), *filled)
