"""A few schedules of the chaos suite, on a cloud with faults; `make chaos` runs many more."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from random import Random

import pytest
from rich.console import Console

from emulators.faults.plan import Point
from proofs.chaos.baselines import FUNCTIONS, prepare_baselines, read_code_hash
from proofs.chaos.cloud_setup import DATASET, CloudSetup, open_setup
from proofs.chaos.files import draw_file
from proofs.chaos.mutations import MUTATIONS, find_overtaking_seed, run_mutation
from proofs.chaos.schedule import Action, Schedule, draw_schedule
from proofs.chaos.schedule_run import ScheduleResult, run_schedule

pytestmark = pytest.mark.e2e

# Chosen for what they do on the base with champions: the first loses, delays and duplicates events
# of files that are accepted, and trains; the second overwrites a file while ingest reads it and S3
# throttles. Neither depends on the places of kills, so a new place changes neither.
SEEDS = (531, 404)
EVENTS = {"event drop", "event delay", "event duplicate"}
# What an accepted file makes the functions write, whatever else goes on.
KILLS = (("ingest", "PUT lake clean/parts/", "after"), ("register", "PUT models audit/", "before"))


@pytest.fixture(scope="module")
def setup(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CloudSetup]:
    # It builds the layers where they are missing.
    with open_setup(tmp_path_factory.mktemp("chaos"), Console(quiet=True)) as opened:
        yield opened


@pytest.fixture(scope="module")
def points(setup: CloudSetup) -> list[Point]:
    return prepare_baselines(setup)


@pytest.fixture(scope="module")
def results(setup: CloudSetup, points: Sequence[Point]) -> list[ScheduleResult]:
    code_hash = read_code_hash(setup)
    kills = tuple(
        point
        for point in points
        if (point.function, point.name, point.when) in KILLS and point.count == 1
    )
    assert len(kills) == len(KILLS)
    schedules = [replace(draw_schedule(seed, points), points=kills) for seed in SEEDS]
    return [run_schedule(setup, schedule, code_hash=code_hash) for schedule in schedules]


def describe(result: ScheduleResult) -> str:
    broken = [one.describe() for one in result.broken]
    return "\n".join([*result.schedule.describe(), *result.redriven, *broken])


def test_each_function_makes_requests_that_it_can_be_killed_at(points: list[Point]) -> None:
    assert {point.function for point in points} == set(FUNCTIONS)


def test_schedules_of_faults_break_no_promise(results: list[ScheduleResult]) -> None:
    for one in results:
        assert not one.broken, describe(one)
        assert one.predictions, describe(one)


def test_the_faults_of_the_schedules_happened(results: list[ScheduleResult]) -> None:
    kinds = {fault["kind"] for one in results for fault in one.fired}
    assert kinds >= {*EVENTS, "before gate", "before throttle", "before kill", "after kill"}


def test_a_good_drop_lost_under_a_refused_one_is_ingested_by_a_redrive(setup: CloudSetup) -> None:
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
        actions=tuple(
            Action(kind="drop", key=key, file=one, pause_seconds=0.2) for one in (good, refused)
        ),
    )
    one = run_schedule(setup, schedule, code_hash=read_code_hash(setup))
    assert not one.broken, describe(one)
    assert any("dropped again" in line for line in one.redriven), describe(one)


def test_a_change_that_breaks_a_promise_is_caught(setup: CloudSetup) -> None:
    (mutation,) = (one for one in MUTATIONS if one.promise == 3)
    caught = run_mutation(setup, mutation, code_hash=read_code_hash(setup))
    assert not caught.control.broken, describe(caught.control)
    assert caught.caught, describe(caught.result)
