"""Promises 4 to 6: a linearizable champion pointer, predictions that replay, programs as data."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from dropcast.contracts.errors import DropcastError
from dropcast.contracts.keys import CHAMPION, PROGRAM
from operations.replay import ReplayError, compare, score_again
from proofs.chaos.observed_state import ObservedState
from proofs.chaos.promises.broken_promise import BrokenPromise

_NAMED = ("model", "program_sha256", "dataset_version", "trained_by_code", "served_by_code")
# As many moves as the pointer lists.
MOVERS_KEPT = 16
_WON = ("registered", "already champion")


@dataclass(frozen=True, kw_only=True)
class PredictionCall:
    """One call of the predict route.

    ``response``  its decoded JSON; where ``status`` is 0 no response came, and this says why
    """

    body: str
    status: int
    response: Any


def check_pointers(observed: ObservedState) -> Iterator[BrokenPromise]:
    """Check promise 4: the champion pointer and its audit records agree.

    Generations grow by one, each move has an audit record and is by the mover that it names, each
    recorded win moved the pointer, and no recorded loser did.
    """
    for dataset, states in observed.pointers.items():
        where = CHAMPION.format(dataset=dataset)
        generations = [state["generation"] for state in states]
        if generations != list(range(1, len(states) + 1)):
            yield BrokenPromise(promise=4, where=where, what=f"generations {generations}")
        for state in states:
            yield from _check_move(observed, dataset, state, where)
        for earlier, later in pairwise(states):
            if later["movers"][1:] != earlier["movers"][: MOVERS_KEPT - 1]:
                yield BrokenPromise(promise=4, where=where, what="a mover was written over")
    yield from _check_winners(observed)
    yield from _check_losers(observed)


def _check_move(
    observed: ObservedState, dataset: str, state: Mapping[str, Any], where: str
) -> Iterator[BrokenPromise]:
    mover, generation = state["movers"][0], state["generation"]
    champion = state["champion"]["model"]
    if PROGRAM.format(dataset=dataset, model=champion) not in observed.models:
        yield BrokenPromise(
            promise=4, where=where, what=f"{champion} is champion without a program"
        )
    records = [
        record
        for record in observed.audit
        if record.get("request_id") == mover
        or (record["model"] == mover and record.get("decision") in (*_WON, "requested"))
    ]
    if not records:
        yield BrokenPromise(
            promise=4, where=where, what=f"no audit record of move {generation} by {mover}"
        )


def _check_winners(observed: ObservedState) -> Iterator[BrokenPromise]:
    """Check that each model that is recorded as champion became it.

    It did so right after the champion that it was compared with, or by the request that rolled
    back.
    """
    for record in observed.audit:
        states = observed.pointers.get(record["dataset"], ())
        if record.get("decision") == "registered":
            mover, after = record["model"], record["champion_generation"] + 1
            moved = any(s["generation"] == after and s["movers"][:1] == [mover] for s in states)
        elif record.get("outcome") == "rolled back":
            mover = record["request_id"]
            moved = any(
                s["champion"]["model"] == record["model"] and s["movers"][:1] == [mover]
                for s in states
            )
        else:
            continue
        if not moved:
            yield BrokenPromise(
                promise=4,
                where=CHAMPION.format(dataset=record["dataset"]),
                what=f"{record['model']} is recorded as champion, and no move is by {mover}",
            )


def _check_losers(observed: ObservedState) -> Iterator[BrokenPromise]:
    """Check that a run that lost did not move the pointer from the generation that it read."""
    for record in observed.audit:
        if record.get("decision") != "lost the race":
            continue
        after = record["champion_generation"] + 1
        for state in observed.pointers.get(record["dataset"], ()):
            if state["generation"] == after and state["movers"][0] == record["model"]:
                yield BrokenPromise(
                    promise=4,
                    where=CHAMPION.format(dataset=record["dataset"]),
                    what=f"{record['model']} is recorded as the loser and made move {after}",
                )


def check_calls(
    calls: Sequence[PredictionCall], programs: Mapping[str, bytes], observed: ObservedState
) -> Iterator[BrokenPromise]:
    """Check promise 5: each prediction names what made it, and is the same when scored again.

    What it names must be as it was registered. ``programs`` are those that were made, by model.
    """
    for number, one in enumerate(calls):
        where = f"prediction {number}"
        if one.status != 200:
            # The gateway itself responds for a function that was killed, with its own message.
            error = one.response if isinstance(one.response, dict) else {}
            if not error.get("detail") and not (one.status == 502 and error.get("message")):
                what = f"{one.status} without a sentence: {str(one.response)[:120]}"
                yield BrokenPromise(promise=5, where=where, what=what)
            continue
        receipt = one.response.get("receipt") if isinstance(one.response, dict) else None
        if not isinstance(receipt, dict):
            yield BrokenPromise(promise=5, where=where, what="is without a receipt")
            continue
        missing = [name for name in _NAMED if not receipt.get(name)]
        if missing:
            yield BrokenPromise(promise=5, where=where, what=f"does not name {', '.join(missing)}")
        yield from _compare_with_champion(receipt, observed, where)
        yield from _replay(one, programs.get(str(receipt.get("model")), b""), where)


def check_last_call(calls: Sequence[PredictionCall]) -> Iterator[BrokenPromise]:
    """Check that the last call, after the recovery, returned predictions."""
    if calls and calls[-1].status != 200:
        last = calls[-1]
        what = f"after the recovery the last call has status {last.status}: "
        what += str(last.response)[:120]
        yield BrokenPromise(promise=5, where=f"prediction {len(calls) - 1}", what=what)


def _compare_with_champion(
    receipt: Mapping[str, Any], observed: ObservedState, where: str
) -> Iterator[BrokenPromise]:
    dataset = str(receipt.get("model")).rpartition("-")[0]
    pointers = [state["champion"] for state in observed.pointers.get(dataset, ())]
    known = [one for one in pointers if one["model"] == receipt.get("model")]
    if not known:
        yield BrokenPromise(
            promise=5, where=where, what=f"{receipt.get('model')} was never champion"
        )
    for name in ("program_sha256", "dataset_version", "run_id", "recipe_hash"):
        if known and receipt.get(name) not in {one[name] for one in known}:
            yield BrokenPromise(promise=5, where=where, what=f"{name} is not that of the champion")


def _replay(one: PredictionCall, program: bytes, where: str) -> Iterator[BrokenPromise]:
    try:
        again = score_again(one.response["receipt"], program, one.body, where)
    except (DropcastError, ReplayError) as error:
        yield BrokenPromise(promise=5, where=where, what=f"cannot be replayed: {error}")
        return
    for line in compare(one.response["predictions"], again):
        yield BrokenPromise(promise=5, where=where, what=line)


def check_runs_made_one_model(observed: ObservedState) -> Iterator[BrokenPromise]:
    """Check promise 5 for models: what a run makes is a function of its inputs."""
    made: dict[str, set[str]] = {}
    for run in observed.runs:
        if run.status == "SUCCEEDED":
            made.setdefault(run.output["run_id"], set()).add(run.output["model"])
    for run_id, models in made.items():
        if len(models) > 1:
            yield BrokenPromise(promise=5, where=run_id, what=f"one run made {sorted(models)}")
    for key, body in observed.models.items():
        if not key.endswith("/model.program"):
            continue
        model = PROGRAM.parse(key)["model"]
        # A model is named by its dataset and its program.
        if not hashlib.sha256(body).hexdigest().startswith(model.rpartition("-")[2]):
            yield BrokenPromise(promise=5, where=key, what="is not the program that its name says")


def check_canary(canary: Path) -> Iterator[BrokenPromise]:
    """Check promise 6: nothing in the model bucket was executed."""
    if canary.exists():
        yield BrokenPromise(
            promise=6, where=str(canary), what="a program in the model bucket was run"
        )
