"""How a dataset's rows are split, which models are tried, and what a model must reach."""

from dataclasses import dataclass
from typing import ClassVar, Literal

Parameter = bool | int | float | str | None

# Model name -> the parameters a recipe may set, in scikit-learn's words.
MODELS: dict[str, frozenset[str]] = {
    "logistic_regression": frozenset({"C", "class_weight"}),
    "random_forest": frozenset(
        {"n_estimators", "max_depth", "max_features", "min_samples_leaf", "class_weight"}
    ),
    "hist_gradient_boosting": frozenset(
        {"learning_rate", "max_iter", "max_leaf_nodes", "min_samples_leaf", "l2_regularization"}
    ),
}

Metric = Literal["accuracy", "roc_auc", "average_precision", "f1", "mcc"]


@dataclass(frozen=True, kw_only=True)
class StratifiedSplit:
    """A share of each class is test rows, chosen by a hash of the row's features and the seed:
    equal rows are on one side, and a row keeps its side when rows are added elsewhere."""

    tagged: ClassVar[bool] = True
    test_fraction: float
    seed: int


@dataclass(frozen=True, kw_only=True)
class GroupSplit:
    """A share of the groups (artists, say) is test rows, chosen by a hash of the group and the
    seed; no group is on both sides."""

    tagged: ClassVar[bool] = True
    column: str
    test_fraction: float
    seed: int


@dataclass(frozen=True, kw_only=True)
class TimeSplit:
    """The latest share of the rows, by a timestamp column, is test rows; rows of one instant are
    on one side."""

    tagged: ClassVar[bool] = True
    column: str
    test_fraction: float


Split = StratifiedSplit | GroupSplit | TimeSplit


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A model to try, with parameters in scikit-learn's words."""

    model: str
    parameters: dict[str, Parameter]


def candidate(model: str, **parameters: Parameter) -> Candidate:
    """Return a candidate: ``candidate("random_forest", n_estimators=300)``."""
    return Candidate(model=model, parameters=parameters)


@dataclass(frozen=True, kw_only=True)
class Gate:
    """What a model must reach on the test rows to become champion.

    ``metric``      the figure that candidates are compared by, too
    ``minimum``     the least value of the metric
    ``champion_margin``  how far below the present champion, on the same rows, the lower end of
                    the paired interval may lie (non-inferiority)

    Besides, the lower end of the metric's interval must lie above the dummy baseline, and the
    compiled program must agree with the pipeline.
    """

    metric: Metric
    minimum: float
    champion_margin: float
