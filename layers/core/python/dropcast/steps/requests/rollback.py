"""Roll back: an operator makes an earlier champion the champion again.

The pointer moves by compare-and-swap from the champion that was read here, so of two movers one
wins and the other gets an error. The request is written into the audit trail before the pointer
moves and its outcome after, so no move is without its record, wherever a crash falls.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from dropcast.contracts.errors import (
    ChampionMovedError,
    ObjectNotFoundError,
    ProgramError,
    UnservableModelError,
)
from dropcast.contracts.messages import Champion, ChampionRolledBack
from dropcast.contracts.ports import BlobStore, ModelRegistry
from dropcast.scoring import read_program


@dataclass(frozen=True, kw_only=True)
class RollbackRequested:
    """An operator wants ``model`` back as champion.

    ``seen`` is the champion that the operator sees, ``None`` where any may be replaced.
    """

    model: str
    reason: str
    seen: str | None


def roll_back(
    requested: RollbackRequested,
    *,
    dataset: str,
    key_id: str,
    request_id: str,
    models: BlobStore,
    registry: ModelRegistry,
    code_hash: str,
    now: Callable[[], datetime],
) -> ChampionRolledBack:
    """Move the champion pointer to an earlier champion.

    Raises
    ------
    UnknownModelError
        The model was never champion of the dataset.
    UnservableModelError
        Its program cannot be served.
    ChampionMovedError
        The champion is another one than the operator sees, or moved at the same moment.
    """
    target = registry.find_registration(dataset, requested.model).champion
    pointer = registry.read_pointer(dataset)
    present = pointer.champion.model
    _require_move(requested, present)
    _require_servable(target, models)
    record = ChampionRolledBack(
        dataset=dataset,
        outcome="requested",
        replaced=present,
        model=target.model,
        reason=requested.reason,
        key_id=key_id,
        request_id=request_id,
        at=now().isoformat(timespec="milliseconds"),
        code_hash=code_hash,
    )
    registry.record_rollback(record)
    moved = registry.promote(target, generation=pointer.generation, mover=record.request_id)
    done = replace(record, outcome="rolled back" if moved else "lost the race")
    registry.record_rollback(done)
    if not moved:
        raise ChampionMovedError(
            f"the champion of '{dataset}' moved from {present} at the same moment; nothing was "
            f"changed here: look at GET /{dataset}/versions and ask again"
        )
    return done


def _require_move(requested: RollbackRequested, present: str) -> None:
    if requested.seen not in (None, present):
        raise ChampionMovedError(
            f"the champion is {present} and not {str(requested.seen)[:100]}; nothing was changed"
        )
    if requested.model == present:
        raise ChampionMovedError(f"{present} is champion already; nothing was changed")


def _require_servable(target: Champion, models: BlobStore) -> None:
    """Read the program as serving will: no rollback may lead to one that cannot be served."""
    try:
        read_program(models.read(target.program_key).body, sha256=target.program_sha256)
    except (ObjectNotFoundError, ProgramError) as error:
        raise UnservableModelError(
            f"{target.model} cannot be put back: {error}; choose another model"
        ) from error
