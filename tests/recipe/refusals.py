"""A recipe changed into one that contradicts itself."""

import dataclasses
from typing import Any

import pytest

from dropcast.contracts.errors import RecipeError
from dropcast.recipe import Recipe


def refuse(recipe: Recipe, sentence: str, **changes: Any) -> None:
    """Hold that the changed recipe is refused with this sentence."""
    with pytest.raises(RecipeError, match=sentence):
        dataclasses.replace(recipe, **changes)
