"""What a prediction request must look like: part of every scoring program."""

from typing import Literal

from dropcast.contracts.serialization.frozen import dataclass
from dropcast.recipe.columns import Column

Task = Literal["binary", "multiclass", "regression"]


@dataclass(frozen=True, kw_only=True)
class Series:
    """Rows that follow one another: what lags and windows go along.

    ``time``   the timestamp column that orders them
    ``keys``   the columns that tell one series from another (product, market), a missing value
               being one like any other; none: one series
    ``shortest_step_seconds``, ``longest_step_seconds``  how far apart two neighbours are. Where
               two rows are not, the series begins anew: nothing looks across a gap
    """

    time: str
    keys: tuple[str, ...] = ()
    shortest_step_seconds: float = 0.0
    longest_step_seconds: float


@dataclass(frozen=True, kw_only=True)
class RequestSchema:
    """What a row of a request carries.

    ``columns``      what an answer is computed from, in declared order
    ``ignored``      other names that a row may carry; they are not looked at
    ``hidden``       the names of what is predicted: a row may not carry them
    ``series``, ``rows_needed``  what orders the rows of a request, and how many an answer needs
    """

    columns: tuple[Column, ...]
    ignored: tuple[str, ...]
    hidden: tuple[str, ...]
    series: Series | None
    rows_needed: int
