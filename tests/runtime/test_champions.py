"""Which champion answers, and when a new one does."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest

from dropcast.contracts.champion import Champion
from dropcast.contracts.documents import encode_document
from dropcast.contracts.errors import NoModelError, ProgramError, StoreBusyError
from dropcast.contracts.keys import CHAMPION, PROGRAM
from dropcast.contracts.ports import Blob
from dropcast.runtime.champions import CHECK_SECONDS, MOST_STALE_SECONDS, Champions
from dropcast.scoring import write_program
from dropcast.storage.memory import MemoryBlobStore
from tests.scoring.programs import make_program, step

LATER = CHECK_SECONDS + 1


@dataclass
class Busy:
    """A store that counts what is read and, while ``busy`` says so, does not answer."""

    store: MemoryBlobStore = field(default_factory=MemoryBlobStore)
    busy: bool = False
    read_keys: list[str] = field(default_factory=list)

    def read(self, key: str) -> Blob:
        self._count(key)
        return self.store.read(key)

    def read_if_changed(self, key: str, etag: str) -> Blob | None:
        self._count(key)
        return self.store.read_if_changed(key, etag)

    def _count(self, key: str) -> None:
        self.read_keys.append(key)
        if self.busy:
            raise StoreBusyError("busy")


@dataclass
class Process:
    """A serving process whose time and threads stand still until the test moves them."""

    models: Busy = field(default_factory=Busy)
    now: float = 1000.0
    beside: list[Callable[[], None]] = field(default_factory=list)
    told: list[tuple[str, str]] = field(default_factory=list)
    run: Callable[[Callable[[], None]], None] = field(init=False)
    champions: Champions = field(init=False)

    def __post_init__(self) -> None:
        self.run = self.beside.append
        self.champions = Champions(
            models=self.models,
            clock=lambda: self.now,
            run=lambda work: self.run(work),
            report=lambda dataset, error: self.told.append((dataset, type(error).__name__)),
            most=2,
        )

    def ask(self, dataset: str = "songs") -> str:
        return self.champions.find(dataset).champion.model

    def run_beside(self) -> None:
        while self.beside:
            self.beside.pop(0)()

    def promote(self, model: str, dataset: str = "songs") -> Champion:
        """Write a program and point at it."""
        program = replace(make_program(step("constant", values=[0.5, 0.5])), dataset=dataset)
        body = write_program(program)
        key = PROGRAM.format(dataset=dataset, model=model)
        self.models.store.write(key, body, "x/y")
        champion = Champion(
            dataset=dataset,
            model=model,
            program_key=key,
            program_sha256=hashlib.sha256(body).hexdigest(),
            dataset_version="d",
            references={},
            recipe_hash="r",
            run_id="run",
            code_hash="c",
        )
        self.point(champion)
        return champion

    def point(self, champion: Champion) -> None:
        key = CHAMPION.format(dataset=champion.dataset)
        self.models.store.write(key, encode_document(champion), "application/json")


@pytest.fixture
def process() -> Process:
    made = Process()
    made.promote("first")
    return made


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


def test_a_check_that_never_ends_does_not_hold_a_promotion_back(process: Process) -> None:
    """Lambda freezes a process right after its answer, and the check beside it with it."""
    process.ask()
    process.now += LATER
    process.ask()
    assert len(process.beside) == 1
    process.promote("second")
    process.now += 3600
    assert process.ask() == "second"
    assert len(process.beside) == 1
    process.now += LATER
    process.ask()
    assert len(process.beside) == 2


def test_a_check_that_thaws_late_does_not_undo_a_later_one(process: Process) -> None:
    process.ask()
    first = process.promote("second")
    process.now += LATER
    thawed: list[Blob | None] = []
    read = process.models.read_if_changed

    def freeze(key: str, etag: str) -> Blob | None:
        """Read, and then stand still while an hour goes by and another request looks."""
        process.models.read_if_changed = read  # type: ignore[method-assign]
        thawed.append(read(key, etag))
        process.promote("third")
        process.now += 3600
        assert process.ask() == "third"
        return thawed[0]

    process.models.read_if_changed = freeze  # type: ignore[method-assign]
    process.ask()
    process.run_beside()
    assert thawed[0] is not None
    assert first.model.encode() in thawed[0].body
    assert process.ask() == "third"
    assert process.told == []


def test_a_check_that_failed_after_a_later_one_is_not_told(process: Process) -> None:
    process.ask()
    process.now += LATER
    read = process.models.read_if_changed

    def freeze(key: str, etag: str) -> Blob | None:
        process.models.read_if_changed = read  # type: ignore[method-assign]
        process.now += 3600
        process.ask()
        raise StoreBusyError("the answer came an hour too late")

    process.models.read_if_changed = freeze  # type: ignore[method-assign]
    process.ask()
    process.run_beside()
    assert process.told == []


def test_without_a_thread_to_be_had_the_check_comes_first(process: Process) -> None:
    process.ask()
    process.promote("second")
    process.now += LATER

    def run(_: Callable[[], None]) -> None:
        raise RuntimeError("can't start new thread")

    process.run = run
    assert process.ask() == "second"
    process.promote("third")
    process.now += LATER
    process.run = process.beside.append
    process.ask()
    assert len(process.beside) == 1


def test_an_error_that_no_one_thought_of_is_told_and_the_good_champion_answers(
    process: Process,
) -> None:
    process.ask()

    def fail(key: str, etag: str) -> Blob | None:
        raise ValueError("never seen before")

    process.models.read_if_changed = fail  # type: ignore[method-assign]
    for _ in range(3):
        process.now += LATER
        assert process.ask() == "first"
        process.run_beside()
    assert process.told == [("songs", "ValueError")]
    process.now += MOST_STALE_SECONDS + 1
    assert process.ask() == "first"


def test_a_busy_store_leaves_the_last_good_champion_and_is_asked_again(process: Process) -> None:
    process.ask()
    process.promote("second")
    process.models.busy = True
    for _ in range(3):
        process.now += LATER
        assert process.ask() == "first"
        process.run_beside()
    assert process.told == [("songs", "StoreBusyError")]
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
def test_a_broken_champion_is_told_once_and_the_last_good_one_answers(
    process: Process, way: str
) -> None:
    process.ask()
    BREAK[way](process, process.promote("second"))
    for _ in range(4):
        process.now += LATER
        assert process.ask() == "first"
        process.run_beside()
    assert len(process.told) == 1
    process.promote("third")
    process.now += LATER
    process.ask()
    process.run_beside()
    assert process.ask() == "third"
    assert len(process.told) == 1


def test_a_second_broken_champion_is_told_too(process: Process) -> None:
    process.ask()
    for model in ("second", "third"):
        BREAK["damaged"](process, process.promote(model))
        process.now += LATER
        process.ask()
        process.run_beside()
    assert process.told == [("songs", "ProgramError")] * 2
    assert process.ask() == "first"


def test_a_pointer_that_went_away_leaves_the_last_good_champion(process: Process) -> None:
    process.ask()
    del process.models.store.objects["champions/songs.json"]
    for _ in range(2):
        process.now += LATER
        assert process.ask() == "first"
        process.run_beside()
    assert process.told == [("songs", "ObjectNotFoundError")]


def test_a_first_champion_that_is_broken_is_an_error_and_is_read_again(process: Process) -> None:
    key = "models/songs/first/model.program"
    body = process.models.store.objects[key]
    process.models.store.objects[key] = b"damaged"
    with pytest.raises(ProgramError):
        process.ask()
    process.models.store.objects[key] = body
    assert process.ask() == "first"


def test_without_a_pointer_the_answer_says_what_it_can_mean(process: Process) -> None:
    with pytest.raises(NoModelError, match="either no dataset has this name, or none of its") as e:
        process.ask("albums")
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
