"""A few schedules of the chaos suite, on a cloud with faults; `make chaos` plays many more."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from random import Random

import pytest
from rich.console import Console

from emulators.faults.plan import Point
from proofs.chaos.bases import DOORS, prepare_bases, read_code_hash
from proofs.chaos.files import draw_file
from proofs.chaos.ground import DATASET, Ground, open_ground
from proofs.chaos.mutations import MUTATIONS, find_overtaking_seed, play_mutation
from proofs.chaos.play import Played, play
from proofs.chaos.schedule import Act, Schedule, draw_schedule

pytestmark = pytest.mark.e2e

# Chosen for what they have over the base with champions: the first loses, delays and doubles events
# of files that are accepted, and trains; the second overwrites a file under ingest's read while S3
# throttles. Neither is drawn by the places of kills, so a new place changes nothing of them.
SEEDS = (531, 404)
EVENTS = {"event drop", "event delay", "event duplicate"}
# What an accepted file makes the functions write, whatever else goes on.
KILLS = (("ingest", "PUT lake clean/parts/", "after"), ("register", "PUT models audit/", "before"))


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    # It builds the layers where they are missing.
    with open_ground(tmp_path_factory.mktemp("chaos"), Console(quiet=True)) as opened:
        yield opened


@pytest.fixture(scope="module")
def points(ground: Ground) -> list[Point]:
    return prepare_bases(ground)


@pytest.fixture(scope="module")
def played(ground: Ground, points: Sequence[Point]) -> list[Played]:
    code_hash = read_code_hash(ground)
    kills = tuple(
        point
        for point in points
        if (point.door, point.name, point.when) in KILLS and point.count == 1
    )
    assert len(kills) == len(KILLS)
    schedules = [replace(draw_schedule(seed, points), points=kills) for seed in SEEDS]
    return [play(ground, schedule, code_hash=code_hash) for schedule in schedules]


def tell(played: Played) -> str:
    broken = [one.tell() for one in played.broken]
    return "\n".join([*played.schedule.tell(), *played.redriven, *broken])


def test_each_function_makes_requests_that_it_can_be_killed_at(points: list[Point]) -> None:
    assert {point.door for point in points} == set(DOORS)


def test_schedules_of_faults_break_no_promise(played: list[Played]) -> None:
    for one in played:
        assert not one.broken, tell(one)
        assert one.answers, tell(one)


def test_the_faults_of_the_schedules_happened(played: list[Played]) -> None:
    kinds = {fault["kind"] for one in played for fault in one.fired}
    assert kinds >= {*EVENTS, "before gate", "before throttle", "before kill", "after kill"}


def test_a_good_drop_lost_under_a_refused_one_is_taken_in_by_a_redrive(ground: Ground) -> None:
    key = f"raw/{DATASET}/lost.csv"
    good, refused = (
        draw_file(Random(kind), mark="lost", kind=kind, rows=30)
        for kind in ("clean", "other columns")
    )
    schedule = Schedule(
        seed=find_overtaking_seed(key, 0.5),
        base="empty",
        weather="calm",
        events={"drop": 0.5},
        points=(),
        acts=tuple(
            Act(deed="drop", key=key, file=one, pause_seconds=0.2) for one in (good, refused)
        ),
    )
    one = play(ground, schedule, code_hash=read_code_hash(ground))
    assert not one.broken, tell(one)
    assert any("dropped again" in line for line in one.redriven), tell(one)


def test_a_change_that_breaks_a_promise_is_caught(ground: Ground) -> None:
    (mutation,) = (one for one in MUTATIONS if one.promise == 3)
    judged = play_mutation(ground, mutation, code_hash=read_code_hash(ground))
    assert not judged.control.broken, tell(judged.control)
    assert judged.caught, tell(judged.played)
