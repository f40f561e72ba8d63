"""Programs made by hand, small enough to score in one's head."""

from array import array
from typing import Any

from dropcast.recipe import Feature, col, integer, number
from dropcast.scoring import FittedFrom, Program
from dropcast.scoring.program import Model, Step

Arrays = dict[str, "array[Any]"]

SCALE: Arrays = {"scale_mean": array("d", [1.0, 0.5]), "scale_deviation": array("d", [2.0, 0.25])}
LOGISTIC: Arrays = {"coefficients": array("d", [1.0, -2.0]), "intercept": array("d", [0.5])}
# Tree 1: x0 <= 1 ? leaf 0 : (x1 <= 0.25 ? leaf 1 : leaf 2); tree 2: leaf 3 alone.
TREES: Arrays = {
    "roots": array("i", [0, ~3]),
    "split_feature": array("i", [0, 1]),
    "threshold": array("d", [1.0, 0.25]),
    "left": array("i", [~0, ~1]),
    "right": array("i", [1, ~2]),
    "missing_left": array("B", [1, 0]),
}
FOREST: Arrays = {
    **TREES,
    "first_probability": array("d", [1.0, 0.25, 0.5, 0.75]),
    "second_probability": array("d", [0.0, 0.75, 0.5, 0.25]),
}
BOOSTING: Arrays = {
    **TREES,
    "leaf_value": array("d", [-1.0, 0.5, 2.0, 0.25]),
    "baseline": array("d", [0.125]),
}


def make_program(model: Model, arrays: Arrays, steps: tuple[Step, ...] = ()) -> Program:
    """Return a program of two features: ``minutes`` from seconds, and ``energy``."""
    return Program(
        dataset="songs",
        columns=(integer("seconds", minimum=0), number("energy", minimum=0, maximum=1)),
        features=(Feature("minutes", col("seconds") / 60), Feature("energy", col("energy"))),
        classes=(0, 1),
        labels=("disliked", "liked"),
        steps=steps,
        model=model,
        fitted_from=FittedFrom(dataset_version="a" * 64, recipe_hash="b" * 64),
        arrays={name: values[:] for name, values in arrays.items()},
    )


def make_logistic() -> Program:
    return make_program("logistic_regression", SCALE | LOGISTIC, ("standard_scale",))


def make_forest() -> Program:
    return make_program("random_forest", FOREST)


def make_boosting() -> Program:
    return make_program("hist_gradient_boosting", BOOSTING)
