"""Typed columns: what a value of a dropped file or of a request must look like."""

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

    ``aliases``   other header names for the same column
    ``unit``      of the values, for people and the API document
    ``required``  False: a file may lack the column altogether (then all its values are null)
    ``nullable``  True: a single value may be missing
    ``minimum``, ``maximum``  inclusive range of a number or an integer
    ``categories``  the only texts or integers allowed, as text; empty: any
    ``formats``   of a timestamp, tried in order, in ``strptime`` words or ``"epoch_seconds"``
    ``timezone``  IANA name that a timestamp without an offset is read in; stored as UTC
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
    """Return a header name as headers are compared: lower case, runs of other signs as ``_``.

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
    """A finite float64."""
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
    """A whole number; ``4.0`` in a file is 4, ``4.5`` is a problem."""
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
    """True or false: ``true``/``false``, ``1``/``0``, ``yes``/``no``, any case."""
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
    """A string; blanks around it are dropped, an empty one is missing."""
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
    """An instant, stored in UTC with microseconds."""
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
