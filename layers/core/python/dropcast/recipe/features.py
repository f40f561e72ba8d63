"""Declare features: named expressions, and how the pipeline makes them fit for a model."""

import math
from collections.abc import Iterator
from typing import Literal

from dropcast.contracts.serialization.frozen import dataclass
from dropcast.recipe.expressions import Call, ColumnRef, Constant, Expression, Operators
from dropcast.recipe.vocabulary import OPERATIONS, Kind

Encoding = Literal["one_hot", "ordinal", "frequency", "target_mean"]


@dataclass(frozen=True)
class Feature:
    """One column of the feature table.

    Parameters
    ----------
    name
        The name of the column.
    expression
        What is computed from the dataset's columns.
    encoding
        How a category becomes numbers, learned from the training rows alone. Every text needs an
        encoding; a number may have one, if it is a code and no amount. A category that training
        rows did not have becomes zeros (one-hot), -1 (ordinal), 0 (frequency) or the mean of all
        training rows (target mean). A missing value is a category of its own where training rows
        had it, and else like an unknown category.
    fill
        What a missing number is replaced by: the ``"median"`` of the training rows or a constant.
        Without it, a row whose number is missing is not trained on and gets no prediction.

    Examples
    --------
    >>> from dropcast.recipe import Feature, col
    >>> feature = Feature("genre", col("genre").clean(), encoding="one_hot")
    >>> feature.encoding, feature.fill
    ('one_hot', None)
    """

    name: str
    expression: ColumnRef | Constant | Call
    encoding: Encoding | None = None
    fill: float | Literal["median"] | None = None


def features_of(*names: str) -> Iterator[Feature]:
    """Yield a feature of the same name for each column, with its value as it is.

    >>> [feature.name for feature in features_of("energy", "tempo")]
    ['energy', 'tempo']
    """
    yield from (Feature(name, ColumnRef(name)) for name in names)


def cyclic(name: str, expression: Operators, period: float) -> tuple[Feature, Feature]:
    """Return the sine and the cosine of a value that repeats after ``period``, as two features.

    >>> from dropcast.recipe.expressions import col
    >>> [feature.name for feature in cyclic("hour", col("sold_at").hour(), 24)]
    ['hour_sin', 'hour_cos']
    """
    angle = expression * (2 * math.pi / period)
    return Feature(f"{name}_sin", angle.sin()), Feature(f"{name}_cos", angle.cos())


def find_kind(expression: Expression, kinds: dict[str, Kind]) -> Kind:
    """Return the kind of an expression's value, given the kinds of the columns by name."""
    if isinstance(expression, ColumnRef):
        return kinds.get(expression.name, "number")
    if isinstance(expression, Constant):
        return "number"
    return OPERATIONS[expression.operation].gives
