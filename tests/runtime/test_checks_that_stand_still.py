"""Lambda freezes a process right after its answer, and the check beside it with it."""

import pytest

from dropcast.contracts.errors import StoreBusyError
from dropcast.runtime.champions import MOST_STALE_SECONDS
from tests.runtime.processes import LATER, Process

HOUR = 3600.0


def test_a_check_that_never_ends_does_not_hold_a_promotion_back(process: Process) -> None:
    process.ask()
    process.now += LATER
    process.ask()
    assert len(process.beside) == 1
    process.promote("second")
    process.now += HOUR
    assert process.ask() == "second"
    assert len(process.beside) == 1
    process.now += LATER
    process.ask()
    assert len(process.beside) == 2


def test_a_check_that_thaws_late_does_not_undo_a_later_one(process: Process) -> None:
    process.ask()
    process.promote("second")

    def freeze() -> None:
        process.promote("third")
        process.now += HOUR
        assert process.ask() == "third"

    process.now += LATER
    process.ask()
    process.models.meanwhile = freeze
    process.run_beside()
    assert process.ask() == "third"
    assert process.reported == []


def test_a_check_that_fails_after_a_later_one_is_not_reported(process: Process) -> None:
    process.ask()

    def freeze() -> None:
        process.now += HOUR
        process.ask()
        raise StoreBusyError("the answer came an hour too late")

    process.now += LATER
    process.ask()
    process.models.meanwhile = freeze
    process.run_beside()
    assert process.reported == []


def test_where_no_thread_can_be_had_the_check_comes_first(process: Process) -> None:
    process.ask()
    process.promote("second")
    process.now += LATER
    process.threads = False
    assert process.ask() == "second"
    process.threads = True
    process.now += LATER
    process.ask()
    assert len(process.beside) == 1


def test_an_error_that_no_one_thought_of_is_reported_and_the_good_champion_answers(
    process: Process,
) -> None:
    process.ask()

    def fail() -> None:
        raise ValueError("never seen before")

    for seconds in (LATER, LATER, MOST_STALE_SECONDS + 1):
        process.now += seconds
        process.models.meanwhile = fail
        assert process.ask() == "first"
        process.run_beside()
    assert process.reported == [("songs", "ValueError")]


@pytest.mark.parametrize("seconds", [LATER, HOUR])
def test_after_any_check_the_next_one_starts_again(process: Process, seconds: float) -> None:
    process.ask()
    for model in ("second", "third"):
        process.promote(model)
        process.now += seconds
        process.ask()
        process.run_beside()
        assert process.ask() == model
