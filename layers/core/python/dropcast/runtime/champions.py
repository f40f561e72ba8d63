"""The champions that a serving process knows: each dataset's program, made a scorer once.

A request never waits for a check. The first request of a dataset reads pointer and program. Later
ones are answered by what is there; when the pointer was last looked at more than
:data:`CHECK_SECONDS` ago, the request also starts a check that runs beside it, and what that finds
answers the requests after. (A frozen process freezes its checks: they end during a later request,
and what they saw yields to what was seen after.) When the last look is :data:`MOST_STALE_SECONDS`
old, another comes first, whatever is under way, so a promotion is never unseen for longer than
that, plus the time of one request.

A new champion that is broken (damaged, missing, of another format, unreachable) predicts nothing:
the last good one goes on, and its receipt says so.
"""

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import TYPE_CHECKING

from dropcast.contracts.champion import Champion, ChampionPointer
from dropcast.contracts.documents import decode_document
from dropcast.contracts.errors import (
    NoModelError,
    ObjectNotFoundError,
    TransientError,
)
from dropcast.contracts.keys import CHAMPION
from dropcast.contracts.limits import MAX_ROWS
from dropcast.contracts.serialization.frozen import dataclass
from dropcast.scoring import (
    Checker,
    Program,
    Scorer,
    build_checker,
    build_scorer,
    read_program,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dropcast.contracts.ports import WatchedBlobs
    from dropcast.scoring.explain import CaseExplainer, Explanation
    from dropcast.scoring.expressions import Row

CHECK_SECONDS = 5.0
MOST_STALE_SECONDS = 60.0
MOST_DATASETS = 8


@dataclass(frozen=True, kw_only=True)
class Serving:
    """A champion ready to check rows, to predict and to explain."""

    champion: Champion
    program: Program
    check: Checker
    score: Scorer
    explain: "CaseExplainer"


@dataclass(frozen=True, kw_only=True)
class _Known:
    """What is known of a dataset.

    ``etag`` is the pointer's when it was last read, ``serving`` the champion that predicts, and
    ``reported`` the pointer whose champion was reported as broken.
    """

    etag: str
    serving: Serving
    checked_at: float
    reported: str | None


class Champions:
    """At most ``most`` datasets; the least recently used is dropped first. For several threads.

    ``clock``   seconds that only grow
    ``run``     runs a check beside the request
    ``report``  is called with (dataset, error) once for each pointer to a broken champion
    """

    def __init__(
        self,
        *,
        models: "WatchedBlobs",
        clock: Callable[[], float],
        run: Callable[[Callable[[], None]], None],
        report: Callable[[str, Exception], None],
        check_seconds: float = CHECK_SECONDS,
        most_stale_seconds: float = MOST_STALE_SECONDS,
        most: int = MOST_DATASETS,
    ) -> None:
        self._models = models
        self._clock = clock
        self._run = run
        self._report = report
        self._check_seconds = check_seconds
        self._most_stale_seconds = most_stale_seconds
        self._most = most
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self._checking: set[str] = set()
        self._lock = Lock()

    def find(self, dataset: str) -> Serving:
        """Return the champion that predicts.

        Raises ``NoModelError`` where there is none, and, on a dataset's first request only, the
        error of the store (``StoreBusyError``, ...) or of the champion (``ProgramError``, ...).
        """
        with self._lock:
            known = self._known.get(dataset)
            if known is not None:
                self._known.move_to_end(dataset)
            age = 0.0 if known is None else self._clock() - known.checked_at
            # A frozen check says nothing of when it will end: what is too old is not left to it.
            stale = age > self._most_stale_seconds
            starts = stale or (age > self._check_seconds and dataset not in self._checking)
            if starts:
                self._checking.add(dataset)
        if known is None:
            return self._read_first(dataset)
        if not starts:
            return known.serving
        if not stale and self._start_check(dataset, known):
            return known.serving
        self._check(dataset, known)
        return self._known.get(dataset, known).serving

    def _read_pointer(self, dataset: str) -> tuple[Champion, str]:
        key = CHAMPION.format(dataset=dataset)
        try:
            pointer = self._models.read(key)
        except ObjectNotFoundError:
            raise NoModelError(
                f"no model predicts for '{dataset}': either no dataset has this name, or it is a "
                f"reference table, which has no model, or none of its models has passed its gate "
                f"yet. GET /datasets lists the datasets and their champions; for a first one "
                f"drop a file under raw/{dataset}/ and watch the state machine"
            ) from None
        return decode_document(ChampionPointer, pointer.body, key).champion, pointer.etag

    def _read_first(self, dataset: str) -> Serving:
        asked_at = self._clock()
        champion, etag = self._read_pointer(dataset)
        serving = self._load(champion)
        self._keep(dataset, _Known(etag=etag, serving=serving, checked_at=asked_at, reported=None))
        return serving

    def _start_check(self, dataset: str, known: _Known) -> bool:
        """Return whether a check runs beside the request; there may be no thread to be had."""
        try:
            self._run(lambda: self._check(dataset, known))
        except RuntimeError:
            return False
        return True

    def _check(self, dataset: str, known: _Known) -> None:
        """Look at the pointer, and follow it where it moved to a sound champion."""
        try:
            found, error = self._follow(dataset, known)
            if self._keep(dataset, found) and error and found.reported != known.reported:
                self._report(dataset, error)
        finally:
            with self._lock:
                self._checking.discard(dataset)

    def _follow(self, dataset: str, known: _Known) -> tuple[_Known, Exception | None]:
        """Return what is known now, and what was wrong with the store or the new champion."""
        asked_at = self._clock()
        key = CHAMPION.format(dataset=dataset)
        etag, moved_to = known.etag, ""
        serving, reported = known.serving, known.reported
        trouble: Exception | None = None
        try:
            pointer = self._models.read_if_changed(key, known.etag)
            if pointer is not None:
                moved_to = pointer.etag
                champion = decode_document(ChampionPointer, pointer.body, key).champion
                if champion != serving.champion:
                    serving = self._load(champion)
                etag, reported = pointer.etag, None
        except Exception as error:  # noqa: BLE001 - whatever is wrong, the good champion answers
            # A busy store is tried again; a damaged program only once it is another.
            if not isinstance(error, TransientError | ObjectNotFoundError):
                etag = moved_to or etag
            trouble, reported = error, f"{type(error).__name__} {moved_to}"
        found = _Known(etag=etag, serving=serving, checked_at=asked_at, reported=reported)
        return found, trouble

    def _load(self, champion: Champion) -> Serving:
        body = self._models.read(champion.program_key).body
        program = read_program(body, sha256=champion.program_sha256)
        return Serving(
            champion=champion,
            program=program,
            check=build_checker(program, max_rows=MAX_ROWS),
            score=build_scorer(program),
            explain=_make_explain(program),
        )

    def _keep(self, dataset: str, known: _Known) -> bool:
        """Keep what is known, and return True, unless a later look has been kept.

        A check that was frozen ends long after others.
        """
        with self._lock:
            present = self._known.get(dataset)
            if present is not None and present.checked_at > known.checked_at:
                return False
            self._known[dataset] = known
            self._known.move_to_end(dataset)
            while len(self._known) > self._most:
                self._known.popitem(last=False)
            return True


def _make_explain(program: Program) -> "CaseExplainer":
    """Return the program's explainer, built when it is first called."""
    built: list[CaseExplainer] = []

    def explain(rows: "Sequence[Row]", scores: "Sequence[float]") -> "Explanation":
        if not built:
            from dropcast.scoring.explain import build_case_explainer  # noqa: PLC0415 - rarely needed

            built.append(build_case_explainer(program))
        return built[0](rows, scores)

    return explain
