"""Describe what a prediction request must look like: part of every scoring program."""

from typing import Literal

from dropcast.contracts.serialization.frozen import dataclass
from dropcast.recipe.columns import Column

Task = Literal["binary", "multiclass", "regression"]


@dataclass(frozen=True, kw_only=True)
class Series:
    """Rows that follow one another, along which lags and windows read.

    Parameters
    ----------
    time
        The timestamp column that orders the rows.
    keys
        The columns that separate one series from another, such as product and market. A missing
        value is a key like any other. Without keys all rows are one series.
    shortest_step_seconds, longest_step_seconds
        How far apart two neighbours are. Where two rows are not, a new series begins, so that
        nothing reads across a gap.

    Examples
    --------
    >>> Series(time="day", keys=("product",), longest_step_seconds=86_400).shortest_step_seconds
    0.0
    """

    time: str
    keys: tuple[str, ...] = ()
    shortest_step_seconds: float = 0.0
    longest_step_seconds: float


@dataclass(frozen=True, kw_only=True)
class RequestSchema:
    """What a row of a request carries.

    Parameters
    ----------
    columns
        What a prediction is computed from, in declared order.
    ignored
        Other names that a row may carry; their values are not read.
    hidden
        The names of what is predicted, which a row must not carry.
    series
        What orders the rows of a request.
    rows_needed
        How many rows, oldest first, a prediction needs.
    """

    columns: tuple[Column, ...]
    ignored: tuple[str, ...]
    hidden: tuple[str, ...]
    series: Series | None
    rows_needed: int
