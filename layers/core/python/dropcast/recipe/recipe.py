"""Declare a recipe: all that Dropcast knows of one dataset."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from dropcast.contracts.errors import RecipeError
from dropcast.contracts.serialization.codec import from_document, to_document
from dropcast.recipe.check.recipe import find_recipe_problems
from dropcast.recipe.columns import Column, Group
from dropcast.recipe.expression_trees import find_reach, list_columns, list_references
from dropcast.recipe.expressions import Expression
from dropcast.recipe.features import Feature
from dropcast.recipe.hashes import hash_groups
from dropcast.recipe.request import RequestSchema, Series
from dropcast.recipe.table import ReferenceTable, Table
from dropcast.recipe.target import Key, Slice, Target
from dropcast.recipe.training import (
    Balance,
    Candidate,
    Gate,
    GroupSplit,
    Preparation,
    Search,
    Split,
    StratifiedSplit,
    TimeSplit,
)


@dataclass(frozen=True, kw_only=True)
class Recipe(Table):
    """One dataset: its columns, features, split, candidates and gate.

    Raises :class:`RecipeError` with every contradiction when an instance is made. An example is in
    :mod:`dropcast.recipe`.

    Parameters
    ----------
    dataset, title, summary, columns, source
        As of any :class:`Table`.
    target
        What is predicted.
    features
        What a model sees of a row.
    candidates
        The models to try.
    gate
        What a model must reach to become champion.
    split
        Which rows are test rows. Without one, :attr:`split_rule` derives it from the columns.
    entities
        The columns whose values several rows can be about: a customer, an artist. A split by row,
        or by another entity, must name them in ``mixes``.
    search
        How many trials there are.
    preparation
        What is learned between the features and the model.
    balance
        How the training rows' classes are evened out.
    series
        What orders the rows, where they follow one another; lags and windows need it.
    key
        What makes two rows versions of the same thing; the newest one counts.
    references
        The reference tables that expressions read.
    slices
        Test rows that are also reported on their own.
    drop_duplicates
        Whether a row that equals an earlier one in every column is dropped.
    random_state
        The seed of everything random in a search and a fit, from 0 to 2^32 - 1.
    """

    groups: ClassVar[Mapping[str, Group]] = {
        **Table.groups,
        "target": "training",
        "features": "training",
        "candidates": "training",
        "gate": "training",
        "split": "training",
        "entities": "training",
        "search": "training",
        "preparation": "training",
        "balance": "training",
        "series": "training",
        "key": "training",
        "references": "training",
        "slices": "training",
        "drop_duplicates": "training",
        "random_state": "training",
    }
    target: Target
    features: tuple[Feature, ...]
    candidates: tuple[Candidate, ...]
    gate: Gate
    split: StratifiedSplit | GroupSplit | TimeSplit | None = None
    entities: tuple[str, ...] = ()
    search: Search = Search()
    preparation: Preparation = Preparation()
    balance: Balance | None = None
    series: Series | None = None
    key: Key | None = None
    references: tuple[ReferenceTable, ...] = ()
    slices: tuple[Slice, ...] = ()
    drop_duplicates: bool = True
    random_state: int = 0

    def __post_init__(self) -> None:
        """Refuse a recipe that contradicts itself."""
        problems = list(find_recipe_problems(self))
        if problems:
            raise RecipeError(f"recipe '{self.dataset}': " + "; ".join(problems))

    def to_json(self) -> dict[str, object]:
        """Return the recipe as JSON types; :meth:`from_json` is the way back."""
        document: dict[str, object] = to_document(self)
        return document

    @classmethod
    def from_json(cls, document: object) -> "Recipe":
        """Return the recipe of a JSON document; raise ``DocumentError`` if it is none."""
        return from_document(cls, document)

    @cached_property
    def training_hash(self) -> str:
        """The sha256 of what a model depends on: with the dataset version it names a run."""
        return hash_groups(self, "columns", "training")

    @cached_property
    def split_rule(self) -> Split:
        """The split as declared, or else the one that follows from the columns.

        Without a declared one a fifth of the rows is test rows: the latest ones by the first
        timestamp that every row has, else whole groups of the first entity, else a share of each
        class.
        """
        if self.split is not None:
            return self.split
        for name in self.list_times():
            return TimeSplit(column=name, test_fraction=0.2)
        for name in self.entities:
            return GroupSplit(column=name, test_fraction=0.2, seed=0)
        return StratifiedSplit(test_fraction=0.2, seed=0)

    def list_times(self) -> Iterator[str]:
        """Yield the timestamp columns that every row has: those by which rows can be split."""
        yield from (c.name for c in self.columns if c.kind == "timestamp" and not c.nullable)

    @cached_property
    def input_columns(self) -> tuple[Column, ...]:
        """The columns that a prediction is computed from, in declared order.

        A request carries these. Of a series they include the columns that order it.
        """
        used = {name for e in self.list_served() for name in list_columns(e)}
        if self.series is not None:
            used |= {self.series.time, *self.series.keys}
        return tuple(c for c in self.columns if c.name in used)

    @cached_property
    def request_schema(self) -> RequestSchema:
        """What a request for a prediction must look like."""
        inputs = {column.name for column in self.input_columns}
        others = [column for column in self.columns if column.name not in inputs]
        hidden = self.target_columns
        return RequestSchema(
            columns=self.input_columns,
            ignored=tuple(n for c in others if c.name not in hidden for n in (c.name, *c.aliases)),
            hidden=tuple(n for c in others if c.name in hidden for n in (c.name, *c.aliases)),
            series=self.series,
            rows_needed=self.rows_needed,
        )

    @cached_property
    def target_columns(self) -> frozenset[str]:
        """The columns that only the target reads, which a request must not carry."""
        return frozenset(list_columns(self.target.expression)) - {
            column.name for column in self.input_columns
        }

    def list_served(self) -> Iterator[Expression]:
        """Yield the expressions that serving computes."""
        yield from (feature.expression for feature in self.features)
        if self.target.relative_to is not None:
            yield self.target.relative_to

    @cached_property
    def rows_needed(self) -> int:
        """How many rows of a series, oldest first, a prediction needs: 1 without windows."""
        return 1 + max(find_reach(expression) for expression in self.list_served())

    @cached_property
    def reference_uses(self) -> tuple[tuple[str, str, str], ...]:
        """The uses of reference tables as (table, column, column), each once, sorted."""
        expressions = [*self.list_served(), self.target.expression]
        expressions += [part.expression for part in self.slices]
        return tuple(sorted({use for e in expressions for use in list_references(e)}))
