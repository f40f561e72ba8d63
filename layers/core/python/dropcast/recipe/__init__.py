"""The vocabulary that a dataset is written in. A recipe is a Python value: frozen, checked when
it is made, and the same after a trip through JSON."""

from dropcast.recipe.columns import Column, boolean, integer, number, text, timestamp
from dropcast.recipe.expressions import Call, ColumnRef, Constant, Expression, Feature, col
from dropcast.recipe.recipe import Recipe, Source, Target
from dropcast.recipe.training import (
    Candidate,
    Gate,
    GroupSplit,
    StratifiedSplit,
    TimeSplit,
    candidate,
)

__all__ = [
    "Call",
    "Candidate",
    "Column",
    "ColumnRef",
    "Constant",
    "Expression",
    "Feature",
    "Gate",
    "GroupSplit",
    "Recipe",
    "Source",
    "StratifiedSplit",
    "Target",
    "TimeSplit",
    "boolean",
    "candidate",
    "col",
    "integer",
    "number",
    "text",
    "timestamp",
]
