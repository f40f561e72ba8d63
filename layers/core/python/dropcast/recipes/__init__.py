"""The one list of datasets. Adding one: a file beside this and a line here."""

from collections.abc import Mapping

from dropcast.contracts.errors import UnknownDatasetError, describe_unknown
from dropcast.recipe import Recipe
from dropcast.recipes.spotify_preference import RECIPE as SPOTIFY_PREFERENCE

RECIPES: dict[str, Recipe] = {recipe.dataset: recipe for recipe in (SPOTIFY_PREFERENCE,)}


def find_recipe(dataset: str, recipes: Mapping[str, Recipe] = RECIPES) -> Recipe:
    """Return the dataset's recipe; raise ``UnknownDatasetError`` naming the nearest known one."""
    try:
        return recipes[dataset]
    except KeyError:
        raise UnknownDatasetError(describe_unknown("recipe", dataset, recipes)) from None
