"""One schedule played: its acts under its faults, then all that is dead sent again, then quiet,
then the promises; then every old event told again, which must change nothing."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from dropcast.contracts.errors import DropcastError
from dropcast.contracts.keys import PROGRAM
from operations.recovery.findings import Dead
from operations.recovery.looking import find_dead
from operations.recovery.redriving import redrive_all
from proofs.chaos.acts import calling, do, heal, read_programs
from proofs.chaos.found import Found, look
from proofs.chaos.ground import Ground
from proofs.chaos.promises.broken import Broken
from proofs.chaos.promises.data import check_data, check_reports, list_lost
from proofs.chaos.promises.ends import check_ends, explain, is_data_error
from proofs.chaos.promises.serving import (
    Answered,
    check_answers,
    check_canary,
    check_pointers,
    check_runs_made_one_model,
    check_served,
)
from proofs.chaos.schedule import Schedule

# As often as an operator would look again before asking for help.
REDRIVES = 5


@dataclass(kw_only=True)
class Played:
    """What came of a schedule. ``answers`` are predictions, ``refusals`` the calls without one."""

    schedule: Schedule
    broken: list[Broken] = field(default_factory=list)
    fired: list[dict[str, Any]] = field(default_factory=list)
    seen: dict[tuple[str, str], int] = field(default_factory=dict)
    redriven: list[str] = field(default_factory=list)
    left: list[Dead] = field(default_factory=list)
    answers: int = 0
    refusals: int = 0
    runs: int = 0
    drops: int = 0
    seconds: float = 0.0


def play(ground: Ground, schedule: Schedule, *, code_hash: str) -> Played:
    """Play a schedule on its base; return what broke and what was done. One that does not come to
    its end broke promise 0, and the ground is ready for the next."""
    started = time.monotonic()
    played = Played(schedule=schedule)
    try:
        _play(ground, played, code_hash=code_hash)
    except DropcastError as error:
        what = f"{type(error).__name__}: {error}"
        played.broken.append(Broken(promise=0, where=f"seed {schedule.seed}", what=what))
        played.fired = ground.control("tell")["fired"]
        ground.recover()
    played.seconds = time.monotonic() - started
    return played


def _play(ground: Ground, played: Played, *, code_hash: str) -> None:
    schedule = played.schedule
    ground.rest()
    ground.restore(schedule.base)
    canary = Path(ground.cloud.folder, "tmp", "canary")
    canary.unlink(missing_ok=True)
    answered: list[Answered] = []
    programs = read_programs(ground)
    random = Random(f"act {schedule.seed}")  # noqa: S311 - an order, not a secret
    ground.control("arm", **schedule.plan)
    with calling(ground, answered, calls=schedule.base == "champions"):
        for act in schedule.acts:
            do(ground, act, random, canary)
        ground.rest()
        told = ground.control("tell")
        ground.control("arm")
        heal(ground, programs)
        mend(ground, played)
    played.fired, played.seen = told["fired"], {(d, n): c for d, n, c in told["seen"]}
    found = look(ground)
    programs |= {
        PROGRAM.parse(key)["model"]: body
        for key, body in found.models.items()
        if key.endswith("/model.program")
    }
    played.answers = sum(one.status == 200 for one in answered)
    played.refusals = len(answered) - played.answers
    played.runs, played.drops = len(found.runs), len(found.raw)
    played.broken += check(found, answered, programs, canary, code_hash=code_hash)
    played.broken += explain(played.left)
    played.broken += tell_again(ground, found, schedule.seed, code_hash)


def check(
    found: Found,
    answered: list[Answered],
    programs: dict[str, bytes],
    canary: Path,
    *,
    code_hash: str,
) -> list[Broken]:
    """Return what is broken when all is quiet."""
    return [
        *check_data(found, code_hash=code_hash),
        *check_reports(found),
        *check_pointers(found),
        *check_answers(answered, programs, found),
        *check_served(answered),
        *check_runs_made_one_model(found),
        *check_canary(canary),
        *check_ends(found),
    ]


def mend(ground: Ground, played: Played) -> None:
    """Send again what is dead until nothing is, as an operator does."""
    for _ in range(REDRIVES):
        ground.rest()
        dead = find_dead(ground.stack, older_than_seconds=0)
        again = [one for one in dead if not is_data_error(one.error)]
        played.left = dead
        if not again:
            return
        for one, done, _ in redrive_all(ground.stack, again):
            played.redriven.append(f"{one.kind} {one.key or one.dataset}: {one.error}: {done}")
    ground.rest()
    played.left = find_dead(ground.stack, older_than_seconds=0)


def tell_again(ground: Ground, before: Found, seed: int, code_hash: str) -> Iterator[Broken]:
    """Promises 1 and 2: events told once more, in another order, change nothing. An event that was
    lost comes for the first time now; its drop is taken in as if it had come in time."""
    ground.control("tell-again", seed=seed)
    ground.rest()
    after = look(ground)
    yield from check_data(after, code_hash=code_hash)
    yield from check_reports(after)
    if list_lost(before):
        return
    for old, new in ((before.lake, after.lake), (before.models, after.models)):
        for key in sorted(old.keys() | new.keys()):
            if old.get(key) != new.get(key):
                yield Broken(promise=2, where=key, what="changed by an old event")
