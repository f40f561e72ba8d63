"""Promise 0, nothing is lost: everything comes to an end, or says why it cannot."""

from collections.abc import Iterable, Iterator

from dropcast.contracts.errors import DataError
from operations.recovery.findings import Dead
from proofs.chaos.observed_state import ObservedState
from proofs.chaos.promises.broken_promise import BrokenPromise
from proofs.chaos.recipe import RECIPE

DATASET = RECIPE.dataset


def check_ends(state: ObservedState) -> Iterator[BrokenPromise]:
    """Check that no run still goes on, and that the current version had a run that ended.

    That run succeeded, or failed because of its data.
    """
    for run in state.runs:
        if run.status == "RUNNING":
            yield BrokenPromise(
                promise=0, where=run.name, what="still running when the stack is idle"
            )
    pointer = state.current.get(DATASET)
    if pointer is None:
        return
    ends = [r for r in state.runs if r.name.startswith(f"{DATASET}-{pointer.version[:16]}")]
    if not any(r.status == "SUCCEEDED" or is_data_error(r.error) for r in ends):
        yield BrokenPromise(
            promise=0,
            where=f"version {pointer.version}",
            what=f"no run of it came to an end: {[(r.name, r.error) for r in ends]}",
        )


def check_remaining(left: Iterable[Dead]) -> Iterator[BrokenPromise]:
    """Check that what is dead after the last redrive failed because of its data."""
    for one in left:
        if not is_data_error(one.error):
            yield BrokenPromise(
                promise=0, where=one.id, what=f"{one.what}: {one.error}: {one.message}"
            )


def is_data_error(name: str | None) -> bool:
    """Return whether an error of this name is one of the data."""
    kinds = [DataError]
    for kind in kinds:
        kinds.extend(kind.__subclasses__())
    return name in {kind.__name__ for kind in kinds}
