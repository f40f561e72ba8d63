"""The page counts what happened, and is believed only with its controls."""

from pathlib import Path
from typing import Any

from emulators.faults.plan import Point
from proofs.chaos.mutations import MUTATIONS, Judged
from proofs.chaos.play import Played
from proofs.chaos.promises.broken import Broken
from proofs.chaos.report import Tally, sum_up, write_page
from proofs.chaos.schedule import Act, Schedule

POINT = Point(door="ingest", name="GET raw raw/", count=1, when="before", act="kill")


def make_played(*kinds: str, broken: int | None = None) -> Played:
    acts = (Act(deed="race"), Act(deed="drop"), Act(deed="drop"))
    fired: list[dict[str, Any]] = [
        {"kind": kind, "door": POINT.door, "call": POINT.name} for kind in kinds
    ]
    played = Played(
        schedule=Schedule(
            seed=1, base="empty", weather="calm", events={}, points=(POINT,), acts=acts
        ),
        fired=fired,
        answers=3,
        refusals=4,
    )
    if broken is not None:
        played.broken = [Broken(promise=broken, where="here", what="something")]
    return played


def test_what_was_drawn_and_did_not_happen_is_no_fault() -> None:
    tally = Tally(points=[POINT], played=[make_played()])
    assert sum(tally.faults.values()) == 0
    assert next(sum_up(tally)).startswith("1 schedules, 0 faults, 0 promises broken")
    assert tally.acts == {"race": 1, "drop": 2}


def test_faults_and_gates_are_counted_apart() -> None:
    kinds = ("before kill", "before kill", "before gate", "gate never opened", "event drop")
    tally = Tally(points=[POINT], played=[make_played(*kinds)])
    assert tally.faults == {"before kill": 2, "event drop": 1}
    assert tally.gates == {"came to its gate": 1, "waited there in vain": 1}
    assert "killed at 1 of 1 places" in "\n".join(sum_up(tally))


def test_a_page_tells_all_of_it(tmp_path: Path) -> None:
    judged = Judged(
        mutation=MUTATIONS[0],
        control=make_played(),
        played=make_played(broken=MUTATIONS[0].promise),
    )
    tally = Tally(points=[POINT], played=[make_played("before kill")], judged=[judged])
    assert tally.is_good
    write_page(tally, tmp_path / "page.md", command="make chaos SEEDS=1 MUTATIONS=1")
    page = (tmp_path / "page.md").read_text()
    assert "3 predictions, 4 calls without" in page
    assert "| ingest | GET raw raw/ | 1 | 0 |" in page
    assert f"| {MUTATIONS[0].what} | yes | something |" in page
    assert tally.places in page


def test_a_mutation_is_caught_by_its_own_promise_and_by_nothing_without_it() -> None:
    (mutation,) = (one for one in MUTATIONS if one.promise == 3)

    def judge(before: int | None, now: int | None) -> bool:
        control, played = make_played(broken=before), make_played(broken=now)
        return Judged(mutation=mutation, control=control, played=played).caught

    assert judge(None, 3)
    assert not judge(None, 2)
    assert not judge(None, None)
    assert not judge(3, 3)
    assert not judge(0, 3)
