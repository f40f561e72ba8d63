"""Declare how rows are split, which models are tried, and what a model must reach."""

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
class StratifiedSplit:
    """A share of each class, or of all rows of a regression, is test rows.

    The rows are chosen by a hash of their features and the seed: equal rows are on the same side,
    and a row keeps its side when other rows are added.

    Parameters
    ----------
    test_fraction
        The share, between 0 and 1.
    seed
        The seed of the hash.
    mixes
        The timestamps and entities whose rows may be among both training and test rows.

    Examples
    --------
    >>> StratifiedSplit(test_fraction=0.2, seed=0).mixes
    ()
    """

    tagged: ClassVar[bool] = True
    test_fraction: float
    seed: int
    mixes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class GroupSplit:
    """A share of the groups is test rows, and no group is on both sides.

    The groups are chosen by a hash of the group and the seed.

    Parameters
    ----------
    column
        The column whose values are the groups, such as an artist.
    test_fraction
        The share of the groups, between 0 and 1.
    seed
        The seed of the hash.
    mixes
        The timestamps and other entities whose rows may be among both training and test rows.

    Examples
    --------
    >>> GroupSplit(column="artist", test_fraction=0.2, seed=0).column
    'artist'
    """

    tagged: ClassVar[bool] = True
    column: str
    test_fraction: float
    seed: int
    mixes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class TimeSplit:
    """The latest rows by a timestamp column are test rows.

    Rows of the same instant are on the same side. Give ``test_fraction`` or ``test_days``.

    Parameters
    ----------
    column
        The timestamp column.
    test_fraction
        The share of the rows that are test rows, between 0 and 1.
    test_days
        The days before the newest row whose rows are test rows.
    gap_days
        Rows so many days or less before the first test row are on neither side, because their
        target or a window reads the time of the test.
    maturity_days
        How long a label takes to become final. Rows younger than that, counted from the newest
        row, are no test rows, and rows so close before the first test row are no training rows:
        their labels would not have been final then.
    window_days
        Rows older than that, counted from the newest row, are on neither side.

    Examples
    --------
    >>> TimeSplit(column="sold_at", test_days=28, gap_days=1).window_days is None
    True
    """

    tagged: ClassVar[bool] = True
    column: str
    test_fraction: float | None = None
    test_days: float | None = None
    gap_days: float = 0.0
    maturity_days: float = 0.0
    window_days: float | None = None


Split = StratifiedSplit | GroupSplit | TimeSplit


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
