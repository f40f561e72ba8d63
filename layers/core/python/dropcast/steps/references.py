"""Which versions of its reference tables a recipe's run is made from."""

from dropcast.contracts.errors import EmptyDatasetError
from dropcast.contracts.ports import VersionStore
from dropcast.recipe import Recipe


def read_reference_versions(
    recipe: Recipe, versions: VersionStore
) -> tuple[dict[str, str], tuple[str, ...]]:
    """Return table -> current version, and the tables that have none yet."""
    found, missing = {}, []
    for table in recipe.references:
        try:
            found[table.dataset] = versions.read_current(table.dataset)
        except EmptyDatasetError:
            missing.append(table.dataset)
    return found, tuple(missing)
