"""Which training run a drop leads to, and the words for one that ended badly."""

from datetime import UTC, datetime

from dropcast.contracts.drops import DropRecord
from dropcast.contracts.errors import DropcastError
from dropcast.recipe import Recipe
from dropcast.recipes import RECIPES
from operations.recovery.findings import PROGRAM
from operations.recovery.runs import read_current_version
from operations.stacks import DeployedStack
from operations.watching import (
    Execution,
    RunEnded,
    find_newest_execution,
    find_references,
    name_current_run,
)


class FollowingError(DropcastError):
    """A drop was not taken in, or its run ended badly; the message says what to look at."""


def find_run(stack: DeployedStack, drop: DropRecord) -> Execution | None:
    """Return the execution that trains, or trained, what a drop led to.

    ``None`` while none is there. Raises :class:`FollowingError` where none can come before another
    file is dropped.
    """
    version, recipe = str(drop.dataset_version), RECIPES.get(drop.dataset)
    if recipe is not None:
        refuse_missing_references(stack, recipe)
    newest = find_newest_execution(stack, dataset=drop.dataset, version=version)
    if newest is None:
        current = read_current_version(stack, drop.dataset)
        # A later drop moved the dataset on before this version was trained; its run has this
        # drop's rows too.
        if current in (None, version):
            return None
        return find_newest_execution(stack, dataset=drop.dataset, version=str(current))
    if newest.is_running or began_after(newest, drop):
        return newest
    # An earlier run of the same version. Of the recipe as it is now there is no second one.
    is_same = recipe is not None and newest.name.startswith(
        f"{drop.dataset}-{name_current_run(stack, recipe, version)}"
    )
    return newest if is_same else None


def refuse_missing_references(stack: DeployedStack, recipe: Recipe) -> None:
    """Raise :class:`FollowingError` where a recipe's reference tables were never dropped."""
    known = find_references(stack, recipe)
    missing = [table.dataset for table in recipe.references if table.dataset not in known]
    if missing:
        raise FollowingError(
            f"the file is taken in; '{recipe.dataset}' is trained once its reference table is "
            f"there: drop one under {', '.join(f'raw/{name}/' for name in missing)}"
        )


def began_after(execution: Execution, drop: DropRecord) -> bool:
    """Return whether an execution was started after ingest began with a drop."""
    began = datetime.fromisoformat(drop.started_at)
    return execution.started_at >= (began if began.tzinfo else began.replace(tzinfo=UTC))


def describe_bad_end(run: RunEnded, options: str = "") -> str:
    """Return why a run ended badly and what to do.

    >>> describe_bad_end(RunEnded(status="ABORTED", output={}, error=None)).partition(";")[0]
    'the run ended ABORTED'
    """
    why = ": ".join(part for part in (run.error, run.cause) if part)
    return (
        f"the run ended {run.status}{f' ({why})' if why else ''}; `{PROGRAM} dead{options}` says "
        "what to do and has the command that starts it again"
    )
