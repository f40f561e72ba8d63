"""Declare what is predicted, which rows are versions of the same thing, and slices of the test."""

from dataclasses import dataclass

from dropcast.recipe.expressions import Call, ColumnRef, Constant
from dropcast.recipe.request import Task


@dataclass(frozen=True, kw_only=True)
class Target:
    """What is predicted.

    Parameters
    ----------
    expression
        Of a classification the index of the row's class: a comparison gives 0 or 1, a bucket 0,
        1, 2 and so on. Of a regression the number. Only a target may read later rows (``lead``).
        A row whose target is missing is not trained on.
    labels
        The names of the classes in that order, for people. Of two classes the second is the
        positive one. Without labels it is a regression.
    unit
        The unit of the number.
    relative_to
        Of a regression: a known and positive quantity in the target's unit. The model then learns
        ln(target / quantity), and the naive forecast is the quantity itself.

    Examples
    --------
    >>> from dropcast.recipe import Target, col
    >>> Target(expression=col("close").lead(1) > col("close"), labels=("not higher", "higher")).task
    'binary'
    >>> Target(expression=col("price").lead(1), unit="EUR", relative_to=col("price")).task
    'regression'
    """

    expression: ColumnRef | Constant | Call
    labels: tuple[str, ...] = ()
    unit: str | None = None
    relative_to: ColumnRef | Constant | Call | None = None

    @property
    def task(self) -> Task:
        """The kind of model that the target needs."""
        if not self.labels:
            return "regression"
        return "binary" if len(self.labels) == 2 else "multiclass"


@dataclass(frozen=True, kw_only=True)
class Key:
    """What makes two rows versions of the same thing: equal ``columns``.

    The row with the greatest ``newest_by`` counts; without it, the last one in the order of the
    files' names and lines.
    """

    columns: tuple[str, ...]
    newest_by: str | None = None


@dataclass(frozen=True, kw_only=True)
class Slice:
    """Test rows that are also reported on their own: those for which ``expression`` is 1."""

    name: str
    expression: ColumnRef | Constant | Call
