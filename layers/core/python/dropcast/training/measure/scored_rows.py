"""Rows with their truth and a model's answer: what every metric, curve and picture is made of."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from dropcast.contracts.errors import DocumentError
from dropcast.training.measure.ranking import Floats, Ranking, rank_scores

Task = Literal["binary", "multiclass", "regression"]
Integers = NDArray[np.int64]

# What rounding may add to a probability.
_SLACK = 1e-6
_FEWEST_ANSWERS: dict[Task, int] = {"regression": 1, "binary": 2, "multiclass": 3}


@dataclass(frozen=True, kw_only=True)
class ScoredRows:
    """n >= 1 rows with their truth and a model's answer.

    ``task``         what the model answers; it fixes k: 2 for binary, 3 or more for multiclass
    ``target``       int64 class index 0..k-1, or the float64 value for regression, (n,)
    ``answers``      class probabilities (n, k), or the predicted value (n, 1) for regression
    ``naive_error``  regression: the mean absolute one-step error of the naive forecast inside the
                     training rows, in the target's unit; None where there is none

    Raises ``DocumentError`` where these do not fit together.
    """

    task: Task
    target: Integers | Floats
    answers: Floats
    naive_error: float | None = None

    def __post_init__(self) -> None:
        _require_fit(self)

    def __len__(self) -> int:
        return len(self.target)

    @cached_property
    def truth(self) -> Integers:
        """The class index of each row, (n,). Raises ``DocumentError`` for regression."""
        _require_classes(self)
        return self.target.astype(np.int64)

    @cached_property
    def label(self) -> Integers:
        """The likeliest class of each row, the first on a tie, (n,). Raises ``DocumentError`` for
        regression."""
        _require_classes(self)
        return np.asarray(self.answers.argmax(axis=1), dtype=np.int64)

    @cached_property
    def rankings(self) -> tuple[Ranking, ...]:
        """The rows by the probability of the second class (binary) or of each (multiclass)."""
        classes = [1] if self.task == "binary" else range(self.answers.shape[1])
        return tuple(rank_scores(self.answers[:, c], self.truth == c) for c in classes)


def make_scored_rows(
    target: Integers | Floats, answers: Floats, *, naive_error: float | None = None
) -> ScoredRows:
    """Return rows whose task is read off their answers: (n, 1) regression, (n, 2) binary, more
    columns multiclass."""
    columns = answers.shape[1] if answers.ndim == 2 else 0
    tasks: dict[int, Task] = {1: "regression", 2: "binary"}
    task = tasks.get(columns, "multiclass")
    return ScoredRows(task=task, target=target, answers=answers, naive_error=naive_error)


def take_scored_rows(rows: ScoredRows, chosen: NDArray[np.bool_] | Integers) -> ScoredRows:
    """Return the rows of a mask or of positions, in that order."""
    return replace(rows, target=rows.target[chosen], answers=rows.answers[chosen])


def _require_classes(rows: ScoredRows) -> None:
    if rows.task == "regression":
        raise DocumentError("rows of a regression have values, not classes; ask for its metrics")


def _require_fit(rows: ScoredRows) -> None:
    n, answers, columns = len(rows.target), rows.answers, _FEWEST_ANSWERS[rows.task]
    more = rows.task == "multiclass"
    shape = f"({n}, {columns}{' or more' if more else ''})"
    if n == 0:
        raise DocumentError("no rows were scored; a metric needs one at least")
    if (
        answers.ndim != 2
        or len(answers) != n
        or not (answers.shape[1] == columns or (more and answers.shape[1] > columns))
    ):
        raise DocumentError(f"{rows.task} answers have shape {answers.shape}; expected {shape}")
    if not (np.isfinite(answers).all() and np.isfinite(rows.target).all()):
        raise DocumentError(f"{rows.task} rows hold a target or an answer that is not finite")
    if rows.task == "regression":
        if rows.naive_error is not None and not rows.naive_error >= 0:
            raise DocumentError(f"the naive forecast's mean error is {rows.naive_error}, not >= 0")
        return
    if answers.min() < -_SLACK or answers.max() > 1 + _SLACK:
        raise DocumentError("answers must be probabilities from 0 to 1, not margins or votes")
    whole = (rows.target == np.floor(rows.target)).all()
    if not whole or rows.target.min() < 0 or rows.target.max() >= answers.shape[1]:
        raise DocumentError(f"targets must be class indexes from 0 to {answers.shape[1] - 1}")
