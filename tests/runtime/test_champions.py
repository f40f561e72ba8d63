"""Which champion answers, and when a new one does."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from dropcast.contracts.champion import Champion
from dropcast.contracts.errors import NoModelError, ProgramError
from dropcast.contracts.keys import CHAMPION
from dropcast.runtime.champions import MOST_STALE_SECONDS
from tests.runtime.processes import LATER, Process


def test_the_first_request_reads_and_the_next_ones_read_nothing(process: Process) -> None:
    assert [process.ask() for _ in range(3)] == ["first"] * 3
    assert process.models.read_keys == ["champions/songs.json", "models/songs/first/model.program"]
    assert process.champions.find("songs").score([{"x0": 1.0, "x1": 2.0}]) == [0.5, 0.5]


def test_a_promotion_answers_after_a_check_beside_a_later_request(process: Process) -> None:
    process.ask()
    process.promote("second")
    assert process.ask() == "first"
    assert process.beside == []
    process.now += LATER
    assert process.ask() == "first"
    process.run_beside()
    assert process.ask() == "second"


def test_one_check_runs_at_a_time_and_an_unchanged_pointer_is_read_alone(
    process: Process,
) -> None:
    process.ask()
    process.now += LATER
    process.ask()
    process.ask()
    assert len(process.beside) == 1
    process.run_beside()
    assert process.models.read_keys[2:] == ["champions/songs.json"]
    process.ask()
    assert process.beside == []
    process.now += LATER
    process.ask()
    assert len(process.beside) == 1


def test_a_pointer_nobody_looked_at_for_long_is_looked_at_first(process: Process) -> None:
    process.ask()
    process.promote("second")
    process.now += MOST_STALE_SECONDS + 1
    assert process.ask() == "second"
    assert process.beside == []


def test_a_busy_store_leaves_the_last_good_champion_and_is_asked_again(process: Process) -> None:
    process.ask()
    process.promote("second")
    process.models.busy = True
    for _ in range(3):
        process.now += LATER
        assert process.ask() == "first"
        process.run_beside()
    assert process.reported == [("songs", "StoreBusyError")]
    process.now += MOST_STALE_SECONDS + 1
    assert process.ask() == "first"
    process.models.busy = False
    process.now += LATER
    process.ask()
    process.run_beside()
    assert process.ask() == "second"


BREAK: dict[str, Callable[[Process, Champion], None]] = {
    "damaged": lambda process, champion: process.models.store.write(
        champion.program_key, b"damaged", "x/y"
    ),
    "another's hash": lambda process, champion: process.point(
        replace(champion, program_sha256="0" * 64)
    ),
    "missing": lambda process, champion: process.point(
        replace(champion, program_key="models/songs/none/model.program")
    ),
    "no pointer": lambda process, champion: process.models.store.write(
        CHAMPION.format(dataset=champion.dataset), b"{", "x/y"
    ),
}


@pytest.mark.parametrize("way", BREAK)
def test_a_broken_champion_is_reported_once_and_the_last_good_one_answers(
    process: Process, way: str
) -> None:
    process.ask()
    BREAK[way](process, process.promote("second"))
    for _ in range(4):
        process.now += LATER
        assert process.ask() == "first"
        process.run_beside()
    assert len(process.reported) == 1
    process.promote("third")
    process.now += LATER
    process.ask()
    process.run_beside()
    assert process.ask() == "third"
    assert len(process.reported) == 1


def test_a_second_broken_champion_is_reported_too(process: Process) -> None:
    process.ask()
    for model in ("second", "third"):
        BREAK["damaged"](process, process.promote(model))
        process.now += LATER
        process.ask()
        process.run_beside()
    assert process.reported == [("songs", "ProgramError")] * 2
    assert process.ask() == "first"


def test_a_pointer_that_went_away_leaves_the_last_good_champion(process: Process) -> None:
    process.ask()
    del process.models.store.objects["champions/songs.json"]
    for _ in range(2):
        process.now += LATER
        assert process.ask() == "first"
        process.run_beside()
    assert process.reported == [("songs", "ObjectNotFoundError")]


def test_a_first_champion_that_is_broken_is_an_error_and_is_read_again(process: Process) -> None:
    key = "models/songs/first/model.program"
    body = process.models.store.objects[key]
    process.models.store.objects[key] = b"damaged"
    with pytest.raises(ProgramError):
        process.ask()
    process.models.store.objects[key] = body
    assert process.ask() == "first"


def test_without_a_pointer_the_answer_says_what_it_can_mean(process: Process) -> None:
    with pytest.raises(NoModelError, match="either no dataset has this name, or it is a") as e:
        process.ask("albums")
    assert "or none of its models has passed its gate yet" in str(e.value)
    assert "drop a file under raw/albums/" in str(e.value)
    process.promote("one", "albums")
    assert process.ask("albums") == "one"


def test_the_datasets_asked_for_last_are_kept(process: Process) -> None:
    for dataset in ("albums", "tracks"):
        process.promote("one", dataset)
    for dataset in ("songs", "albums", "songs", "tracks"):
        process.ask(dataset)
    process.models.read_keys.clear()
    process.ask("songs")
    process.ask("tracks")
    assert process.models.read_keys == []
    process.ask("albums")
    assert process.models.read_keys[0] == "champions/albums.json"
