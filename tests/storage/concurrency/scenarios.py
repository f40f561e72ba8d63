"""What writers do at once to the registry, the dataset versions and the ledger, and what a single
copy of each would have answered."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from dropcast.contracts.drops import DropRecord
from dropcast.contracts.errors import TransientError
from dropcast.contracts.messages import FileState
from dropcast.contracts.ports import BlobStore
from dropcast.contracts.serialization.canonical import hash_canonical
from dropcast.contracts.serialization.codec import to_document
from dropcast.storage.ledger import S3Ledger
from dropcast.storage.registry import S3ModelRegistry
from dropcast.storage.versions import S3VersionStore, judge_commit, make_version
from tests.storage.concurrency.linearizability import Model, is_linearizable
from tests.storage.concurrency.scheduler import Call, KilledError, Run, Writer
from tests.storage.test_ledger import DROP
from tests.storage.test_registry import make_champion
from tests.storage.test_versions import make_part

Write = Callable[[Writer, BlobStore], None]
TRIES = 2  # as Lambda and Step Functions run a step again that failed or was killed


def rest(_seconds: float) -> None:
    """Pause for nothing: the order of turns is what waits."""


@dataclass(frozen=True)
class Scenario:
    """Writers on one empty store; ``model`` and ``initial`` are the single copy's."""

    writes: Sequence[Write]
    model: Model
    initial: Any = None

    def play(self, run: Run, store: BlobStore) -> bool:
        """Let the writers write in the order of the run's turns."""
        return run.play(
            [
                lambda writer, write=write: write(writer, writer.open(store))  # type: ignore[misc]
                for write in self.writes
            ]
        )


def again(work: Callable[[], None]) -> None:
    """Run a step until it ends, as often as it would be."""
    for _ in range(TRIES):
        try:
            return work()
        except (TransientError, KilledError):
            continue
    return None


def one_after_the_other(*writes: Write) -> Write:
    """One writer that does several things."""

    def write(writer: Writer, store: BlobStore) -> None:
        for each in writes:
            each(writer, store)

    return write


def call_promote(
    writer: Writer, registry: S3ModelRegistry, model: str, generation: int, *, mover: str
) -> None:
    def move(name: str, seen: int, by: str) -> bool:
        return registry.promote(make_champion(name), generation=seen, mover=by)

    writer.call("promote", move, model, generation, mover)


def promote(model: str, *, generation: int) -> Write:
    """A run that ends: its model takes the place of the champion of ``generation``."""

    def write(writer: Writer, store: BlobStore) -> None:
        registry = S3ModelRegistry(models=store, pause=rest)

        again(lambda: call_promote(writer, registry, model, generation, mover=model))

    return write


def roll_back(model: str) -> Write:
    """An operator: looks which generation there is, and moves it."""

    def write(writer: Writer, store: BlobStore) -> None:
        registry = S3ModelRegistry(models=store, pause=rest)

        def look() -> tuple[int, str]:
            pointer = registry.find_pointer("d")
            return (pointer.generation, pointer.champion.model) if pointer else (0, "")

        def ask() -> None:
            generation, _ = writer.call("look", look)
            if generation:
                mover = f"request of {writer.number}"
                call_promote(writer, registry, model, generation, mover=mover)

        try:
            ask()
        except (TransientError, KilledError):
            return  # a person is told, and looks again

    return write


def judge_registry(state: Any, call: Call) -> Iterable[Any]:
    """The single copy of a champion pointer. State: generation, champion, who made which move."""
    generation, champion, moves = state or (0, "", frozenset())
    if call.name == "look":
        return [state] if call.end is None or call.result == (generation, champion) else []
    model, seen, mover = call.arguments
    moved = (seen + 1, model, moves | {(seen + 1, mover)})
    if call.end is None:
        return [state, moved] if generation == seen else [state]
    if (seen + 1, mover) in moves:
        return [state] if call.result else []
    if generation == seen:
        return [moved] if call.result else []
    return [] if call.result else [state]


def commit(raw_key: str, sequencer: str, part: str, *, attempt: int = 1) -> Write:
    """A drop that is taken in."""
    drop = FileState(sequencer=sequencer, attempt=attempt, raw_version_id="v", part=make_part(part))

    def write(writer: Writer, store: BlobStore) -> None:
        versions = S3VersionStore(lake=store, pause=rest)

        def take_in(key: str, state: FileState) -> tuple[str, str]:
            done = versions.commit_part(dataset="d", raw_key=key, state=state)
            return done.outcome, done.version

        again(lambda: writer.call("commit", take_in, raw_key, drop))

    return write


def judge_versions(state: Any, call: Call) -> Iterable[Any]:
    """The single copy of a dataset's pointer. State: the files, as sorted pairs."""
    files = dict(state or ())
    key, drop = call.arguments
    verdict = judge_commit(files.get(key), drop)
    if verdict == "superseded":
        expected, following = ("superseded", name_version(files)), state
    else:
        if verdict == "repeated":
            known = files[key]
            files[key] = replace(known, attempt=max(known.attempt, drop.attempt))
        else:
            before = name_version(files) if files else None
            files[key] = drop
            after = name_version(files)
            files[key] = replace(drop, version=after, changed=after != before)
        expected = ("changed" if files[key].changed else "unchanged", files[key].version)
        following = tuple(sorted(files.items(), key=lambda item: item[0]))
    if call.end is None:
        return [state, following]
    return [following] if call.result == expected else []


def name_version(files: dict[str, FileState]) -> str:
    return hash_canonical(to_document(make_version("d", files)))


def take_in() -> Write:
    """Ingest's way with one drop: begin, then end as the try's own."""

    def write(writer: Writer, store: BlobStore) -> None:
        ledger = S3Ledger(lake=store, pause=rest)

        def step() -> None:
            begun = writer.call("begin", ledger.begin, DROP)
            if not begun.is_finished:
                ended = replace(begun, state="success", message=f"try {begun.attempt}")
                writer.call("finish", ledger.finish, ended)

        again(step)

    return write


def begin() -> Write:
    """A try that begins and is never heard of again."""

    def write(writer: Writer, store: BlobStore) -> None:
        ledger = S3Ledger(lake=store, pause=rest)
        again(lambda: writer.call("begin", ledger.begin, DROP))

    return write


def judge_ledger(state: DropRecord | None, call: Call) -> Iterable[DropRecord | None]:
    """The single copy of a record. A begin whose answer was lost on its way may have used a number
    up, so numbers grow and need not be next to each other."""
    if call.name == "begin":
        if state is not None and state.is_finished:
            return [state] if call.end is None or call.result == state else []
        last = state.attempt if state else 0
        if call.end is None:
            return [state, *(replace(DROP, attempt=last + more) for more in (1, 2, 3))]
        return [call.result] if call.result.attempt > last else []
    (ended,) = call.arguments
    overtaken = state is not None and (state.is_finished or state.attempt > ended.attempt)
    following = state if overtaken else ended
    if call.end is None:
        return [state, following]
    return [following] if call.result == following else []


# More writers than every order of could be tried.
CROWDS = {
    "runs and operators": Scenario(
        writes=(
            promote("a", generation=0),
            promote("b", generation=0),
            promote("c", generation=1),
            roll_back("a"),
            roll_back("b"),
        ),
        model=judge_registry,
    ),
    "drops": Scenario(
        writes=(
            commit("k", "1", "x"),
            commit("k", "2", "y"),
            commit("k", "1", "z", attempt=2),
            commit("l", "1", "x"),
            commit("l", "2", "x"),
        ),
        model=judge_versions,
    ),
    "events of one drop": Scenario(writes=(take_in(), take_in(), take_in()), model=judge_ledger),
}


def is_explained(scenario: Scenario, run: Run) -> bool:
    """Return whether a single copy could have told what the run's calls were told."""
    return is_linearizable(run.calls, initial=scenario.initial, model=scenario.model)


def tell(run: Run) -> str:
    """Return a run's turns and calls, a line each."""
    return "\n".join(map(str, [*run.turns, *run.calls]))
