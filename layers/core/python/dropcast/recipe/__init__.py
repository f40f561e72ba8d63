"""The vocabulary in which a dataset is declared.

A recipe is a Python value: it is frozen, checked as a whole when it is made, and equal to itself
after a way through JSON. A module of this package is imported when one of its names is first used,
because a function that serves predictions needs few of them and must start at once.

Examples
--------
>>> from dropcast.recipe import Feature, Gate, Recipe, Target, candidate, col, number, text
>>> recipe = Recipe(
...     dataset="flowers",
...     title="Flowers",
...     summary="Is this flower a setosa?",
...     columns=(number("petal_cm", unit="cm", minimum=0), text("species")),
...     target=Target(expression=col("species").is_in("setosa"), labels=("other", "setosa")),
...     features=(Feature("log_petal", col("petal_cm").log1p()),),
...     candidates=(candidate("logistic_regression", C=1.0),),
...     gate=Gate(metric="roc_auc", champion_margin=0.02),
... )
>>> recipe.target.task, [column.name for column in recipe.input_columns]
('binary', ['petal_cm'])

A contradiction is refused with all that is wrong at once:

>>> from dataclasses import replace
>>> replace(recipe, features=(), candidates=())  # doctest: +ELLIPSIS
Traceback (most recent call last):
    ...
dropcast.contracts.errors.RecipeError: recipe 'flowers': no features: give one at least ...
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
    from dropcast.recipe.recipe import Recipe
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
    from dropcast.recipe.table import ReferenceTable, Table
    from dropcast.recipe.target import Key, Slice, Target
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

# Module -> the names that it gives.
_NAMES = {
    "columns": "Column boolean integer number text timestamp",
    "expressions": "Call ColumnRef Constant Expression col nearest_metres",
    "features": "Feature cyclic features_of",
    "recipe": "Recipe",
    "request": "RequestSchema Series Task",
    "source": "Filled Period SheetCross SheetTable Source Synonyms Wide",
    "table": "ReferenceTable Table",
    "target": "Key Slice Target",
    "training": (
        "Balance Candidate Choices Floats Gate GroupSplit "
        "Integers Preparation Requirement Search StratifiedSplit TimeSplit candidate"
    ),
}
_MODULE_OF = {name: module for module, names in _NAMES.items() for name in names.split()}


if not TYPE_CHECKING:  # With this function, a type checker would take any name for one of these.

    def __getattr__(name: str) -> Any:
        module = _MODULE_OF.get(name)
        if module is None:
            raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
        value = getattr(importlib.import_module(f"{__name__}.{module}"), name)
        globals()[name] = value
        return value
