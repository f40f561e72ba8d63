"""Find what is wrong with a recipe's split, candidates, balance and gate."""

from collections.abc import Iterator

from dropcast.contracts.errors import describe_unknown
from dropcast.recipe.check.declared import DeclaredRecipe
from dropcast.recipe.training import (
    CLASSIFIERS,
    MODELS,
    REGRESSION_METRICS,
    REGRESSORS,
    Candidate,
    Choices,
    GroupSplit,
    Split,
    StratifiedSplit,
    TimeSplit,
)

# scikit-learn, XGBoost and Optuna take a seed of 32 bits.
_MAX_RANDOM_STATE = 2**32 - 1


def find_training_problems(recipe: DeclaredRecipe) -> Iterator[str]:
    """Yield what is wrong with how a recipe's models are trained and judged."""
    yield from _find_split_problems(recipe)
    yield from _find_mixed_problems(recipe, recipe.split_rule)
    if not recipe.candidates:
        yield "no candidates: give one model to try at least (candidates=...)"
    for tried in recipe.candidates:
        yield from _find_candidate_problems(recipe, tried)
    yield from _find_balance_problems(recipe)
    if recipe.search.rounds < 1 or recipe.search.trials < 1:
        yield "search: rounds and trials must be 1 or more"
    if not 0 <= recipe.random_state <= _MAX_RANDOM_STATE:
        yield f"random_state must be a whole number from 0 to {_MAX_RANDOM_STATE:,}"
    regression = recipe.target.task == "regression"
    for metric in (recipe.gate.metric, *(r.metric for r in recipe.gate.requirements)):
        if (metric in REGRESSION_METRICS) != regression:
            yield f"gate: {metric} does not measure a {recipe.target.task} model"
        if metric == "f1" and recipe.target.task == "multiclass":
            yield "gate: f1 measures two classes; use macro_f1"
        if metric == "mase" and recipe.target.relative_to is None:
            yield "gate: mase compares with a naive forecast: give the target relative_to"
    if recipe.gate.champion_margin < 0:
        yield "gate: champion_margin must not be negative"


def _find_candidate_problems(recipe: DeclaredRecipe, tried: Candidate) -> Iterator[str]:
    known = MODELS.get(tried.model)
    if known is None:
        yield describe_unknown("model", tried.model, MODELS)
        return
    fitting = REGRESSORS if recipe.target.task == "regression" else CLASSIFIERS
    if tried.model not in fitting:
        yield f"{tried.model} does not fit a {recipe.target.task} target"
    for parameter in sorted({*tried.parameters, *tried.search} - known):
        yield f"{tried.model}: " + describe_unknown("parameter", parameter, known)
    if tried.model == "svc" and tried.calibration is None:
        yield "svc: needs calibration='sigmoid' or 'isotonic', as it gives no probabilities itself"
    if tried.calibration and recipe.target.task == "regression":
        yield f"{tried.model}: only classes are calibrated; remove calibration"
    if tried.model == "naive_forecast" and recipe.target.relative_to is None:
        yield "naive_forecast: the forecast is the target's relative_to; give it"
    for name, within in tried.search.items():
        empty = not within.options if isinstance(within, Choices) else within.low >= within.high
        if empty:
            yield (
                f"{tried.model}: search of '{name}' has nothing to choose from: give options, or "
                "a high above low"
            )
        elif not isinstance(within, Choices) and within.log and within.low <= 0:
            yield f"{tried.model}: search of '{name}' with log=True needs a low above 0"


def _find_balance_problems(recipe: DeclaredRecipe) -> Iterator[str]:
    balance = recipe.balance
    if balance is None:
        return
    if recipe.target.task != "binary":
        yield "balance: only two classes are balanced; use the models' class_weight instead"
    if balance.oversample is None and balance.undersample_to is None:
        yield "balance: give oversample or undersample_to, or remove the balance"
    undersample_to = 1.0 if balance.undersample_to is None else balance.undersample_to
    shares = [balance.oversample_to, undersample_to]
    if not all(0 < share <= 1 for share in shares):
        yield "balance: oversample_to and undersample_to must be above 0 and 1 at most"


def _find_mixed_problems(recipe: DeclaredRecipe, split: Split) -> Iterator[str]:
    names = [c.name for c in recipe.columns]
    for name in recipe.entities:
        if name not in names:
            yield "entities: " + describe_unknown("column", name, names)
    if isinstance(split, TimeSplit):
        return
    times = list(recipe.list_times())
    apart = split.column if isinstance(split, GroupSplit) else None
    entities = [name for name in recipe.entities if name != apart]
    for name in split.mixes:
        if name not in (*times, *entities):
            yield (
                f"split: mixes '{name}', which is neither an entity nor a timestamp that every "
                "row has; remove it"
            )
    for name in times:
        if name not in split.mixes:
            yield (
                f"split: rows have a timestamp, '{name}': use a TimeSplit, or allow past and "
                f"future rows among both training and test rows with mixes=('{name}',)"
            )
    for name in entities:
        if name not in split.mixes:
            yield (
                f"split: rows of one '{name}' would be among both training and test rows: use a "
                f"GroupSplit by it, or allow it with mixes=('{name}',)"
            )


def _find_split_problems(recipe: DeclaredRecipe) -> Iterator[str]:
    split = recipe.split_rule
    if not isinstance(split, TimeSplit) and not 0 < split.test_fraction < 1:
        yield "split: test_fraction must be between 0 and 1"
    if isinstance(split, StratifiedSplit):
        return
    names = [c.name for c in recipe.columns]
    if split.column not in names:
        yield "split: " + describe_unknown("column", split.column, names)
        return
    column = recipe.find_column(split.column)
    if column.nullable:
        yield f"split: column '{split.column}' must not be nullable, as every row is split by it"
    if isinstance(split, GroupSplit):
        return
    if column.kind != "timestamp":
        yield f"split: column '{split.column}' is not a timestamp"
    if (split.test_fraction is None) == (split.test_days is None):
        yield "split: give test_fraction or test_days, one of the two"
    elif split.test_fraction is not None and not 0 < split.test_fraction < 1:
        yield "split: test_fraction must be between 0 and 1"
    days = [d for d in (split.test_days, split.window_days) if d is not None]
    if min(days, default=1.0) <= 0 or min(split.gap_days, split.maturity_days) < 0:
        yield (
            "split: test_days and window_days must be above 0, gap_days and maturity_days not "
            "negative"
        )
