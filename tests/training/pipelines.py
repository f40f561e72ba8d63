"""Random recipes with random rows: what a pipeline and its program are compared on."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from dropcast.recipe import (
    Balance,
    Candidate,
    Feature,
    Gate,
    Preparation,
    Recipe,
    StratifiedSplit,
    Target,
    candidate,
    col,
    number,
    text,
)
from dropcast.recipe.features import Encoding
from dropcast.recipe.training import Metric
from dropcast.scoring import Program, build_value_scorer, read_program, write_program
from dropcast.training.compile import compile_program

Floats = NDArray[np.float64]
PLAIN = Preparation()
ENCODINGS: tuple[Encoding, ...] = ("one_hot", "ordinal", "frequency", "target_mean")
# Well within float32: scikit-learn adds up a block of float32 to see whether all are finite.
_FAR_AND_NEAR = [-7.0, 0.0, -0.0, 3.25, 1e9, 5e-324, -2e-310, 3e35, -3e35]
CLASSIFIERS = [
    candidate("logistic_regression", C=0.5),
    candidate("logistic_regression", C=0.5, calibration="isotonic"),
    candidate("decision_tree", max_depth=4),
    candidate("random_forest", n_estimators=7, class_weight="balanced"),
    candidate("random_forest", n_estimators=4, calibration="isotonic"),
    candidate("extra_trees", n_estimators=5, min_samples_leaf=2, calibration="sigmoid"),
    candidate("hist_gradient_boosting", max_iter=6, min_samples_leaf=5),
    candidate("hist_gradient_boosting", max_iter=4, min_samples_leaf=5, calibration="sigmoid"),
    candidate("xgboost", n_estimators=6, max_depth=3),
    candidate("xgboost", n_estimators=4, subsample=0.8, calibration="isotonic"),
    *(
        candidate("svc", kernel=kernel, calibration=calibration)
        for kernel in ("linear", "poly", "rbf")
        for calibration in ("sigmoid", "isotonic")
    ),
]
BINARY_CLASSIFIERS = [
    *CLASSIFIERS,
    candidate("xgboost", n_estimators=5, scale_pos_weight=3.0),
]
REGRESSORS = [
    candidate("linear_regression", alpha=0.1),
    candidate("linear_regression"),
    candidate("decision_tree", max_depth=3, criterion="absolute_error"),
    candidate("random_forest", n_estimators=6),
    candidate("extra_trees", n_estimators=6, max_features=0.5),
    candidate("hist_gradient_boosting", max_iter=6, min_samples_leaf=5),
    candidate("hist_gradient_boosting", max_iter=4, min_samples_leaf=5, loss="absolute_error"),
    candidate("xgboost", n_estimators=6, max_depth=3),
    candidate("xgboost", n_estimators=6, objective="reg:absoluteerror"),
]


@dataclass(frozen=True, kw_only=True)
class Case:
    """A recipe, one candidate, training rows (n, f) with their target (n,), and other rows with
    values that no training row has."""

    recipe: Recipe
    candidate: Candidate
    values: Floats
    target: NDArray[Any]
    fresh: Floats
    seed: int


def make_recipe(
    features: tuple[Feature, ...],
    labels: tuple[str, ...],
    *,
    preparation: Preparation = PLAIN,
    balance: Balance | None = None,
) -> Recipe:
    """Return a recipe of numbers (p: never missing, n) and texts (t) for these features."""
    metrics: dict[bool, Metric] = {True: "log_loss", False: "rmse"}
    return Recipe(
        dataset="invented",
        title="Invented",
        summary="Random rows.",
        columns=(
            *(number(f"p{i}") for i in range(9)),
            *(number(f"n{i}", nullable=True) for i in range(9)),
            *(text(f"t{i}", nullable=True) for i in range(9)),
            number("y"),
        ),
        target=Target(expression=col("y"), labels=labels),
        features=features,
        split=StratifiedSplit(test_fraction=0.25, seed=1),
        candidates=(candidate("xgboost"),),
        gate=Gate(metric=metrics[bool(labels)], champion_margin=0.0),
        preparation=preparation,
        balance=balance,
    )


def make_feature(index: int, kind: str) -> Feature:
    """Return a feature of one of the kinds "plain", "median", "constant" or of an encoding."""
    if kind in ENCODINGS:
        return Feature(f"f{index}", col(f"t{index}"), encoding=kind)
    fill: Any = {"plain": None, "median": "median", "constant": -3.5}[kind]
    return Feature(f"f{index}", col(f"{'p' if fill is None else 'n'}{index}"), fill=fill)


def draw_values(kinds: list[str], rows: int, generator: np.random.Generator) -> Floats:
    """Return rows for features of these kinds, (rows, features): few or many categories as whole
    numbers, numbers of any size, ties, constants, holes where a feature may have them."""
    columns = []
    for kind in kinds:
        scale = float(generator.choice([5e-324, 1e-310, 1e-6, 1.0, 1.0, 1e7, 1e30]))
        if kind in ENCODINGS:
            several = int(generator.choice([1, 3, 40]))
            column = generator.integers(0, several, rows) * 2.0**40 + 5
        elif generator.random() < 0.15:
            column = np.full(rows, scale)
        elif generator.random() < 0.4:
            column = generator.integers(-2, 3, rows) * scale
        else:
            column = generator.normal(size=rows) * scale
        if kind != "plain":
            holes = float(generator.choice([0.0, 0.2, 0.2, 1.0]))
            column = np.where(generator.random(rows) < holes, np.nan, column)
        columns.append(column)
    return np.column_stack(columns)


def draw_target(values: Floats, classes: int, generator: np.random.Generator) -> NDArray[Any]:
    """Return classes 0 to k - 1, each of them five times at least, or (k = 0) numbers."""
    ranks = np.nan_to_num(values).argsort(axis=0).argsort(axis=0) / len(values)
    signal = ranks @ generator.normal(size=values.shape[1]) + generator.normal(0, 0.2, len(values))
    if not classes:
        return np.asarray(signal * 10.0 ** int(generator.integers(-2, 4)))
    cuts = np.sort(generator.uniform(0.1, 0.9, classes - 1))
    target = np.searchsorted(np.quantile(signal, cuts), signal).astype(np.int64)
    chosen = generator.permutation(len(target))[: 5 * classes]
    target[chosen] = np.repeat(np.arange(classes), 5)
    return target


def spoil(values: Floats, kinds: list[str], generator: np.random.Generator) -> Floats:
    """Return rows with unseen categories, holes, far, subnormal and zero values (positive and
    negative), and values of other rows."""
    fresh = generator.permuted(values, axis=0)
    for index, kind in enumerate(kinds):
        chosen = generator.random(len(fresh)) < 0.2
        fresh[chosen, index] = generator.choice(_FAR_AND_NEAR)
        if kind != "plain":
            fresh[generator.random(len(fresh)) < 0.15, index] = np.nan
    return fresh


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Draw a case of any task, any model and any preparation that a recipe may ask for."""
    classes = draw(st.sampled_from([0, 2, 3, 5, 12]))
    models = {0: REGRESSORS, 2: BINARY_CLASSIFIERS}.get(classes, CLASSIFIERS)
    kinds = draw(
        st.lists(
            st.sampled_from(["plain", "median", "constant", *ENCODINGS]), min_size=1, max_size=7
        )
    )
    balances = [
        None,
        Balance(oversample="smote", oversample_to=0.8),
        Balance(oversample="random", undersample_to=0.9),
        Balance(undersample_to=0.7),
    ]
    recipe = make_recipe(
        tuple(make_feature(i, kind) for i, kind in enumerate(kinds)),
        tuple(f"class {i}" for i in range(classes)),
        preparation=Preparation(
            scaling=draw(st.sampled_from(["standard", "min_max"])),
            minimum_information=draw(st.sampled_from([None, None, 0.02])),
        ),
        balance=draw(st.sampled_from(balances)) if classes == 2 else None,
    )
    seed = draw(st.integers(0, 2**63))
    generator = np.random.default_rng(seed)
    rows = max(6 * classes, draw(st.sampled_from([40, 150])))
    values = draw_values(kinds, rows, generator)
    return Case(
        recipe=recipe,
        candidate=draw(st.sampled_from(models)),
        values=values,
        target=draw_target(values, classes, generator),
        fresh=np.vstack([values[:40], spoil(values, kinds, generator)[:60]]),
        seed=seed,
    )


def compile_case(pipeline: Any, recipe: Recipe, values: Floats) -> Program:
    """Return the program of a pipeline fitted on ``values``, after a trip through its file."""
    program = compile_program(
        pipeline,
        recipe,
        dataset_version="a" * 64,
        references={},
        reference_columns={},
        values=values,
    )
    return read_program(write_program(program))


def score_rows(program: Program, values: Floats) -> Floats:
    """Return the row scorer's predictions for rows, (n, k)."""
    score = build_value_scorer(program)
    return np.array([score(row) for row in values.tolist()])
