"""Find what is wrong with the name, the columns and the source of a dataset."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from dropcast.contracts.keys import DATASET_PATTERN, RESERVED_DATASETS
from dropcast.recipe.check.declared import DeclaredTable
from dropcast.recipe.check.expressions import find_zone_problems
from dropcast.recipe.check.source import find_source_problems
from dropcast.recipe.columns import Column, normalise_header


def find_table_problems(table: DeclaredTable) -> Iterator[str]:
    """Yield what is wrong with a table."""
    if not re.fullmatch(DATASET_PATTERN, table.dataset):
        yield f"dataset name must match {DATASET_PATTERN}"
    if table.dataset in RESERVED_DATASETS:
        yield (
            f"dataset name '{table.dataset}' is reserved for a path of the API or for files that "
            "belong to no dataset; choose another name"
        )
    yield from find_repeats("column", (c.name for c in table.columns))
    headers = [
        normalise_header(n) for c in table.columns for n in dict.fromkeys((c.name, *c.aliases))
    ]
    yield from find_repeats("header", headers)
    for column in table.columns:
        yield from _find_column_problems(column)
    yield from find_source_problems(table.source, [c.name for c in table.columns])


def find_repeats(what: str, names: Iterable[str]) -> Iterator[str]:
    """Yield a sentence for each name that is declared more than once."""
    for name, count in Counter(names).items():
        if count > 1:
            yield f"{what} '{name}' is declared {count} times"


def _find_column_problems(column: Column) -> Iterator[str]:
    where = f"column '{column.name}'"
    if normalise_header(column.name) != column.name or column.name == "rows":
        yield f"{where}: the name must be lower_snake_case and not 'rows'"
    if (
        column.minimum is not None
        and column.maximum is not None
        and column.minimum > column.maximum
    ):
        yield f"{where}: minimum is above maximum"
    if not column.required and not column.nullable:
        yield (
            f"{where}: required=False needs nullable=True, as a file without the column has no "
            "values of it"
        )
    if column.kind == "timestamp":
        if not column.formats:
            yield f"{where}: a timestamp needs formats, such as formats=('%Y-%m-%d',)"
        for problem in find_zone_problems(column.timezone or "UTC"):
            yield f"{where} {problem}"
