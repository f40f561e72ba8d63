"""The page counts what happened, and a mutation counts only with its control."""

from pathlib import Path
from typing import Any

from emulators.faults.plan import Point
from proofs.chaos.mutations import MUTATIONS, MutationResult
from proofs.chaos.promises.broken_promise import BrokenPromise
from proofs.chaos.report import Tally, summarize, write_page
from proofs.chaos.schedule import Action, Schedule
from proofs.chaos.schedule_run import ScheduleResult

POINT = Point(function="ingest", name="GET raw raw/", count=1, when="before", action="kill")


def make_result(*kinds: str, broken: int | None = None) -> ScheduleResult:
    actions = (Action(kind="race"), Action(kind="drop"), Action(kind="drop"))
    fired: list[dict[str, Any]] = [
        {"kind": kind, "function": POINT.function, "call": POINT.name} for kind in kinds
    ]
    result = ScheduleResult(
        schedule=Schedule(
            seed=1, base="empty", weather="calm", events={}, points=(POINT,), actions=actions
        ),
        fired=fired,
        predictions=3,
        refusals=4,
    )
    if broken is not None:
        result.broken = [BrokenPromise(promise=broken, where="here", what="something")]
    return result


def test_a_fault_that_was_drawn_and_did_not_happen_is_not_counted() -> None:
    tally = Tally(points=[POINT], results=[make_result()])
    assert sum(tally.faults.values()) == 0
    assert next(summarize(tally)).startswith("1 schedules, 0 faults, 0 promises broken")
    assert tally.actions == {"race": 1, "drop": 2}


def test_faults_and_gates_are_counted_apart() -> None:
    kinds = ("before kill", "before kill", "before gate", "gate never opened", "event drop")
    tally = Tally(points=[POINT], results=[make_result(*kinds)])
    assert tally.faults == {"before kill": 2, "event drop": 1}
    assert tally.gates == {"came to its gate": 1, "waited there in vain": 1}
    assert "killed at 1 of 1 places" in "\n".join(summarize(tally))


def test_the_page_has_every_count(tmp_path: Path) -> None:
    caught = MutationResult(
        mutation=MUTATIONS[0],
        control=make_result(),
        result=make_result(broken=MUTATIONS[0].promise),
    )
    tally = Tally(points=[POINT], results=[make_result("before kill")], mutation_results=[caught])
    assert tally.is_good
    write_page(tally, tmp_path / "page.md", command="make chaos SEEDS=1 MUTATIONS=1")
    page = (tmp_path / "page.md").read_text()
    assert "3 predictions, 4 calls that" in page
    assert "| ingest | GET raw raw/ | 1 | 0 |" in page
    assert f"| {MUTATIONS[0].what} | yes | something |" in page
    assert tally.places in page


def test_a_mutation_is_caught_by_its_own_promise_if_nothing_breaks_without_it() -> None:
    (mutation,) = (one for one in MUTATIONS if one.promise == 3)

    def is_caught(before: int | None, now: int | None) -> bool:
        control, result = make_result(broken=before), make_result(broken=now)
        return MutationResult(mutation=mutation, control=control, result=result).caught

    assert is_caught(None, 3)
    assert not is_caught(None, 2)
    assert not is_caught(None, None)
    assert not is_caught(3, 3)
    assert not is_caught(0, 3)
