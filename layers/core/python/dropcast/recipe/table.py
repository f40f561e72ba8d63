"""Declare a table: a dataset's columns and how its files are read."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from dropcast.contracts.errors import RecipeError, describe_unknown
from dropcast.recipe.check.table import find_table_problems
from dropcast.recipe.columns import Column, Group
from dropcast.recipe.hashes import hash_groups
from dropcast.recipe.source import Source


@dataclass(frozen=True, kw_only=True)
class Table:
    """A dataset as ingest knows it: named columns, and how they are written in files."""

    groups: ClassVar[Mapping[str, Group]] = {
        "dataset": "training",
        "title": "operations",
        "summary": "operations",
        "columns": "columns",
        "source": "columns",
    }
    dataset: str
    title: str
    summary: str
    columns: tuple[Column, ...]
    source: Source = Source()

    @cached_property
    def columns_hash(self) -> str:
        """The sha256 of how a file is read: with the file's bytes it names a clean part."""
        return hash_groups(self, "columns")

    @cached_property
    def operations_hash(self) -> str:
        """The sha256 of what neither a clean part nor a model depends on."""
        return hash_groups(self, "operations")

    def find_column(self, name: str) -> Column:
        """Return the column of this name; raise :class:`RecipeError` if there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise RecipeError(describe_unknown("column", name, (c.name for c in self.columns)))


@dataclass(frozen=True, kw_only=True)
class ReferenceTable(Table):
    """A small table in which recipes look values up.

    It is dropped and versioned like any dataset. A new version of it builds the features of the
    recipes that read it again.

    Raises :class:`RecipeError` with every problem that its columns have.

    Examples
    --------
    >>> from dropcast.recipe import ReferenceTable, number, text
    >>> towns = ReferenceTable(
    ...     dataset="towns",
    ...     title="Towns",
    ...     summary="Where the towns are.",
    ...     columns=(text("name"), number("latitude"), number("longitude")),
    ... )
    >>> towns.find_column("latitude").kind
    'number'
    """

    def __post_init__(self) -> None:
        """Refuse a table that contradicts itself."""
        problems = list(find_table_problems(self))
        if problems:
            raise RecipeError(f"reference table '{self.dataset}': " + "; ".join(problems))
