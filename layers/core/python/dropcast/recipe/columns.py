"""Declare typed columns: what a value of a dropped file or of a request must look like."""

import re
from collections.abc import Mapping
from typing import ClassVar, Literal

from dropcast.contracts.serialization.frozen import dataclass

ColumnKind = Literal["number", "integer", "boolean", "text", "timestamp"]
# What must be made again when a field changes: parts, models or nothing (``recipe.hashes``).
Group = Literal["columns", "training", "operations"]


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column of a dataset.

    The functions :func:`number`, :func:`integer`, :func:`boolean`, :func:`text` and
    :func:`timestamp` make one of each kind.

    Parameters
    ----------
    name
        In lower_snake_case.
    kind
        What the values are.
    aliases
        Other headers of the same column.
    unit
        The unit of the values, for people and the API document.
    description
        What the values mean, for people and the API document.
    required
        Whether every file must have the column. In a file without it all values are missing.
    nullable
        Whether a value may be missing.
    minimum, maximum
        The range of a number or an integer; both bounds are allowed values.
    categories
        The only texts or integers allowed, written as texts. Empty allows any.
    formats
        Of a timestamp: ``strptime`` formats, or ``"epoch_seconds"``, tried in this order.
    timezone
        The IANA name of the zone of a timestamp without an offset. It is stored in UTC.
    """

    # A program carries the unit into results; nothing that is made reads the description.
    groups: ClassVar[Mapping[str, Group]] = {
        "name": "columns",
        "kind": "columns",
        "aliases": "columns",
        "unit": "training",
        "description": "operations",
        "required": "columns",
        "nullable": "columns",
        "minimum": "columns",
        "maximum": "columns",
        "categories": "columns",
        "formats": "columns",
        "timezone": "columns",
    }
    name: str
    kind: ColumnKind
    aliases: tuple[str, ...] = ()
    unit: str | None = None
    description: str = ""
    required: bool = True
    nullable: bool = False
    minimum: float | None = None
    maximum: float | None = None
    categories: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()
    timezone: str | None = None


def normalise_header(name: str) -> str:
    """Return a header as headers are compared: lower case, with ``_`` for other characters.

    >>> normalise_header("  Time Signature (beats) ")
    'time_signature_beats'
    """
    return re.sub(r"[^0-9a-z]+", "_", name.strip().casefold()).strip("_")


def number(
    name: str,
    *,
    aliases: tuple[str, ...] = (),
    unit: str | None = None,
    description: str = "",
    required: bool = True,
    nullable: bool = False,
    minimum: float | None = None,
    maximum: float | None = None,
) -> Column:
    """Return a column of finite numbers (float64).

    >>> number("price", unit="EUR", minimum=0).minimum
    0
    """
    return Column(
        name=name,
        kind="number",
        aliases=aliases,
        unit=unit,
        description=description,
        required=required,
        nullable=nullable,
        minimum=minimum,
        maximum=maximum,
    )


def integer(
    name: str,
    *,
    aliases: tuple[str, ...] = (),
    unit: str | None = None,
    description: str = "",
    required: bool = True,
    nullable: bool = False,
    minimum: int | None = None,
    maximum: int | None = None,
    categories: tuple[int, ...] = (),
) -> Column:
    """Return a column of whole numbers: ``4.0`` in a file is 4, and ``4.5`` is refused.

    >>> integer("mode", categories=(0, 1)).categories
    ('0', '1')
    """
    return Column(
        name=name,
        kind="integer",
        aliases=aliases,
        unit=unit,
        description=description,
        required=required,
        nullable=nullable,
        minimum=minimum,
        maximum=maximum,
        categories=tuple(str(c) for c in categories),
    )


def boolean(
    name: str,
    *,
    aliases: tuple[str, ...] = (),
    description: str = "",
    required: bool = True,
    nullable: bool = False,
) -> Column:
    """Return a column of truth values, written true/false, 1/0 or yes/no in any case."""
    return Column(
        name=name,
        kind="boolean",
        aliases=aliases,
        description=description,
        required=required,
        nullable=nullable,
    )


def text(
    name: str,
    *,
    aliases: tuple[str, ...] = (),
    description: str = "",
    required: bool = True,
    nullable: bool = False,
    categories: tuple[str, ...] = (),
) -> Column:
    """Return a column of texts: blanks at their ends are dropped, an empty one is missing."""
    return Column(
        name=name,
        kind="text",
        aliases=aliases,
        description=description,
        required=required,
        nullable=nullable,
        categories=categories,
    )


def timestamp(
    name: str,
    *,
    formats: tuple[str, ...],
    timezone: str = "UTC",
    aliases: tuple[str, ...] = (),
    description: str = "",
    required: bool = True,
    nullable: bool = False,
) -> Column:
    """Return a column of instants, stored in UTC with microseconds.

    >>> timestamp("sold_at", formats=("%d/%m/%Y %H:%M",), timezone="Europe/Madrid").timezone
    'Europe/Madrid'
    """
    return Column(
        name=name,
        kind="timestamp",
        aliases=aliases,
        description=description,
        required=required,
        nullable=nullable,
        formats=formats,
        timezone=timezone,
    )
