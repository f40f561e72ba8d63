"""Writers that take turns: each stands before every operation on the store until it is its turn.

A run is a sequence of turns. A turn names the writer that goes on and what becomes of its
operation, so a run is repeated by its turns alone, and a search may try them all. The writers are
threads, of which one at a time does anything.
"""

import itertools
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, BinaryIO, Literal, TypeVar, cast

from dropcast.contracts.errors import ContendedError, StoreBusyError
from dropcast.contracts.ports import Blob, BlobStore

# What may become of an operation. ``answered`` is the rule; the others are S3's and Lambda's
# faults: a 503 that did nothing, a 409 beside another write, an answer that was lost after the
# write (the client then gives up, or sends it again and is told "too late"), and a kill before or
# after.
Fate = Literal["answered", "busy", "conflict", "lost", "told too late", "killed before", "killed"]
T = TypeVar("T")
READS = frozenset({"read", "list", "has"})
FATES: Mapping[str, tuple[Fate, ...]] = {
    "read": ("answered", "busy", "killed before"),
    "swap": ("answered", "busy", "conflict", "lost", "told too late", "killed before", "killed"),
    "write": ("answered", "busy", "lost", "killed before", "killed"),
}


class KilledError(BaseException):
    """The writer's process was killed; no function catches this."""


@dataclass(frozen=True)
class Turn:
    """The writer does its next operation, ``kind`` on ``key``, and ``fate`` befalls it."""

    writer: int
    kind: str
    key: str
    fate: Fate

    @property
    def is_fault(self) -> bool:
        return self.fate != "answered"

    def is_independent_of(self, other: "Turn") -> bool:
        """Return whether the two turns may change places without anybody seeing it."""
        if self.writer == other.writer or (self.is_fault and other.is_fault):
            return False
        return self.key != other.key or (self.kind in READS and other.kind in READS)


@dataclass(frozen=True)
class Call:
    """A call of the code under test, with the moments of its first operation and of its answer.
    ``end`` is ``None`` where no answer came, and then what it did may have happened, or happen at
    any time, or never."""

    writer: int
    name: str
    arguments: tuple[Any, ...]
    begin: int
    end: int | None
    result: Any


Chooser = Callable[[Sequence[Turn]], Turn | None]


@dataclass
class Run:
    """Writers under way. ``choose`` picks a turn among the possible ones; ``None`` ends the run."""

    choose: Chooser
    faults_left: int
    turns: list[Turn] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    moments: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    begins: dict[int, int] = field(default_factory=dict)
    lost_answers: dict[int, int] = field(default_factory=dict)
    _waiting: dict[int, tuple[str, str]] = field(default_factory=dict)
    _fates: dict[int, Fate] = field(default_factory=dict)
    _wakes: list[threading.Semaphore] = field(default_factory=list)
    _rests: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    _errors: list[BaseException] = field(default_factory=list)

    def play(self, writers: Sequence[Callable[["Writer"], None]]) -> bool:
        """Let the writers take turns to their end; return False where ``choose`` ended the run."""
        self._wakes = [threading.Semaphore(0) for _ in writers]
        threads = [
            threading.Thread(target=self._write, args=(number, write), daemon=True)
            for number, write in enumerate(writers)
        ]
        for thread in threads:
            thread.start()
            self._rests.acquire()
        whole = True
        while self._waiting:
            turn = self.choose(self._list_turns()) if whole else None
            if turn is None:
                whole = False
                number = min(self._waiting)
                self._fates[number] = "killed before"
            else:
                number = turn.writer
                self.turns.append(turn)
                self.faults_left -= turn.is_fault
                self._fates[number] = turn.fate
            del self._waiting[number]
            self._wakes[number].release()
            self._rests.acquire()
        for thread in threads:
            thread.join()
        if self._errors:
            raise self._errors[0]
        return whole

    def _list_turns(self) -> list[Turn]:
        return [
            Turn(writer=number, kind=kind, key=key, fate=fate)
            for number, (kind, key) in sorted(self._waiting.items())
            for fate in FATES.get(kind, FATES["read"])
            if fate == "answered" or self.faults_left > 0
        ]

    def _write(self, number: int, write: Callable[["Writer"], None]) -> None:
        try:
            write(Writer(run=self, number=number))
        except KilledError:
            pass
        except BaseException as error:  # noqa: BLE001 - told by the run, in the test's own thread
            self._errors.append(error)
        finally:
            self._rests.release()

    def wait(self, number: int, kind: str, key: str) -> Fate:
        """Stand before an operation until it is the writer's turn; return its fate."""
        self._waiting[number] = (kind, key)
        self._rests.release()
        self._wakes[number].acquire()
        self.begins.setdefault(number, next(self.moments))
        fate = self._fates.pop(number)
        self.lost_answers[number] += fate == "told too late"
        return fate


@dataclass(frozen=True)
class Writer:
    """One writer's hand in a run."""

    run: Run
    number: int

    def call(self, name: str, work: Callable[..., Any], *arguments: Any) -> Any:
        """Return what ``work`` returns, and note the call; an error is a call without an answer,
        and so is each write of it that the client sent a second time."""
        self.run.begins.pop(self.number, None)
        self.run.lost_answers[self.number] = 0
        end: int | None = None
        result: Any = None
        try:
            result = work(*arguments)
            end = next(self.run.moments)
        finally:
            call = Call(
                writer=self.number,
                name=name,
                arguments=arguments,
                begin=self.run.begins.get(self.number, 0),
                end=end,
                result=result,
            )
            unanswered = replace(call, end=None, result=None)
            self.run.calls += [call, *[unanswered] * self.run.lost_answers[self.number]]
        return result

    def open(self, store: BlobStore) -> "TurnTakingStore":
        """Return the store as this writer sees it."""
        return TurnTakingStore(store=store, writer=self)


@dataclass(frozen=True)
class TurnTakingStore:
    """A store each of whose operations waits for its turn."""

    store: BlobStore
    writer: Writer

    def name_uri(self, key: str) -> str:
        return self.store.name_uri(key)

    def read(self, key: str) -> Blob:
        return self._do("read", key, lambda: self.store.read(key))

    def open(self, key: str, version_id: str | None = None) -> BinaryIO:
        return self._do("read", key, lambda: self.store.open(key, version_id))

    def has(self, key: str) -> bool:
        return self._do("has", key, lambda: self.store.has(key))

    def list_keys(self, prefix: str) -> list[str]:
        return self._do("list", prefix, lambda: self.store.list_keys(prefix))

    def find_version_id(self, key: str) -> str:
        return self._do("read", key, lambda: self.store.find_version_id(key))

    def write(self, key: str, body: bytes, content_type: str) -> None:
        self._do("write", key, lambda: self.store.write(key, body, content_type))

    def write_file(self, key: str, path: Path, content_type: str) -> None:
        self._do("write", key, lambda: self.store.write_file(key, path, content_type))

    def create(self, key: str, body: bytes, content_type: str) -> bool:
        return self._do("swap", key, lambda: self.store.create(key, body, content_type))

    def swap(self, key: str, body: bytes, content_type: str, etag: str | None) -> bool:
        return self._do("swap", key, lambda: self.store.swap(key, body, content_type, etag))

    def _do(self, kind: str, key: str, work: Callable[[], T]) -> T:
        fate = self.writer.run.wait(self.writer.number, kind, key)
        if fate == "killed before":
            raise KilledError
        if fate == "busy":
            raise StoreBusyError("503 before anything was done")
        if fate == "conflict":
            raise ContendedError("409 beside another write")
        result = work()
        if fate == "killed":
            raise KilledError
        if fate == "lost":
            raise StoreBusyError("the answer was lost")
        return cast("T", False) if fate == "told too late" else result


@dataclass
class FreeRun(Run):
    """Writers that wait for nobody: what happens is up to the machine and the store."""

    def play(self, writers: Sequence[Callable[["Writer"], None]]) -> bool:
        """Let all writers write at once, to their end."""
        threads = [
            threading.Thread(target=self._write, args=(number, write), daemon=True)
            for number, write in enumerate(writers)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if self._errors:
            raise self._errors[0]
        return True

    def wait(self, number: int, kind: str, key: str) -> Fate:
        """Note the moment of a call's first operation, and go on."""
        del kind, key
        self.begins.setdefault(number, next(self.moments))
        return "answered"
