"""Evening out the two classes of training rows."""

import numpy as np
from imblearn import FunctionSampler
from imblearn.over_sampling import SMOTE, RandomOverSampler
from imblearn.under_sampling import RandomUnderSampler
from numpy.typing import NDArray

from dropcast.recipe import Balance
from dropcast.training.rows import Floats

_NEIGHBOURS = 5


def make_sampler(balance: Balance, seed: int) -> FunctionSampler:
    """Return the pipeline's step that balances the rows that it is fitted on."""
    kw_args = {"balance": balance, "seed": seed % 2**32}
    return FunctionSampler(func=balance_rows, kw_args=kw_args, validate=False)


def balance_rows(
    values: Floats, target: NDArray[np.int64], *, balance: Balance, seed: int
) -> tuple[Floats, NDArray[np.int64]]:
    """Return training rows whose two classes are evened out (SMOTE: Chawla et al. 2002).

    A share that the classes have already is left as it is. Raises ``ValueError`` for SMOTE with
    one row of a class: there is nothing between one row.
    """
    counts = np.bincount(target, minlength=2)
    rare, wanted = int(counts.argmin()), int(balance.oversample_to * counts.max())
    if balance.oversample is not None and counts[rare] < wanted:
        # Counts, not shares: imblearn takes no share that asks for less than one row more.
        strategy = {rare: wanted}
        if balance.oversample == "smote":
            if counts[rare] < 2:
                raise ValueError("smote needs two rows of the rarer class at least")
            neighbours = min(_NEIGHBOURS, int(counts[rare]) - 1)
            sampler = SMOTE(sampling_strategy=strategy, k_neighbors=neighbours, random_state=seed)
        else:
            sampler = RandomOverSampler(sampling_strategy=strategy, random_state=seed)
        values, target = sampler.fit_resample(values, target)
    counts = np.bincount(target, minlength=2)
    common, most = int(counts.argmax()), int(counts.min() / (balance.undersample_to or 1.0))
    if balance.undersample_to is not None and counts[common] > most:
        sampler = RandomUnderSampler(sampling_strategy={common: most}, random_state=seed)
        values, target = sampler.fit_resample(values, target)
    return values, target
