"""How far two tables of predictions are apart: a program's and its pipeline's."""

import numpy as np

from dropcast.training.rows import Floats

# The most that a program's prediction may differ from its pipeline's; of a number, relative to it.
TOLERANCE = 1e-9


def measure_difference(found: Floats, expected: Floats) -> float:
    """Return the largest difference of two tables of predictions; of numbers above 1 the relative.

    It is infinite where one of both is no finite number and the other is not the same.
    """
    same = (found == expected) | (np.isnan(found) & np.isnan(expected))
    with np.errstate(invalid="ignore", over="ignore"):
        differences = np.abs(found - expected) / np.maximum(1.0, np.abs(expected))
    # A difference that is not a number would be lost among the others, and smaller than any bound.
    return float(np.nan_to_num(np.where(same, 0.0, differences), nan=np.inf, posinf=np.inf).max())
