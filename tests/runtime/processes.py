"""A serving process whose store, time and threads do what the test says."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from dropcast.contracts.champion import Champion, ChampionPointer
from dropcast.contracts.documents import encode_document
from dropcast.contracts.errors import StoreBusyError
from dropcast.contracts.keys import CHAMPION, PROGRAM
from dropcast.contracts.ports import Blob
from dropcast.runtime.champions import CHECK_SECONDS, Champions
from dropcast.scoring import write_program
from dropcast.storage.memory import MemoryBlobStore
from tests.scoring.programs import make_program, step

LATER = CHECK_SECONDS + 1


@dataclass
class Busy:
    """A store that counts what is read and, while ``busy`` says so, does not answer.
    ``meanwhile`` happens once, between the next check's look and its answer."""

    store: MemoryBlobStore = field(default_factory=MemoryBlobStore)
    busy: bool = False
    meanwhile: Callable[[], None] | None = None
    read_keys: list[str] = field(default_factory=list)

    def read(self, key: str) -> Blob:
        self._count(key)
        return self.store.read(key)

    def read_if_changed(self, key: str, etag: str) -> Blob | None:
        self._count(key)
        found = self.store.read_if_changed(key, etag)
        happens, self.meanwhile = self.meanwhile, None
        if happens is not None:
            happens()
        return found

    def _count(self, key: str) -> None:
        self.read_keys.append(key)
        if self.busy:
            raise StoreBusyError("busy")


@dataclass
class Process:
    """A serving process whose time and threads stand still until the test moves them."""

    models: Busy = field(default_factory=Busy)
    now: float = 1000.0
    threads: bool = True
    beside: list[Callable[[], None]] = field(default_factory=list)
    reported: list[tuple[str, str]] = field(default_factory=list)
    champions: Champions = field(init=False)

    def __post_init__(self) -> None:
        self.champions = Champions(
            models=self.models,
            clock=lambda: self.now,
            run=self.start,
            report=lambda dataset, error: self.reported.append((dataset, type(error).__name__)),
            most=2,
        )

    def ask(self, dataset: str = "songs") -> str:
        return self.champions.find(dataset).champion.model

    def start(self, work: Callable[[], None]) -> None:
        if not self.threads:
            raise RuntimeError("can't start new thread")
        self.beside.append(work)

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
        pointer = ChampionPointer(champion=champion, generation=1, movers=("run",))
        self.models.store.write(key, encode_document(pointer), "application/json")
