"""The vocabulary that a dataset is written in. A recipe is a Python value: frozen, checked when
it is made, and the same after a trip through JSON."""

from dropcast.recipe.columns import Column, boolean, integer, number, text, timestamp
from dropcast.recipe.expressions import Call, ColumnRef, Constant, Expression, Feature, col
from dropcast.recipe.recipe import Recipe, Target
from dropcast.recipe.source import (
    Filled,
    Period,
    SheetCross,
    SheetTable,
    Source,
    Synonyms,
    Wide,
)
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
    "Filled",
    "Gate",
    "GroupSplit",
    "Period",
    "Recipe",
    "SheetCross",
    "SheetTable",
    "Source",
    "StratifiedSplit",
    "Synonyms",
    "Target",
    "TimeSplit",
    "Wide",
    "boolean",
    "candidate",
    "col",
    "integer",
    "number",
    "text",
    "timestamp",
]
