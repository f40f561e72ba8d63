"""Columns that determine the target: equal to it, or a function of it."""

import numpy as np
import pandas as pd

# Of the errors (classification) or the variance (regression) that guessing without any column
# makes, a column that takes away this share all by itself is too good to be known beforehand.
CLASS_SHARE = 0.97
NUMBER_SHARE = 0.999
_MOST_BINS = 200
_LEAST_ROWS_A_BIN = 5


def measure_telling(values: pd.Series, answers: pd.Series, *, regression: bool) -> float:
    """Return the share, 0-1, of what is unknown of the answers that one column determines.

    That is by its values where they repeat, else by up to 200 equal parts of its range. A missing
    value is a value of its own; a text whose values do not repeat says nothing that holds for other
    rows.

    >>> ages = pd.Series(range(100), dtype="float64")
    >>> measure_telling(ages, (ages > 49).astype("float64"), regression=False)
    1.0
    """
    known = answers.notna()
    parts = _cut(values[known])
    if parts is None:
        return 0.0
    answers = answers[known].reset_index(drop=True)
    groups = answers.groupby(parts)
    if regression:
        variance = float(answers.var(ddof=0))
        within = float(((answers - groups.transform("mean")) ** 2).mean())
        return 1 - within / variance if variance else 0.0
    errors = len(answers) - int(answers.value_counts().iloc[0])
    counts = pd.crosstab(parts, answers.to_numpy())
    left = len(answers) - int(counts.max(axis=1).sum())
    return 1 - left / errors if errors else 0.0


def is_leak(values: pd.Series, answers: pd.Series, *, regression: bool) -> bool:
    """Return whether a column determines the answers so well that it must come from them."""
    least = NUMBER_SHARE if regression else CLASS_SHARE
    return measure_telling(values, answers, regression=regression) >= least


def _cut(values: pd.Series) -> "np.ndarray[tuple[int], np.dtype[np.int64]] | None":
    """Return the part that each row falls in, or none if the parts would be too small to tell."""
    codes, distinct = pd.factorize(values, use_na_sentinel=False)
    if len(distinct) * _LEAST_ROWS_A_BIN <= len(values):
        return codes.astype(np.int64)
    if values.dtype != np.float64:
        return None
    bins = min(_MOST_BINS, len(values) // (2 * _LEAST_ROWS_A_BIN))
    if bins < 2:
        return None
    parts = pd.qcut(values.to_numpy(), bins, labels=False, duplicates="drop")
    return np.where(np.isnan(parts), -1, parts).astype(np.int64)
