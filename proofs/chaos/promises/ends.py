"""Nothing is lost: everything comes to an end, or says why it cannot."""

from collections.abc import Iterable, Iterator

from dropcast.contracts.errors import DataError
from operations.recovery.findings import Dead
from proofs.chaos.found import Found
from proofs.chaos.promises.broken import Broken
from proofs.chaos.recipe import RECIPE

DATASET = RECIPE.dataset


def check_ends(found: Found) -> Iterator[Broken]:
    """Nothing is lost: no run goes on for ever, and the dataset's version had a run that ended as
    its data let it."""
    for run in found.runs:
        if run.status == "RUNNING":
            yield Broken(promise=0, where=run.name, what="still running when all is quiet")
    pointer = found.current.get(DATASET)
    if pointer is None:
        return
    ends = [r for r in found.runs if r.name.startswith(f"{DATASET}-{pointer.version[:16]}")]
    if not any(r.status == "SUCCEEDED" or is_data_error(r.error) for r in ends):
        yield Broken(
            promise=0,
            where=f"version {pointer.version}",
            what=f"no run of it came to an end: {[(r.name, r.error) for r in ends]}",
        )


def explain(left: Iterable[Dead]) -> Iterator[Broken]:
    """What is dead after all that was sent again must be so by the data, and say it."""
    for one in left:
        if not is_data_error(one.error):
            yield Broken(promise=0, where=one.id, what=f"{one.what}: {one.error}: {one.message}")


def is_data_error(name: str | None) -> bool:
    """Return whether an error is the data's fault."""
    kinds = [DataError]
    for kind in kinds:
        kinds.extend(kind.__subclasses__())
    return name in {kind.__name__ for kind in kinds}
