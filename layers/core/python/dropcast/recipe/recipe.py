"""A recipe: all that Dropcast knows of one dataset, checked as a whole when it is made."""

from dataclasses import dataclass, field
from functools import cached_property

from dropcast.contracts.canonical import hash_canonical
from dropcast.contracts.codec import from_document, to_document
from dropcast.contracts.errors import RecipeError, describe_unknown
from dropcast.recipe.check import find_problems
from dropcast.recipe.columns import Column
from dropcast.recipe.expressions import Feature, list_columns
from dropcast.recipe.source import Source, find_source_problems
from dropcast.recipe.training import Candidate, Gate, GroupSplit, StratifiedSplit, TimeSplit


@dataclass(frozen=True, kw_only=True)
class Target:
    """What is predicted: an integer or boolean column with two classes. ``labels`` are the
    classes' names for people; the second class is the positive one."""

    column: str
    classes: tuple[int, int]
    labels: tuple[str, str]


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """One dataset: its columns, features, split, candidates and gate."""

    dataset: str
    title: str
    summary: str
    columns: tuple[Column, ...]
    target: Target
    features: tuple[Feature, ...]
    split: StratifiedSplit | GroupSplit | TimeSplit
    candidates: tuple[Candidate, ...]
    gate: Gate
    source: Source = field(default_factory=Source)

    def __post_init__(self) -> None:
        problems = list(find_problems(self))
        problems += find_source_problems(self.source, [c.name for c in self.columns])
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
    def hash(self) -> str:
        """sha256 of the whole recipe: with the dataset version it names a training run."""
        return hash_canonical(self.to_json())

    @cached_property
    def schema_hash(self) -> str:
        """sha256 of what decides how a file is read: with its bytes it names a clean part."""
        return hash_canonical([to_document(self.columns), to_document(self.source)])

    def find_column(self, name: str) -> Column:
        """Return the column of this name; raise :class:`RecipeError` if there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise RecipeError(describe_unknown("column", name, (c.name for c in self.columns)))

    @cached_property
    def input_columns(self) -> tuple[Column, ...]:
        """The columns that the features read, in declared order: what a request must carry."""
        used = {name for f in self.features for name in list_columns(f.expression)}
        return tuple(c for c in self.columns if c.name in used)
