"""Promises 4 to 6: a champion pointer as of one copy, answers that can be replayed, and programs
that do nothing but fill arrays."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from dropcast.contracts.errors import DropcastError
from dropcast.contracts.keys import CHAMPION, PROGRAM
from operations.replay import ReplayError, compare, score_again
from proofs.chaos.found import Found
from proofs.chaos.promises.broken import Broken

_NAMED = ("model", "program_sha256", "dataset_version", "trained_by_code", "served_by_code")
# As many moves back as the pointer tells of.
MOVERS_KEPT = 16
_WON = ("registered", "already champion")


@dataclass(frozen=True, kw_only=True)
class Answered:
    """One call of the predict route. A ``status`` of 0: no answer came, and ``answer`` is why."""

    body: str
    status: int
    answer: Any


def check_pointers(found: Found) -> Iterator[Broken]:
    """Promise 4: generations grow by one, each move is told of by an audit record and is that of
    whom it names, each win that is told of moved the pointer, and who lost moved nothing."""
    for dataset, states in found.pointers.items():
        where = CHAMPION.format(dataset=dataset)
        generations = [state["generation"] for state in states]
        if generations != list(range(1, len(states) + 1)):
            yield Broken(promise=4, where=where, what=f"generations {generations}")
        for state in states:
            yield from _check_move(found, dataset, state, where)
        for earlier, later in pairwise(states):
            if later["movers"][1:] != earlier["movers"][: MOVERS_KEPT - 1]:
                yield Broken(promise=4, where=where, what="a mover was written over")
    yield from _check_winners(found)
    yield from _check_losers(found)


def _check_move(
    found: Found, dataset: str, state: Mapping[str, Any], where: str
) -> Iterator[Broken]:
    mover, generation = state["movers"][0], state["generation"]
    champion = state["champion"]["model"]
    if PROGRAM.format(dataset=dataset, model=champion) not in found.models:
        yield Broken(promise=4, where=where, what=f"{champion} is champion without a program")
    told = [
        record
        for record in found.audit
        if record.get("request_id") == mover
        or (record["model"] == mover and record.get("decision") in (*_WON, "asked"))
    ]
    if not told:
        yield Broken(
            promise=4, where=where, what=f"no audit record of move {generation} by {mover}"
        )


def _check_winners(found: Found) -> Iterator[Broken]:
    """What is told to have become champion did so: right after the champion that it was compared
    with, or by the request that rolled back."""
    for record in found.audit:
        states = found.pointers.get(record["dataset"], ())
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
            yield Broken(
                promise=4,
                where=CHAMPION.format(dataset=record["dataset"]),
                what=f"{record['model']} is told to be champion, and no move is by {mover}",
            )


def _check_losers(found: Found) -> Iterator[Broken]:
    """A run that lost did not move the pointer from where it looked."""
    for record in found.audit:
        if record.get("decision") != "lost the race":
            continue
        after = record["champion_generation"] + 1
        for state in found.pointers.get(record["dataset"], ()):
            if state["generation"] == after and state["movers"][0] == record["model"]:
                yield Broken(
                    promise=4,
                    where=CHAMPION.format(dataset=record["dataset"]),
                    what=f"{record['model']} is told to have lost and made move {after}",
                )


def check_answers(
    answered: Sequence[Answered], programs: Mapping[str, bytes], found: Found
) -> Iterator[Broken]:
    """Promise 5: each answer names what made it, as that was registered, and is the same when
    scored again. ``programs`` are those that were made, by model."""
    for number, one in enumerate(answered):
        where = f"prediction {number}"
        if one.status != 200:
            # The gateway itself answers for a function that was killed, in its own words.
            told = one.answer if isinstance(one.answer, dict) else {}
            if not told.get("detail") and not (one.status == 502 and told.get("message")):
                what = f"{one.status} without a sentence: {str(one.answer)[:120]}"
                yield Broken(promise=5, where=where, what=what)
            continue
        receipt = one.answer.get("receipt") if isinstance(one.answer, dict) else None
        if not isinstance(receipt, dict):
            yield Broken(promise=5, where=where, what="is without a receipt")
            continue
        missing = [name for name in _NAMED if not receipt.get(name)]
        if missing:
            yield Broken(promise=5, where=where, what=f"does not name {', '.join(missing)}")
        yield from _compare_with_champion(receipt, found, where)
        yield from _replay(one, programs.get(str(receipt.get("model")), b""), where)


def check_served(answered: Sequence[Answered]) -> Iterator[Broken]:
    """Promise 5, that it is about anything: when all is mended the champion answers."""
    if answered and answered[-1].status != 200:
        last = answered[-1]
        what = (
            f"all is mended, and the last call is answered {last.status}: {str(last.answer)[:120]}"
        )
        yield Broken(promise=5, where=f"prediction {len(answered) - 1}", what=what)


def _compare_with_champion(
    receipt: Mapping[str, Any], found: Found, where: str
) -> Iterator[Broken]:
    dataset = str(receipt.get("model")).rpartition("-")[0]
    pointers = [state["champion"] for state in found.pointers.get(dataset, ())]
    known = [one for one in pointers if one["model"] == receipt.get("model")]
    if not known:
        yield Broken(promise=5, where=where, what=f"{receipt.get('model')} was never champion")
    for name in ("program_sha256", "dataset_version", "run_id", "recipe_hash"):
        if known and receipt.get(name) not in {one[name] for one in known}:
            yield Broken(promise=5, where=where, what=f"{name} is not that of the champion")


def _replay(one: Answered, program: bytes, where: str) -> Iterator[Broken]:
    try:
        again = score_again(one.answer["receipt"], program, one.body, where)
    except (DropcastError, ReplayError) as error:
        yield Broken(promise=5, where=where, what=f"cannot be replayed: {error}")
        return
    for line in compare(one.answer["predictions"], again):
        yield Broken(promise=5, where=where, what=line)


def check_runs_made_one_model(found: Found) -> Iterator[Broken]:
    """Promise 5, for models: what a run makes is a function of its inputs."""
    made: dict[str, set[str]] = {}
    for run in found.runs:
        if run.status == "SUCCEEDED":
            made.setdefault(run.output["run_id"], set()).add(run.output["model"])
    for run_id, models in made.items():
        if len(models) > 1:
            yield Broken(promise=5, where=run_id, what=f"one run made {sorted(models)}")
    for key, body in found.models.items():
        if not key.endswith("/model.program"):
            continue
        model = PROGRAM.parse(key)["model"]
        # A model is named by its dataset and its program.
        if not hashlib.sha256(body).hexdigest().startswith(model.rpartition("-")[2]):
            yield Broken(promise=5, where=key, what="is not the program that its name says")


def check_canary(canary: Path) -> Iterator[Broken]:
    """Promise 6: nothing that lay in the model bucket was executed."""
    if canary.exists():
        yield Broken(promise=6, where=str(canary), what="a program in the model bucket was run")
