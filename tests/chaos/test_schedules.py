"""A seed is one schedule, and many seeds have every kind of action, fault and place."""

import gzip
import io
import zipfile
from pathlib import Path
from random import Random

import pytest

from emulators.faults.plan import Plan, Point
from proofs.chaos.actions import make_hostile
from proofs.chaos.code_edits import EditError, edit_zip, replace_text
from proofs.chaos.files import POISONS, draw_file
from proofs.chaos.mutations import MUTATIONS, Mutation, find_overtaking_seed
from proofs.chaos.promises.data import count_rows
from proofs.chaos.schedule import GATES, HOSTILE_KINDS, WEATHERS, digest_places, draw_schedule
from toolchain.project import ROOT

POINTS = [
    Point(function=function, name=name, count=1, when=when, action="kill")
    for function in ("ingest", "features", "split", "fit")
    for name in ("GET a", "PUT a", "PUT b", "PUT c", "PUT d")
    for when in ("before", "after")
]


def test_a_seed_is_one_schedule() -> None:
    for seed in range(30):
        assert draw_schedule(seed, POINTS) == draw_schedule(seed, list(reversed(POINTS)))
    assert draw_schedule(1, POINTS) != draw_schedule(2, POINTS)


def test_many_seeds_have_every_kind_and_reach_every_place() -> None:
    schedules = [draw_schedule(seed, POINTS) for seed in range(200)]
    assert {s.weather for s in schedules} == set(WEATHERS)
    assert {s.base for s in schedules} == {"empty", "champions"}
    actions = [action for s in schedules for action in s.actions]
    assert {action.kind for action in actions} == {
        "drop",
        "drop at once",
        "rollback",
        "corrupt",
        *GATES,
    }
    assert {action.what for action in actions if action.kind == "corrupt"} == set(HOSTILE_KINDS)
    assert {action.file.kind for action in actions if action.file} >= {
        "clean",
        "dirty",
        "gzip",
        *POISONS,
    }
    assert {point for s in schedules for point in s.points} == set(POINTS)


def test_an_additional_place_changes_only_the_schedules_that_it_is_chosen_for() -> None:
    more = Point(function="fit", name="PUT e", count=1, when="before", action="kill")
    changed = 0
    for seed in range(200):
        one, other = draw_schedule(seed, POINTS), draw_schedule(seed, [*POINTS, more])
        assert one == other or more in other.points
        changed += one != other
    assert 0 < changed < 40
    assert digest_places(POINTS) == digest_places(list(reversed(POINTS)))
    assert digest_places(POINTS) != digest_places([*POINTS, more])


def test_a_schedule_is_described_line_by_line() -> None:
    for seed in range(30):
        schedule = draw_schedule(seed, POINTS)
        lines = schedule.describe()
        assert len(lines) == 3 + len(schedule.points) + len(schedule.actions)
        assert lines[0] == f"base: {schedule.base}"
        gates = [p for p in schedule.plan["points"] if p["action"] == "gate"]
        assert len(gates) == sum(action.kind in GATES for action in schedule.actions)


@pytest.mark.parametrize("kind", ["clean", "dirty", "gzip"])
def test_a_drawn_file_has_the_rows_that_it_says(kind: str) -> None:
    file = draw_file(Random(5), mark="m", kind=kind, rows=40)
    assert (count_rows(file.body), file.rows) == (40, 40)
    assert (file.bad > 0) == (kind == "dirty")
    text = gzip.decompress(file.body) if kind == "gzip" else file.body
    assert text == (
        gzip.decompress(draw_file(Random(5), mark="m", kind=kind, rows=40).body)
        if kind == "gzip"
        else draw_file(Random(5), mark="m", kind=kind, rows=40).body
    )


@pytest.mark.parametrize("kind", HOSTILE_KINDS)
def test_hostile_bytes_are_never_the_program(kind: str, tmp_path: Path) -> None:
    program = bytes(range(200))
    canary = tmp_path / "canary"
    made = make_hostile(kind, program, Random(1), canary, other=b"another")
    assert made != program
    assert not canary.exists()


def test_an_event_can_be_overtaken_by_the_next_of_its_key() -> None:
    plan = Plan(seed=find_overtaking_seed("raw/a", 0.5), events={"drop": 0.5})
    assert plan.decide_event("raw/a", 1) is None
    assert plan.decide_event("raw/a", 2) == [0.0]


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda m: m.what)
def test_a_mutation_fits_the_code_as_it_is(mutation: Mutation) -> None:
    for path, edit in mutation.edits.items():
        text = (ROOT / path).read_text()
        changed = edit(text)
        assert changed != text
        compile(changed, path, "exec")


def test_every_promise_has_a_mutation() -> None:
    assert {mutation.promise for mutation in MUTATIONS} == {0, 1, 2, 3, 4, 5, 6}


def test_an_edited_zip_has_the_new_text_and_none_of_the_old_bytecode() -> None:
    old = io.BytesIO()
    with zipfile.ZipFile(old, "w") as archive:
        for name in (
            "a/x.py",
            "a/__pycache__/x.cpython-313.pyc",
            "a/__pycache__/y.cpython-313.pyc",
        ):
            archive.writestr(name, "one")
        archive.writestr("a/modules.cpython-313.bin", "all")
    made = edit_zip(
        old.getvalue(), {"a/x.py": replace_text("one", "two"), "a/z.py": lambda _: "new"}
    )
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        found = {name: archive.read(name).decode() for name in archive.namelist()}
    assert found == {"a/__pycache__/y.cpython-313.pyc": "one", "a/x.py": "two", "a/z.py": "new"}


def test_an_edit_that_does_not_fit_is_refused() -> None:
    with pytest.raises(EditError, match="0 places, not one"):
        replace_text("absent", "")("text")
