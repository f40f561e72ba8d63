"""The scoring program: a fitted model as data, never code. ``scoring.program_file`` writes it."""

from array import array
from collections.abc import Mapping
from typing import Any, Literal

from dropcast.contracts.serialization.frozen import dataclass
from dropcast.recipe.expressions import Call, ColumnRef, Constant
from dropcast.recipe.features import Feature
from dropcast.recipe.request import RequestSchema, Task

Typecode = Literal["d", "i", "B"]
StepKind = Literal[
    "fill",
    "one_hot",
    "look_up",
    "gather",
    "standard_scale",
    "min_max_scale",
    "linear",
    "svc",
    "one_vs_one",
    "forest",
    "boosted",
    "boosted32",
    "constant",
    "sigmoid",
    "softmax",
    "calibrate_sigmoid",
    "calibrate_isotonic",
]
Arrays = Mapping[str, "array[Any]"]


@dataclass(frozen=True, kw_only=True)
class FittedFrom:
    """What a program was fitted from.

    Hashes of the dataset's manifest and of the recipe, and the versions of the reference tables by
    name.
    """

    dataset_version: str
    recipe_hash: str
    references: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class Step:
    """One function of the chain, from a list of numbers to a list of numbers.

    ``scoring.steps`` says what each kind does with its arrays.
    """

    kind: StepKind


@dataclass(frozen=True, kw_only=True)
class ProgramHead(RequestSchema):
    """All of a program but its numbers: what a request must look like, and what it returns.

    ``features``  what is computed from the columns
    ``labels``    the classes' names; of two the second is positive; none: a regression
    ``unit``      of a regression's number
    ``relative_to``  what the exponential of a regression's last value is multiplied by
    ``references``  the columns of reference tables that expressions read: table -> column -> cells
    ``steps``     from the features to the probabilities of the classes, or to one number
    """

    dataset: str
    features: tuple[Feature, ...]
    task: Task
    labels: tuple[str, ...]
    unit: str | None
    relative_to: ColumnRef | Constant | Call | None
    references: dict[str, dict[str, tuple[float | str | None, ...]]]
    steps: tuple[Step, ...]
    fitted_from: FittedFrom


@dataclass(frozen=True, kw_only=True)
class Program(ProgramHead):
    """A model that can be scored without the library that fitted it.

    ``arrays`` are its steps' numbers; those of step 3 are named ``3.<name>``.
    """

    arrays: Arrays


def find_arrays(program: Program, index: int) -> dict[str, "array[Any]"]:
    """Return the arrays of one step by their own names."""
    prefix = f"{index}."
    return {
        name.removeprefix(prefix): values
        for name, values in program.arrays.items()
        if name.startswith(prefix)
    }
