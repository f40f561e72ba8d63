"""The results of many schedules, as ``docs/chaos.md``."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from emulators.faults.plan import Point
from proofs.chaos.mutations import MutationResult
from proofs.chaos.schedule import digest_places
from proofs.chaos.schedule_run import ScheduleResult

PROMISES = (
    "Nothing is lost: each drop and each version comes to an end, and what is dead says why",
    "One dataset version, byte for byte, as undisturbed drops of the same files make it",
    "The newest drop of a key is in; an old event sent again changes nothing",
    "Each row is accepted or in quarantine, and the counts add up",
    "The champion pointer moves by one, and each move has its audit record",
    "Each prediction names what made it and is the same when scored again",
    "What was put in the place of a program was neither run nor used",
)
_GATES = {"before gate": "came to its gate", "gate never opened": "waited there in vain"}


@dataclass(kw_only=True)
class Tally:
    """The sums over all schedules. ``points`` are the kills that can be drawn."""

    points: Sequence[Point]
    results: list[ScheduleResult] = field(default_factory=list)
    mutation_results: list[MutationResult] = field(default_factory=list)

    @property
    def faults(self) -> Counter[str]:
        """How often each kind of fault was made."""
        return Counter(kind for kind in self._fired if "gate" not in kind)

    @property
    def gates(self) -> Counter[str]:
        """How often a request came to its gate and waited there, and how often in vain."""
        return Counter(_GATES[kind] for kind in self._fired if kind in _GATES)

    @property
    def actions(self) -> Counter[str]:
        """How often each kind of action was performed, whatever its result."""
        return Counter(action.kind for one in self.results for action in one.schedule.actions)

    @property
    def places(self) -> str:
        """The digest of the points."""
        return digest_places(self.points)

    @property
    def _fired(self) -> list[str]:
        return [fault["kind"] for one in self.results for fault in one.fired]

    @property
    def kills(self) -> Counter[tuple[str, str, str]]:
        """How often a function was killed, by function, request and when."""
        return Counter(
            (fault["function"], fault["call"], fault["kind"].split()[0])
            for one in self.results
            for fault in one.fired
            if fault["kind"].endswith(" kill")
        )

    @property
    def wanted(self) -> set[tuple[str, str, str]]:
        """Each kind of request of each function, before it and after it."""
        return {(point.function, point.name, point.when) for point in self.points}

    @property
    def broken(self) -> Counter[int]:
        """How often each promise was broken."""
        return Counter(broken.promise for one in self.results for broken in one.broken)

    @property
    def is_good(self) -> bool:
        """Whether no promise was broken and each mutation was caught."""
        return not self.broken and all(one.caught for one in self.mutation_results)


def summarize(tally: Tally) -> Iterator[str]:
    """Yield the lines that end a run."""
    seconds = sum(one.seconds for one in tally.results)
    reached = len(tally.wanted & tally.kills.keys())
    yield (
        f"{len(tally.results)} schedules, {sum(tally.faults.values())} faults, "
        f"{sum(tally.broken.values())} promises broken, {seconds:.0f} s"
    )
    yield (
        f"killed at {reached} of {len(tally.wanted)} places in the functions that ingest and train "
        f"(places {tally.places})"
    )
    if tally.mutation_results:
        caught = sum(one.caught for one in tally.mutation_results)
        yield f"{caught} of {len(tally.mutation_results)} mutations caught"


def write_page(tally: Tally, path: Path, *, command: str) -> None:
    """Write the page."""
    path.write_text("\n".join(_render(tally, command)) + "\n")


def _render(tally: Tally, command: str) -> Iterator[str]:
    yield "# The chaos suite"
    yield ""
    yield f"Written by `{command}` on the embedded cloud; how it works is in"
    yield "[ADR 21](adr/0021-faults-are-made-in-the-emulator.md)."
    yield ""
    yield from (f"{line}  " for line in summarize(tally))
    if tally.results:
        yield ""
        yield from _render_promises(tally)
        yield ""
        yield from _render_faults(tally)
        yield ""
        yield from _render_kills(tally)
    if tally.mutation_results:
        yield ""
        yield from _render_mutations(tally)


def _render_promises(tally: Tally) -> Iterator[str]:
    yield from _begin_table("promise", "", "broken")
    for number, sentence in enumerate(PROMISES):
        yield f"| {number or '–'} | {sentence} | {tally.broken[number]} |"
    drops, runs, predictions, refusals = (
        sum(getattr(one, name) for one in tally.results)
        for name in ("drops", "runs", "predictions", "refusals")
    )
    redriven = sum(len(one.redriven) for one in tally.results)
    yield ""
    yield f"{drops} drops, {runs} training runs, {predictions} predictions, {refusals} calls that"
    yield f"returned none; {redriven} dead runs and messages sent again."


def _render_faults(tally: Tally) -> Iterator[str]:
    yield from _begin_table("fault", "times")
    yield from (f"| {kind} | {count} |" for kind, count in sorted(tally.faults.items()))
    yield ""
    yield "The actions of the schedules, and the requests that waited at a gate while another"
    yield "change was made:"
    yield ""
    yield from _begin_table("action", "times")
    yield from (f"| {kind} | {count} |" for kind, count in sorted(tally.actions.items()))
    yield from (f"| a request {what} | {count} |" for what, count in sorted(tally.gates.items()))


def _render_kills(tally: Tally) -> Iterator[str]:
    yield "A function that ingests or trains was killed just before one of its requests reached S3,"
    yield "or just after the request took effect and before its response arrived. Functions that"
    yield "serve the API or score files are killed only by the drawn faults of S3, at no certain"
    yield "request:"
    yield ""
    yield from _begin_table("function", "request", "before", "after")
    kills = tally.kills
    for function, name in sorted({(function, name) for function, name, _ in tally.wanted}):
        before, after = (kills[function, name, when] for when in ("before", "after"))
        yield f"| {function} | {name} | {before} | {after} |"


def _render_mutations(tally: Tally) -> Iterator[str]:
    yield "Changes of the code, deployed as another release, and whether the suite catches them."
    yield "The same schedule is run first on the release without the change; it must break nothing:"
    yield ""
    yield from _begin_table("promise", "change", "caught", "by")
    for one in tally.mutation_results:
        promise = one.mutation.promise
        by = next((broken for broken in one.result.broken if broken.promise == promise), None)
        what = "" if by is None else by.what.replace("|", " ")[:120]
        caught = "yes" if one.caught else "**no**"
        yield f"| {promise} | {one.mutation.what} | {caught} | {what} |"


def _begin_table(*titles: str) -> Iterator[str]:
    yield f"| {' | '.join(titles)} |".replace("|  |", "| |")
    yield "|---" * len(titles) + "|"
