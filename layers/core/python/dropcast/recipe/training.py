"""How a dataset's rows are split and balanced, which models are tried, and what one must reach."""

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
# Model name -> the parameters a recipe may set, in the words of scikit-learn and XGBoost. For a
# regression the same name means the model's regressor; ``logistic_regression`` and ``svc`` have
# none, ``linear_regression`` and ``naive_forecast`` are nothing else.
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
# The others are better the greater they are.
SMALLER_IS_BETTER: frozenset[str] = frozenset({"brier", "log_loss", "mae", "rmse", "mase"})
REGRESSION_METRICS: frozenset[str] = frozenset({"mae", "rmse", "r2", "mase"})


@dataclass(frozen=True, kw_only=True)
class StratifiedSplit:
    """A share of each class is test rows, chosen by a hash of the row's features and the seed:
    equal rows are on one side, and a row keeps its side when rows are added elsewhere. For a
    regression the share is of all rows.

    ``mixes``  the timestamps and entities that stand on both sides, knowingly
    """

    tagged: ClassVar[bool] = True
    test_fraction: float
    seed: int
    mixes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class GroupSplit:
    """A share of the groups (artists, say) is test rows, chosen by a hash of the group and the
    seed; no group is on both sides.

    ``mixes``  the timestamps and other entities that stand on both sides, knowingly
    """

    tagged: ClassVar[bool] = True
    column: str
    test_fraction: float
    seed: int
    mixes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class TimeSplit:
    """The latest rows, by a timestamp column, are test rows; rows of one instant are on one side.

    ``test_fraction``  share of the rows that are test rows, or
    ``test_days``      the days before the newest row whose rows are test rows: one of the two
    ``gap_days``       rows this close before the first test row are on neither side: they look
                       into the test's time (a target some rows ahead, a window)
    ``maturity_days``  how long a label takes to become final. Rows younger than that, seen from
                       the newest row, are not tested on; nor are rows this close before the first
                       test row trained on, as they would not have been final then
    ``window_days``    rows older than that, seen from the newest row, are on neither side
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
    """Whole numbers from ``low`` to ``high``, both included; evenly by size where ``log``."""

    tagged: ClassVar[bool] = True
    low: int
    high: int
    log: bool = False


@dataclass(frozen=True, kw_only=True)
class Floats:
    """Numbers from ``low`` to ``high``; evenly by order of magnitude where ``log``."""

    tagged: ClassVar[bool] = True
    low: float
    high: float
    log: bool = False


@dataclass(frozen=True, kw_only=True)
class Choices:
    """One of these."""

    tagged: ClassVar[bool] = True
    options: tuple[Parameter, ...]


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A model to try.

    ``parameters``   what is tried first, in scikit-learn's words
    ``search``       the parameters that later trials vary, and within what
    ``calibration``  how the model's answers become probabilities, learned by cross-validation
                     inside the training rows; an SVC needs one
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
    """Return a candidate: ``candidate("random_forest", n_estimators=300)``."""
    return Candidate(
        model=model, parameters=parameters, search=search or {}, calibration=calibration
    )


@dataclass(frozen=True, kw_only=True)
class Search:
    """How candidates are searched: the first round tries each as it is written, every later one
    ``trials`` more that TPE proposes from all results so far."""

    rounds: int = 1
    trials: int = 4


@dataclass(frozen=True, kw_only=True)
class Balance:
    """How the training rows' classes are evened out (never the test rows').

    ``oversample``   ``"smote"`` or ``"random"``: the rarer class grows to ``oversample_to`` times
                     the commonest
    ``undersample_to``  then the commonest shrinks until the rarer has this share of it
    """

    oversample: Literal["smote", "random"] | None = None
    oversample_to: float = 1.0
    undersample_to: float | None = None


@dataclass(frozen=True, kw_only=True)
class Preparation:
    """What is learned between the features and the model, from the training rows alone.

    ``scaling``  of what linear models and SVCs see; trees need none
    ``minimum_information``  encoded features whose mutual information with the target, in nats on
                 the real training rows, is not above this are left out
    """

    scaling: Literal["standard", "min_max"] = "standard"
    minimum_information: float | None = None


@dataclass(frozen=True, kw_only=True)
class Requirement:
    """A figure that a model must reach on the test rows: at least ``bound``, or at most where
    smaller is better."""

    metric: Metric
    bound: float


@dataclass(frozen=True, kw_only=True)
class Gate:
    """What a model must reach on the test rows to become champion.

    ``metric``       what candidates are compared by, inside the training rows, and what must beat
                     the dummy's (of a series the naive forecast's): the worse end of the paired
                     interval of their difference
    ``requirements`` what must be reached besides
    ``champion_margin``  how far behind the present champion, on the same rows, the worse end of
                     the paired interval may lie (non-inferiority)

    Besides, the compiled program must agree with the pipeline.
    """

    metric: Metric
    champion_margin: float
    requirements: tuple[Requirement, ...] = ()
