"""List the datasets. To add one, write a file beside this one and add its line here."""

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
    """Return the dataset's recipe.

    Raises ``UnknownDatasetError``, with the nearest known name, or ``ReferenceTableError`` for a
    reference table, which has no recipe.
    """
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
    """Return the reference tables that any recipe reads, by name."""
    return {table.dataset: table for recipe in recipes.values() for table in recipe.references}


def find_table(dataset: str, recipes: Mapping[str, Recipe] = RECIPES) -> Table:
    """Return the recipe or the reference table of this name: how ingest reads its files.

    Raises ``UnknownDatasetError`` with the nearest known name.
    """
    tables: dict[str, Table] = {**recipes, **list_references(recipes)}
    try:
        return tables[dataset]
    except KeyError:
        raise UnknownDatasetError(describe_unknown("dataset", dataset, tables)) from None
