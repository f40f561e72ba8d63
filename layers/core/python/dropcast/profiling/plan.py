"""All guesses about one file, together: columns, target, features, split and gate."""

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dropcast.profiling.columns import MISSING, describe_column, find_markers
from dropcast.profiling.features import FeatureGuess, guess_features
from dropcast.profiling.reading import ProfileError, RawTable
from dropcast.profiling.roles import ColumnRole, assign_roles, list_entities
from dropcast.profiling.target import TargetGuess, find_target, guess_target
from dropcast.recipe import Task
from dropcast.recipe.training import Metric

# Of fewer rows a fifth is too small a test.
_SMALL = 1_000
_RARE = 0.1
_FIRST: Mapping[str, tuple[str, ...]] = {
    "classification": (
        'candidate("logistic_regression", C=1.0, search={'
        '"C": Floats(low=0.01, high=10, log=True)})',
        'candidate("random_forest", n_estimators=200, min_samples_leaf=3, search={'
        '"min_samples_leaf": Integers(low=1, high=20, log=True), '
        '"max_features": Floats(low=0.2, high=0.8)})',
    ),
    "regression": (
        'candidate("linear_regression", alpha=1.0, search={'
        '"alpha": Floats(low=0.01, high=100, log=True)})',
        'candidate("random_forest", n_estimators=200, min_samples_leaf=3, search={'
        '"min_samples_leaf": Integers(low=1, high=20, log=True), '
        '"max_features": Floats(low=0.2, high=1.0)})',
    ),
}
_BOOSTED = (
    'candidate("hist_gradient_boosting", learning_rate=0.06, max_iter=150, search={'
    '"learning_rate": Floats(low=0.02, high=0.2, log=True), '
    '"max_leaf_nodes": Integers(low=7, high=31)})',
    'candidate("xgboost", n_estimators=150, max_depth=4, learning_rate=0.06, subsample=0.8, '
    'colsample_bytree=0.8, search={"learning_rate": Floats(low=0.02, high=0.2, log=True), '
    '"max_depth": Integers(low=3, high=7)})',
)


@dataclass(frozen=True, kw_only=True)
class GateGuess:
    """What candidates are compared by and what a model must reach, each a guess."""

    metric: Metric
    required: Metric
    bound: float
    margin: float
    why: str


@dataclass(frozen=True, kw_only=True, eq=False)
class DatasetPlan:
    """What a recipe will say.

    ``markers`` are texts beside the usual ones that mean a missing value; ``split`` is the source
    of the split.
    """

    dataset: str
    table: RawTable
    markers: tuple[str, ...]
    target: TargetGuess
    roles: tuple[ColumnRole, ...]
    features: tuple[FeatureGuess, ...]
    split: str
    split_why: str
    entities: tuple[str, ...]
    gate: GateGuess

    @property
    def rows(self) -> int:
        """The number of different rows that could be read."""
        return len(self.table.cells)

    def list_roles(self, role: str) -> tuple[str, ...]:
        """Return the names of the columns of one role."""
        return tuple(given.facts.name for given in self.roles if given.role == role)


def plan_dataset(table: RawTable, *, dataset: str, target: str) -> DatasetPlan:
    """Return the guesses; raise :class:`ProfileError` if the file cannot teach the target."""
    name = find_target(table, target)
    where = f"{table.path}: target '{target}'"
    markers = find_markers(table.cells)
    columns = [
        describe_column(own, table.find_header(own), table.cells[own], (*MISSING, *markers))
        for own in table.names.values()
    ]
    guess = guess_target(next(facts for facts in columns if facts.name == name), where)
    roles = assign_roles(columns, guess)
    features = guess_features(roles)
    if not features:
        reasons = "; ".join(f"{r.facts.name}: {r.why}" for r in roles if r.role != "target")
        raise ProfileError(
            f"{where}: no other column can be a feature ({reasons}); bring a file with columns "
            f"that are known before the target is"
        )
    split, split_why = _guess_split(dataset, roles, guess, rows=len(table.cells))
    return DatasetPlan(
        dataset=dataset,
        table=table,
        markers=markers,
        target=guess,
        roles=roles,
        features=features,
        split=split,
        split_why=split_why,
        entities=list_entities(roles),
        gate=_guess_gate(guess),
    )


def _guess_split(
    dataset: str, roles: Sequence[ColumnRole], target: TargetGuess, *, rows: int
) -> tuple[str, str]:
    fewest = min(target.class_rows, default=rows)
    fraction = 0.3 if rows < _SMALL or fewest * 0.2 < 20 else 0.2
    shown = f"{fraction:.0%} of the rows"
    seed = zlib.crc32(dataset.encode()) % 10**8
    time = next((role.facts.name for role in roles if role.role == "time"), None)
    if time is not None:
        return f'TimeSplit(column="{time}", test_fraction={fraction})', (
            f"The rows have a time, so the latest {shown} are the test, as a model is asked about "
            f"what comes after it. If targets become final late, say so with maturity_days."
        )
    group = next((role.facts.name for role in roles if role.role == "group"), None)
    mixed = ", ".join(f'"{name}"' for name in list_entities(roles) if name != group)
    settings = f"test_fraction={fraction}, seed={seed:_}" + (f", mixes=({mixed},)" if mixed else "")
    if group is not None:
        why = (
            f"Entities come again, so whole ones are the test, about {shown}; else a model could "
            f"know them by heart. If only known ones will be asked about, stratify instead."
        )
        others = f" Others ({mixed}) stand on both sides." if mixed else ""
        return f'GroupSplit(column="{group}", {settings})', why + others
    if mixed:
        return f"StratifiedSplit({settings})", (
            f"What comes again ({mixed}) is met in too few entities of one class to be kept apart, "
            f"so {shown} of each class are the test, and the figures hold for known entities only."
        )
    return f"StratifiedSplit({settings})", (
        f"Neither a time nor entities that come again were found, so {shown} of each class are the "
        f"test. If the rows have an order that matters, split by time instead."
    )


def _guess_gate(target: TargetGuess) -> GateGuess:
    task: Task = target.task
    if task == "binary":
        rare = target.class_rows[1] < _RARE * sum(target.class_rows)
        return GateGuess(
            metric="average_precision" if rare else "roc_auc",
            required="roc_auc",
            bound=0.6,
            margin=0.03,
            why=(
                "The positive class is rare: candidates are compared by how well they find it."
                if rare
                else "Two classes: candidates are compared by how well they rank."
            ),
        )
    if task == "multiclass":
        return GateGuess(
            metric="macro_f1",
            required="macro_f1",
            bound=round(1 / len(target.labels) + 0.05, 2),
            margin=0.03,
            why="Several classes, each counting the same.",
        )
    scale = float(target.answers.std())
    return GateGuess(
        metric="mae",
        required="r2",
        bound=0.1,
        margin=float(f"{scale * 0.03:.1g}"),
        why="An amount: candidates are compared by their mean absolute error, in its unit.",
    )


def list_candidates(task: Task) -> tuple[str, ...]:
    """Return the source of the candidates: one simple, one forest, two boosted."""
    return (*_FIRST["regression" if task == "regression" else "classification"], *_BOOSTED)
