"""What is done to training rows before a fit, and what a model must reach."""

from dataclasses import dataclass
from typing import Literal

Metric = Literal[
    "accuracy",
    "roc_auc",
    "average_precision",
    "f1",
    "macro_f1",
    "mcc",
    "brier",
    "log_loss",
    "mae",
    "rmse",
    "r2",
    "mase",
]

# The other metrics are better the greater they are.
SMALLER_IS_BETTER: frozenset[str] = frozenset({"brier", "log_loss", "mae", "rmse", "mase"})

REGRESSION_METRICS: frozenset[str] = frozenset({"mae", "rmse", "r2", "mase"})


@dataclass(frozen=True, kw_only=True)
class Balance:
    """How the two classes of the training rows are evened out. Test rows stay as they are.

    Parameters
    ----------
    oversample
        How rows of the rarer class are added.
    oversample_to
        The rows of the rarer class after that, as a share of the more common one.
    undersample_to
        Then rows of the more common class are removed until the rarer has this share of it.
    """

    oversample: Literal["smote", "random"] | None = None
    oversample_to: float = 1.0
    undersample_to: float | None = None


@dataclass(frozen=True, kw_only=True)
class Preparation:
    """What is learned between the features and the model, from the training rows alone.

    Parameters
    ----------
    scaling
        How the inputs of linear models and SVCs are scaled. Trees need no scaling.
    minimum_information
        Encoded features whose mutual information with the target is not above this are left out.
        In nats, on the training rows before they are balanced.
    """

    scaling: Literal["standard", "min_max"] = "standard"
    minimum_information: float | None = None


@dataclass(frozen=True, kw_only=True)
class Requirement:
    """A figure that a model must reach on the test rows.

    The metric must be ``bound`` at least, or at most where smaller is better.
    """

    metric: Metric
    bound: float


@dataclass(frozen=True, kw_only=True)
class Gate:
    """What a model must reach on the test rows to become champion.

    Besides this, the compiled program must agree with the pipeline.

    Parameters
    ----------
    metric
        What candidates are compared by inside the training rows. On the test rows the model must
        beat a dummy, or the naive forecast of a series: the worse end of the paired interval of
        their difference decides.
    champion_margin
        How far behind the present champion on the same rows the worse end of the paired interval
        may be (non-inferiority).
    requirements
        Other figures that must be reached.

    Examples
    --------
    >>> gate = Gate(
    ...     metric="roc_auc",
    ...     champion_margin=0.02,
    ...     requirements=(Requirement(metric="accuracy", bound=0.65),),
    ... )
    >>> gate.requirements[0].bound
    0.65
    """

    metric: Metric
    champion_margin: float
    requirements: tuple[Requirement, ...] = ()
