"""One run of a schedule: its actions under its faults, then recovery, then the promises.

When the actions are done, everything that is dead is sent again and the stack comes to rest; then
the promises are checked. At last every old event is sent again, which must change nothing.
"""

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
from proofs.chaos.actions import (
    perform,
    read_programs,
    requesting_predictions,
    restore_programs,
)
from proofs.chaos.cloud_setup import CloudSetup
from proofs.chaos.observed_state import ObservedState, observe
from proofs.chaos.promises.broken_promise import BrokenPromise
from proofs.chaos.promises.completion import check_ends, check_remaining, is_data_error
from proofs.chaos.promises.data import check_data, check_reports, list_lost
from proofs.chaos.promises.serving import (
    PredictionCall,
    check_calls,
    check_canary,
    check_last_call,
    check_pointers,
    check_runs_made_one_model,
)
from proofs.chaos.schedule import Schedule

# As often as an operator would look again before asking for help.
REDRIVES = 5


@dataclass(kw_only=True)
class ScheduleResult:
    """What a schedule led to.

    ``predictions``  calls of the predict route with status 200
    ``refusals``     its other calls
    ``redriven``     what was sent again, a line each
    ``left``         what is dead after that
    """

    schedule: Schedule
    broken: list[BrokenPromise] = field(default_factory=list)
    fired: list[dict[str, Any]] = field(default_factory=list)
    redriven: list[str] = field(default_factory=list)
    left: list[Dead] = field(default_factory=list)
    predictions: int = 0
    refusals: int = 0
    runs: int = 0
    drops: int = 0
    seconds: float = 0.0


def run_schedule(setup: CloudSetup, schedule: Schedule, *, code_hash: str) -> ScheduleResult:
    """Run a schedule on its base; return what broke and what was done.

    A schedule that does not come to its end broke promise 0; the setup is ready for the next one.
    """
    started = time.monotonic()
    result = ScheduleResult(schedule=schedule)
    try:
        _run(setup, result, code_hash=code_hash)
    except DropcastError as error:
        what = f"{type(error).__name__}: {error}"
        result.broken.append(BrokenPromise(promise=0, where=f"seed {schedule.seed}", what=what))
        result.fired = setup.control("status")["fired"]
        setup.recover()
    result.seconds = time.monotonic() - started
    return result


def _run(setup: CloudSetup, result: ScheduleResult, *, code_hash: str) -> None:
    schedule = result.schedule
    setup.wait_until_idle()
    setup.restore(schedule.base)
    canary = Path(setup.cloud.folder, "tmp", "canary")
    canary.unlink(missing_ok=True)
    calls: list[PredictionCall] = []
    programs = read_programs(setup)
    random = Random(f"act {schedule.seed}")  # noqa: S311 - an order, not a secret
    setup.control("arm", **schedule.plan)
    with requesting_predictions(setup, calls, enabled=schedule.base == "champions"):
        for action in schedule.actions:
            perform(setup, action, random, canary)
        setup.wait_until_idle()
        result.fired = setup.control("status")["fired"]
        setup.control("arm")
        restore_programs(setup, programs)
        redrive_until_clean(setup, result)
    state = observe(setup)
    programs |= {
        PROGRAM.parse(key)["model"]: body
        for key, body in state.models.items()
        if key.endswith("/model.program")
    }
    result.predictions = sum(one.status == 200 for one in calls)
    result.refusals = len(calls) - result.predictions
    result.runs, result.drops = len(state.runs), len(state.raw)
    result.broken += check_promises(state, calls, programs, canary, code_hash=code_hash)
    result.broken += check_remaining(result.left)
    result.broken += check_after_resending(setup, state, schedule.seed, code_hash)


def check_promises(
    state: ObservedState,
    calls: list[PredictionCall],
    programs: dict[str, bytes],
    canary: Path,
    *,
    code_hash: str,
) -> list[BrokenPromise]:
    """Return the promises that are broken once the stack is idle."""
    return [
        *check_data(state, code_hash=code_hash),
        *check_reports(state),
        *check_pointers(state),
        *check_calls(calls, programs, state),
        *check_last_call(calls),
        *check_runs_made_one_model(state),
        *check_canary(canary),
        *check_ends(state),
    ]


def redrive_until_clean(setup: CloudSetup, result: ScheduleResult) -> None:
    """Send again what is dead until nothing is, as an operator does."""
    for _ in range(REDRIVES):
        setup.wait_until_idle()
        dead = find_dead(setup.stack, older_than_seconds=0)
        again = [one for one in dead if not is_data_error(one.error)]
        result.left = dead
        if not again:
            return
        for one, done, _ in redrive_all(setup.stack, again):
            result.redriven.append(f"{one.kind} {one.key or one.dataset}: {one.error}: {done}")
    setup.wait_until_idle()
    result.left = find_dead(setup.stack, older_than_seconds=0)


def check_after_resending(
    setup: CloudSetup, before: ObservedState, seed: int, code_hash: str
) -> Iterator[BrokenPromise]:
    """Check promises 1 and 2 after every event is sent once more, in another order.

    An event that was lost arrives for the first time now; its drop is ingested as if it had arrived
    in time.
    """
    setup.control("resend-events", seed=seed)
    setup.wait_until_idle()
    after = observe(setup)
    yield from check_data(after, code_hash=code_hash)
    yield from check_reports(after)
    if list_lost(before):
        return
    for old, new in ((before.lake, after.lake), (before.models, after.models)):
        for key in sorted(old.keys() | new.keys()):
            if old.get(key) != new.get(key):
                yield BrokenPromise(promise=2, where=key, what="changed by an old event")
