"""The models to try, their parameters, and how many trials there are."""

from dataclasses import dataclass
from typing import ClassVar, Literal

Parameter = bool | int | float | str | None

_FOREST = {
    "n_estimators",
    "max_depth",
    "max_features",
    "min_samples_leaf",
    "class_weight",
    "criterion",
}

# Model name -> the parameters that a recipe may set, with the names of scikit-learn and XGBoost. Of
# a regression the same name means the model's regressor: ``logistic_regression`` and ``svc`` have
# none, and ``linear_regression`` and ``naive_forecast`` are regressors only.
MODELS: dict[str, frozenset[str]] = {
    "logistic_regression": frozenset({"C", "class_weight"}),
    "linear_regression": frozenset({"alpha"}),
    "svc": frozenset({"C", "kernel", "degree", "gamma", "coef0", "class_weight"}),
    "decision_tree": frozenset(_FOREST - {"n_estimators"}),
    "random_forest": frozenset(_FOREST),
    "extra_trees": frozenset(_FOREST),
    "hist_gradient_boosting": frozenset(
        {
            "learning_rate",
            "max_iter",
            "max_leaf_nodes",
            "max_depth",
            "min_samples_leaf",
            "l2_regularization",
            "max_features",
            "class_weight",
            "loss",
        }
    ),
    "xgboost": frozenset(
        {
            "n_estimators",
            "max_depth",
            "learning_rate",
            "subsample",
            "colsample_bytree",
            "min_child_weight",
            "reg_lambda",
            "reg_alpha",
            "gamma",
            "scale_pos_weight",
            "objective",
        }
    ),
    "naive_forecast": frozenset(),
}

CLASSIFIERS = frozenset(MODELS) - {"linear_regression", "naive_forecast"}

REGRESSORS = frozenset(MODELS) - {"logistic_regression", "svc"}


@dataclass(frozen=True, kw_only=True)
class Integers:
    """Whole numbers from ``low`` to ``high``, both included.

    They are drawn evenly, or evenly by order of magnitude where ``log`` is true.
    """

    tagged: ClassVar[bool] = True
    low: int
    high: int
    log: bool = False


@dataclass(frozen=True, kw_only=True)
class Floats:
    """Numbers from ``low`` to ``high``.

    They are drawn evenly, or evenly by order of magnitude where ``log`` is true.
    """

    tagged: ClassVar[bool] = True
    low: float
    high: float
    log: bool = False


@dataclass(frozen=True, kw_only=True)
class Choices:
    """One of several values."""

    tagged: ClassVar[bool] = True
    options: tuple[Parameter, ...]


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A model to try. The function :func:`candidate` makes one with fewer words.

    Parameters
    ----------
    model
        The name of the model, a key of ``MODELS``.
    parameters
        The values that the first trial has, with the names of scikit-learn and XGBoost.
    search
        The parameters that later trials vary, each with its range or its options.
    calibration
        How scores become probabilities, learned by cross-validation inside the training rows. An
        SVC needs one.
    """

    model: str
    parameters: dict[str, Parameter]
    search: dict[str, Integers | Floats | Choices]
    calibration: Literal["sigmoid", "isotonic"] | None = None


def candidate(
    model: str,
    *,
    search: dict[str, Integers | Floats | Choices] | None = None,
    calibration: Literal["sigmoid", "isotonic"] | None = None,
    **parameters: Parameter,
) -> Candidate:
    """Return a candidate with these parameters.

    >>> forest = candidate(
    ...     "random_forest",
    ...     n_estimators=300,
    ...     search={"min_samples_leaf": Integers(low=1, high=20, log=True)},
    ... )
    >>> forest.parameters
    {'n_estimators': 300}
    """
    return Candidate(
        model=model, parameters=parameters, search=search or {}, calibration=calibration
    )


@dataclass(frozen=True, kw_only=True)
class Search:
    """How many trials there are.

    The first round tries each candidate as it is declared. Every later round tries ``trials``
    more, which TPE (tree-structured Parzen estimator) proposes from all results so far.
    """

    rounds: int = 1
    trials: int = 4
