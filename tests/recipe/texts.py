"""A recipe with other texts for people."""

from dataclasses import replace

from dropcast.recipe import Column, Recipe


def describe_columns(columns: tuple[Column, ...]) -> tuple[Column, ...]:
    return tuple(replace(column, description="Another text") for column in columns)


def replace_texts(recipe: Recipe) -> Recipe:
    """Return the recipe with another text wherever it has one for people alone."""
    references = tuple(
        replace(table, title="Other", summary="Other", columns=describe_columns(table.columns))
        for table in recipe.references
    )
    return replace(
        recipe,
        title="Other",
        summary="Other",
        columns=describe_columns(recipe.columns),
        references=references,
    )
