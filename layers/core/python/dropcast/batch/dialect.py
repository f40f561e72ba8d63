"""What a file to be scored is read by: a program's columns, written as in its dataset's files."""

from collections.abc import Iterator
from dataclasses import replace

from dropcast.recipe import Column, Table
from dropcast.recipe.request import RequestSchema
from dropcast.recipe.source import list_layout_columns


def make_table(schema: RequestSchema, recipe: Table) -> Table:
    """Return the program's columns with the recipe's source.

    Columns that a layout of the recipe fills though no prediction is computed from them come along:
    they may hold anything. The program alone judges values: the recipe that is deployed now may
    know other ranges.
    """
    return replace(
        Table(
            dataset=recipe.dataset,
            title=recipe.title,
            summary=recipe.summary,
            columns=schema.columns,
        ),
        columns=(*schema.columns, *_list_unread(schema, recipe)),
        source=recipe.source,
    )


def _list_unread(schema: RequestSchema, recipe: Table) -> Iterator[Column]:
    known = {column.name for column in schema.columns}
    filled = {name for layout in recipe.source.layouts for name in list_layout_columns(layout)} | {
        synonyms.column for synonyms in recipe.source.synonyms
    }
    for column in recipe.columns:
        if column.name in filled - known:
            yield Column(
                name=column.name,
                kind="text",
                aliases=column.aliases,
                required=False,
                nullable=True,
            )
