"""A recipe: all that Dropcast knows of one dataset, checked as a whole when it is made."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from dropcast.contracts.errors import RecipeError, describe_unknown
from dropcast.contracts.serialization.codec import from_document, to_document
from dropcast.recipe.check import find_problems, find_table_problems
from dropcast.recipe.columns import Column, Group
from dropcast.recipe.expressions import (
    Call,
    ColumnRef,
    Constant,
    Expression,
    find_reach,
    list_columns,
    list_references,
)
from dropcast.recipe.features import Feature
from dropcast.recipe.hashes import hash_groups
from dropcast.recipe.request import RequestSchema, Series, Task
from dropcast.recipe.source import Source
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
class Target:
    """What is predicted.

    ``expression``   classification: the index of the row's class (a comparison gives 0 or 1, a
                     bucket 0, 1, 2, ...); regression: the number. It alone may look ahead
                     (``lead``). A row whose target is missing is not trained on
    ``labels``       the classes' names in that order, for people; none: a regression. Of two
                     classes the second is the positive one
    ``unit``         of the number
    ``relative_to``  regression: a known, positive quantity in the target's unit; what is learned
                     then is ln(target / quantity), and the naive forecast is the quantity itself
    """

    expression: ColumnRef | Constant | Call
    labels: tuple[str, ...] = ()
    unit: str | None = None
    relative_to: ColumnRef | Constant | Call | None = None

    @property
    def task(self) -> Task:
        if not self.labels:
            return "regression"
        return "binary" if len(self.labels) == 2 else "multiclass"


@dataclass(frozen=True, kw_only=True)
class Key:
    """What makes two rows the same thing, told twice: equal ``columns``. The row with the greatest
    ``newest_by`` counts (without it: the last in the order of the files' names and lines)."""

    columns: tuple[str, ...]
    newest_by: str | None = None


@dataclass(frozen=True, kw_only=True)
class Slice:
    """Test rows to report on their own: those for which ``expression`` is 1."""

    name: str
    expression: ColumnRef | Constant | Call


@dataclass(frozen=True, kw_only=True)
class Table:
    """A dataset as far as ingest knows it: named columns and how files spell them."""

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
        """sha256 of what decides how a file is read: with its bytes it names a clean part."""
        return hash_groups(self, "columns")

    @cached_property
    def operations_hash(self) -> str:
        """sha256 of what neither a part nor a model depends on."""
        return hash_groups(self, "operations")

    def find_column(self, name: str) -> Column:
        """Return the column of this name; raise :class:`RecipeError` if there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise RecipeError(describe_unknown("column", name, (c.name for c in self.columns)))


@dataclass(frozen=True, kw_only=True)
class ReferenceTable(Table):
    """A small table that recipes look things up in. Dropped and versioned like any dataset; a new
    version of it rebuilds the features of the recipes that read it."""

    def __post_init__(self) -> None:
        problems = list(find_table_problems(self))
        if problems:
            raise RecipeError(f"reference table '{self.dataset}': " + "; ".join(problems))


@dataclass(frozen=True, kw_only=True)
class Recipe(Table):
    """One dataset: its columns, features, split, candidates and gate.

    ``entities``    the columns whose values are things that several rows can be about (a customer,
                    an artist): a split by row, or by another of them, must say that it mixes them
    ``split``       none: :attr:`split_rule` tells which one is taken
    ``references``  the reference tables that expressions name
    ``key``         rows that are the same thing told twice
    ``drop_duplicates``  whether a row equal to an earlier one in every column is dropped
    ``random_state``  the seed of everything random in a search and a fit, 0 to 2^32 - 1
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
        problems = list(find_problems(self))
        if problems:
            raise RecipeError(f"recipe '{self.dataset}': " + "; ".join(problems))

    def to_json(self) -> dict[str, object]:
        """Return the recipe as JSON types; :meth:`from_json` is the way back."""
        document: dict[str, object] = to_document(self)
        return document

    @classmethod
    def from_json(cls, document: object) -> "Recipe":
        return from_document(cls, document)

    @cached_property
    def training_hash(self) -> str:
        """sha256 of what a model depends on: with the dataset version it names a training run."""
        return hash_groups(self, "columns", "training")

    @cached_property
    def split_rule(self) -> Split:
        """How rows are split: as the recipe says; else by its first time that no row lacks, else
        by its entity, else within each class. A fifth of the rows is test rows then."""
        if self.split is not None:
            return self.split
        for name in self.list_times():
            return TimeSplit(column=name, test_fraction=0.2)
        for name in self.entities:
            return GroupSplit(column=name, test_fraction=0.2, seed=0)
        return StratifiedSplit(test_fraction=0.2, seed=0)

    def list_times(self) -> Iterator[str]:
        """Yield the timestamp columns that every row has, which rows can be split by."""
        yield from (c.name for c in self.columns if c.kind == "timestamp" and not c.nullable)

    @cached_property
    def input_columns(self) -> tuple[Column, ...]:
        """The columns that an answer is computed from, in declared order: what a request must
        carry. Of a series these are the features' columns and those that order it."""
        used = {name for e in self.list_served() for name in list_columns(e)}
        if self.series is not None:
            used |= {self.series.time, *self.series.keys}
        return tuple(c for c in self.columns if c.name in used)

    @cached_property
    def request_schema(self) -> RequestSchema:
        """What a request for an answer must look like."""
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
        """The columns that only the target reads: what a request must not carry."""
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
        """How many rows of a series, oldest first, an answer needs: 1 without windows."""
        return 1 + max(find_reach(expression) for expression in self.list_served())

    @cached_property
    def reference_uses(self) -> tuple[tuple[str, str, str], ...]:
        """(table, column, column) of every use of a reference table, each once, sorted."""
        expressions = [*self.list_served(), self.target.expression]
        expressions += [piece.expression for piece in self.slices]
        return tuple(sorted({use for e in expressions for use in list_references(e)}))
