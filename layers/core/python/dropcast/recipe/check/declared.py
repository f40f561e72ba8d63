"""What the checks read of a table and of a recipe.

The classes themselves call the checks when an instance is made, so they stand above this package
and are known here by these protocols only.
"""

from collections.abc import Iterator
from typing import Protocol

from dropcast.recipe.columns import Column
from dropcast.recipe.expressions import Expression
from dropcast.recipe.features import Feature
from dropcast.recipe.request import Series
from dropcast.recipe.source import Source
from dropcast.recipe.target import Key, Slice, Target
from dropcast.recipe.training import Balance, Candidate, Gate, Search, Split


class DeclaredTable(Protocol):
    """A dataset's name, its columns and how its files are read."""

    @property
    def dataset(self) -> str:
        """The name of the dataset."""

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns in declared order."""

    @property
    def source(self) -> Source:
        """How dropped files are read."""


class DeclaredRecipe(DeclaredTable, Protocol):
    """A table with its features, target, split, candidates and gate."""

    @property
    def references(self) -> tuple[DeclaredTable, ...]:
        """The reference tables that expressions may name."""

    @property
    def features(self) -> tuple[Feature, ...]:
        """The features in declared order."""

    @property
    def target(self) -> Target:
        """What is predicted."""

    @property
    def series(self) -> Series | None:
        """What orders the rows, where they follow one another."""

    @property
    def key(self) -> Key | None:
        """What makes two rows versions of the same thing."""

    @property
    def slices(self) -> tuple[Slice, ...]:
        """The test rows that are also reported on their own."""

    @property
    def entities(self) -> tuple[str, ...]:
        """The columns whose values several rows can be about."""

    @property
    def split_rule(self) -> Split:
        """The split as declared, or the one that follows from the columns."""

    @property
    def candidates(self) -> tuple[Candidate, ...]:
        """The models to try."""

    @property
    def balance(self) -> Balance | None:
        """How the training rows' classes are evened out."""

    @property
    def search(self) -> Search:
        """How many trials there are."""

    @property
    def gate(self) -> Gate:
        """What a model must reach."""

    @property
    def random_state(self) -> int:
        """The seed of everything random in a search and a fit."""

    def find_column(self, name: str) -> Column:
        """Return the column of this name."""

    def list_served(self) -> Iterator[Expression]:
        """Yield the expressions that serving computes."""

    def list_times(self) -> Iterator[str]:
        """Yield the timestamp columns that every row has."""
