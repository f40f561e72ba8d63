"""The leaderboard of a run: what was tried and how it did, failures included."""

from dataclasses import dataclass

from dropcast.recipe import Candidate
from dropcast.recipe.training import SMALLER_IS_BETTER


@dataclass(frozen=True, kw_only=True)
class Trial:
    """One candidate to fit and measure on the folds.

    ``number``     counts the run's trials from 0
    ``entry``      the index of the recipe's candidate that it comes from
    ``candidate``  with the parameters to try and no ``search``
    """

    number: int
    entry: int
    candidate: Candidate


@dataclass(frozen=True, kw_only=True)
class LeaderboardRow:
    """How one trial did in cross-validation inside the training rows.

    The gate's metric on each fold, their mean and population standard deviation; or why it could
    not be fitted.

    ``candidate``  with the parameters that were tried and no ``search``
    ``entry``      the index of the recipe's candidate that it comes from
    """

    number: int
    entry: int
    candidate: Candidate
    fold_scores: tuple[float, ...]
    mean: float | None
    std: float | None
    error: str | None


@dataclass(frozen=True, kw_only=True)
class Leaderboard:
    """All trials of a run in the order of their numbers."""

    metric: str
    rows: tuple[LeaderboardRow, ...]


def fail_trial(trial: Trial, error: str) -> LeaderboardRow:
    """Return the row of a trial that could not be fitted or measured."""
    return LeaderboardRow(
        number=trial.number,
        entry=trial.entry,
        candidate=trial.candidate,
        fold_scores=(),
        mean=None,
        std=None,
        error=error,
    )


def find_best(leaderboard: Leaderboard) -> LeaderboardRow | None:
    """Return the row with the best mean, the first of equals; ``None`` if every trial failed."""
    direction = -1.0 if leaderboard.metric in SMALLER_IS_BETTER else 1.0
    fitted = [(direction * row.mean, row) for row in leaderboard.rows if row.mean is not None]
    return max(fitted, key=lambda pair: pair[0])[1] if fitted else None
