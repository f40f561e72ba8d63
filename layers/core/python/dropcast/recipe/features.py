"""A feature: a named expression, and how the pipeline makes it fit for a model."""

from collections.abc import Iterator
from typing import Literal

from dropcast.contracts.serialization.frozen import dataclass
from dropcast.recipe.expressions import Call, ColumnRef, Constant, Expression, Operators
from dropcast.recipe.vocabulary import OPERATIONS, Kind

Encoding = Literal["one_hot", "ordinal", "frequency", "target_mean"]


@dataclass(frozen=True)
class Feature:
    """One column of the feature table.

    ``encoding``  how a category becomes numbers, learned from the training rows alone; every
                  text needs one, a number may have one (a code that is no amount). A category that
                  was not seen in training is all zeros (one-hot), -1 (ordinal), 0 (frequency) or
                  the mean of all training rows (target mean); a missing one is a category of
                  its own, if training rows had it, and else like an unseen one (ordinal: -1)
    ``fill``      what stands in for a missing number: ``"median"`` of the training rows or a
                  constant; ``None``: a row without it is neither trained on nor answered
    """

    name: str
    expression: ColumnRef | Constant | Call
    encoding: Encoding | None = None
    fill: float | Literal["median"] | None = None


def features_of(*names: str) -> Iterator[Feature]:
    """Yield a feature for each column as it is."""
    yield from (Feature(name, ColumnRef(name)) for name in names)


def cyclic(name: str, expression: Operators, period: float) -> tuple[Feature, Feature]:
    """Return sine and cosine of a value that comes round again after ``period``."""
    angle = expression * (2 * 3.141592653589793 / period)
    return Feature(f"{name}_sin", angle.sin()), Feature(f"{name}_cos", angle.cos())


def find_kind(expression: Expression, kinds: dict[str, Kind]) -> Kind:
    """Return the kind of an expression's value; ``kinds`` are the columns'."""
    if isinstance(expression, ColumnRef):
        return kinds.get(expression.name, "number")
    if isinstance(expression, Constant):
        return "number"
    return OPERATIONS[expression.operation].gives
