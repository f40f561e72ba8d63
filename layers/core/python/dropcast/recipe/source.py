"""Declare how dropped files are written: encodings, texts, separators and layouts of tables.

A layout describes a table that is not one record a line: which headers it has, and where the date
of its rows is. A recipe may declare several; of each file or sheet the first that fits is used.
"""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, kw_only=True)
class Synonyms:
    """Texts that mean the same: a ``column`` holds ``text`` where a file has one of ``written``.

    >>> Synonyms(column="market", text="Pasto, El Potrerillo", written=("Pasto (Nariño)",)).column
    'market'
    """

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
    """Where in a workbook the date of all rows of a sheet is. It fills ``column``.

    It is the last date, as a text (``8 de junio de 2018``) or a date cell, of the cells above the
    sheet's header that contain one of ``marks``, or of all cells above it where there are no marks.
    If that sheet has none, it is the date in such cells of the sheets without a table, for example
    an index, if they all have the same one. If no cell has a date and ``document_days`` is given,
    it is the day on which the document was made by its own properties, provided that it was last
    saved at most so many days later: the properties of an older template say nothing.
    """

    column: str
    marks: tuple[str, ...] = ()
    document_days: int | None = None


@dataclass(frozen=True, kw_only=True)
class Wide:
    """A table with a column for each value of ``name_column``.

    Every header that is neither a column of the recipe nor in ``ignored`` nor empty is a value of
    ``name_column``, and the cells below it are values of ``value_column``. The layout fits a header
    that has all ``identifiers`` and neither of those two columns. A missing cell makes no row.

    Examples
    --------
    A header ``date,Apple,Pear`` with this layout gives two rows for each line:

    >>> Wide(
    ...     name="a column for each product",
    ...     identifiers=("date",),
    ...     name_column="product",
    ...     value_column="price",
    ... ).ignored
    ()
    """

    tagged: ClassVar[bool] = True
    name: str
    identifiers: tuple[str, ...]
    name_column: str
    value_column: str
    ignored: tuple[str, ...] = ()
    filled: tuple[Filled, ...] = ()


@dataclass(frozen=True, kw_only=True)
class SheetTable:
    """A table in a sheet of a workbook with one record a row.

    Parameters
    ----------
    name
        The name of the layout, for people.
    columns
        The columns that the header names, by their names or aliases.
    header_rows
        The number of rows of the header.
    group_column
        A column that the header does not name: a row with its first cell alone is the value of
        this column for the rows below it, up to the next such row or header.
    notes
        Whether, without a group column, a row with a single cell is a title or a note and no
        record.
    period
        Where the date of all rows is.
    filled
        Columns that have the same text in every row.
    left_out
        A sheet that has one of these texts above its header is not read.
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
    """A table in a sheet of a workbook that crosses two columns.

    The header row begins with one of ``corner`` and continues with values of ``name_column``, each
    over as many cells as there are ``value_columns``. Each row below begins with a value of
    ``row_column``. Cells that are all missing make no row, and a row with its first cell alone is
    a title. A row without a first cell directly below the header names the value columns for
    people.
    """

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

    Parameters
    ----------
    fallback_encoding
        The encoding of a file that is not UTF-8. Without one such a file is refused.
    missing
        The texts that mean a missing value.
    decimal_separator, thousands_separator
        Of numbers written as text, one character each. Without a thousands separator, a number
        that has one is refused.
    strip_suffixes
        What is removed from the end of texts and of a wide table's headers.
    collapse_blanks
        Whether several blanks or line breaks within a text become one blank.
    month_names
        The twelve names that ``%B`` means, in order. Without them they are the English ones.
    synonyms
        Texts that mean the same as another one.
    layouts
        Tables that are not one record a line.

    Examples
    --------
    >>> Source(fallback_encoding="cp1252", decimal_separator=",").missing[:3]
    ('', 'NA', 'N/A')
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


def list_layout_columns(layout: SourceLayout) -> tuple[str, ...]:
    """Return the columns that a layout fills."""
    filled = tuple(constant.column for constant in layout.filled)
    if isinstance(layout, Wide):
        return (*layout.identifiers, layout.name_column, layout.value_column, *filled)
    filled += (layout.period.column,) if layout.period else ()
    if isinstance(layout, SheetCross):
        return (layout.row_column, layout.name_column, *layout.value_columns, *filled)
    return (*layout.columns, *((layout.group_column,) if layout.group_column else ()), *filled)
