"""The one list of datasets. Adding one: a file beside this and a line here."""

from collections.abc import Mapping

from dropcast.contracts.errors import ReferenceTableError, UnknownDatasetError, describe_unknown
from dropcast.recipe import Recipe, ReferenceTable, Table
from dropcast.recipes.bitcoin import RECIPE as BITCOIN
from dropcast.recipes.chicago_arrests import RECIPE as CHICAGO_ARRESTS
from dropcast.recipes.sipsa_prices import RECIPE as SIPSA_PRICES
from dropcast.recipes.spotify_events import RECIPE as SPOTIFY_EVENTS
from dropcast.recipes.spotify_popularity import RECIPE as SPOTIFY_POPULARITY
from dropcast.recipes.spotify_preference import RECIPE as SPOTIFY_PREFERENCE

RECIPES: dict[str, Recipe] = {
    recipe.dataset: recipe
    for recipe in (
        BITCOIN,
        CHICAGO_ARRESTS,
        SIPSA_PRICES,
        SPOTIFY_EVENTS,
        SPOTIFY_POPULARITY,
        SPOTIFY_PREFERENCE,
    )
}


def find_recipe(dataset: str, recipes: Mapping[str, Recipe] = RECIPES) -> Recipe:
    """Return the dataset's recipe; raise ``UnknownDatasetError`` naming the nearest known one, or
    ``ReferenceTableError`` for a table that has none."""
    try:
        return recipes[dataset]
    except KeyError:
        readers = [
            name
            for name, recipe in recipes.items()
            if dataset in {table.dataset for table in recipe.references}
        ]
        if readers:
            raise ReferenceTableError(
                f"'{dataset}' is a reference table: it has no model of its own, and "
                f"it is read for {', '.join(readers)}; datasets with a model: {', '.join(recipes)}"
            ) from None
        raise UnknownDatasetError(describe_unknown("dataset", dataset, recipes)) from None


def list_references(recipes: Mapping[str, Recipe] = RECIPES) -> dict[str, ReferenceTable]:
    """Return the reference tables that some recipe reads."""
    return {table.dataset: table for recipe in recipes.values() for table in recipe.references}


def find_table(dataset: str, recipes: Mapping[str, Recipe] = RECIPES) -> Table:
    """Return what ingest reads a drop by: a recipe or a reference table; raise
    ``UnknownDatasetError`` naming the nearest known one."""
    tables: dict[str, Table] = {**recipes, **list_references(recipes)}
    try:
        return tables[dataset]
    except KeyError:
        raise UnknownDatasetError(describe_unknown("dataset", dataset, tables)) from None
