"""The vocabulary that a dataset is written in. A recipe is a Python value: frozen, checked when
it is made, and the same after a trip through JSON.

A part is imported when one of its names is first asked for: what answers predictions needs few.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dropcast.recipe.columns import Column, boolean, integer, number, text, timestamp
    from dropcast.recipe.expressions import (
        Call,
        ColumnRef,
        Constant,
        Expression,
        col,
        nearest_metres,
    )
    from dropcast.recipe.features import Feature, cyclic, features_of
    from dropcast.recipe.recipe import Key, Recipe, ReferenceTable, Slice, Table, Target
    from dropcast.recipe.request import RequestSchema, Series, Task
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
        Balance,
        Candidate,
        Choices,
        Floats,
        Gate,
        GroupSplit,
        Integers,
        Preparation,
        Requirement,
        Search,
        StratifiedSplit,
        TimeSplit,
        candidate,
    )

__all__ = [
    "Balance",
    "Call",
    "Candidate",
    "Choices",
    "Column",
    "ColumnRef",
    "Constant",
    "Expression",
    "Feature",
    "Filled",
    "Floats",
    "Gate",
    "GroupSplit",
    "Integers",
    "Key",
    "Period",
    "Preparation",
    "Recipe",
    "ReferenceTable",
    "RequestSchema",
    "Requirement",
    "Search",
    "Series",
    "SheetCross",
    "SheetTable",
    "Slice",
    "Source",
    "StratifiedSplit",
    "Synonyms",
    "Table",
    "Target",
    "Task",
    "TimeSplit",
    "Wide",
    "boolean",
    "candidate",
    "col",
    "cyclic",
    "features_of",
    "integer",
    "nearest_metres",
    "number",
    "text",
    "timestamp",
]

# Part -> the names it gives.
_NAMES = {
    "columns": "Column boolean integer number text timestamp",
    "expressions": "Call ColumnRef Constant Expression col nearest_metres",
    "features": "Feature cyclic features_of",
    "recipe": "Key Recipe ReferenceTable Slice Table Target",
    "request": "RequestSchema Series Task",
    "source": "Filled Period SheetCross SheetTable Source Synonyms Wide",
    "training": (
        "Balance Candidate Choices Floats Gate GroupSplit "
        "Integers Preparation Requirement Search StratifiedSplit TimeSplit candidate"
    ),
}
_PART_OF = {name: part for part, names in _NAMES.items() for name in names.split()}


if not TYPE_CHECKING:  # to a type checker, another name is an error

    def __getattr__(name: str) -> Any:
        part = _PART_OF.get(name)
        if part is None:
            raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
        value = getattr(importlib.import_module(f"{__name__}.{part}"), name)
        globals()[name] = value
        return value
