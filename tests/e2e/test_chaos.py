"""A few schedules of the chaos suite, on a cloud with faults; `make chaos` plays many more."""

from collections.abc import Iterator

import pytest
from rich.console import Console

from bench.chaos.bases import DOORS, prepare_bases, read_code_hash
from bench.chaos.ground import Ground, open_ground
from bench.chaos.play import play
from bench.chaos.schedule import draw_schedule
from emulators.chaos.plan import Point

pytestmark = pytest.mark.e2e

# Chosen for what they have: kills on both sides of a commit, lost events, an S3 in trouble.
SEEDS = (1, 3)


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    with open_ground(tmp_path_factory.mktemp("chaos"), Console(quiet=True)) as opened:
        yield opened


@pytest.fixture(scope="module")
def points(ground: Ground) -> list[Point]:
    return prepare_bases(ground)


def test_each_function_makes_requests_that_it_can_be_killed_at(points: list[Point]) -> None:
    assert {point.door for point in points} == set(DOORS)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_schedule_of_faults_breaks_no_promise(
    ground: Ground, points: list[Point], seed: int
) -> None:
    schedule = draw_schedule(seed, points)
    played = play(ground, schedule, code_hash=read_code_hash(ground))
    assert played.fired
    told = [*schedule.tell(), *played.redriven, *(one.tell() for one in played.broken)]
    assert not played.broken, "\n".join(told)
