"""What many schedules came to, as a page."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from emulators.faults.plan import Point
from proofs.chaos.mutations import Judged
from proofs.chaos.play import Played
from proofs.chaos.schedule import tell_places

PROMISES = (
    "Nothing is lost: each drop and each version comes to an end, and what is dead says why",
    "One dataset version, byte for byte, as undisturbed drops of the same files make it",
    "The newest drop of a key is in; an old event told again changes nothing",
    "Each row is accepted or in quarantine, and the counts add up",
    "The champion pointer moves by one, and each move has its audit record",
    "Each answer names what made it and is the same when scored again",
    "What lay in the place of a program was neither run nor believed",
)
_GATES = {"before gate": "came to its gate", "gate never opened": "waited there in vain"}


@dataclass(kw_only=True)
class Tally:
    """The sums over all schedules. ``points`` are the places where a function can be killed."""

    points: Sequence[Point]
    played: list[Played] = field(default_factory=list)
    judged: list[Judged] = field(default_factory=list)

    @property
    def faults(self) -> Counter[str]:
        """How often each kind of fault was made."""
        return Counter(kind for kind in self._fired if "gate" not in kind)

    @property
    def gates(self) -> Counter[str]:
        """How often a request came to its gate and waited there, and how often in vain."""
        return Counter(_GATES[kind] for kind in self._fired if kind in _GATES)

    @property
    def acts(self) -> Counter[str]:
        """How often each thing was done, whatever came of it."""
        return Counter(act.deed for played in self.played for act in played.schedule.acts)

    @property
    def places(self) -> str:
        """The digest of the places."""
        return tell_places(self.points)

    @property
    def _fired(self) -> list[str]:
        return [one["kind"] for played in self.played for one in played.fired]

    @property
    def kills(self) -> Counter[tuple[str, str, str]]:
        """How often a function was killed, by door, request and when."""
        return Counter(
            (one["door"], one["call"], one["kind"].split()[0])
            for played in self.played
            for one in played.fired
            if one["kind"].endswith(" kill")
        )

    @property
    def wanted(self) -> set[tuple[str, str, str]]:
        """Each kind of request of each door, before it and after it."""
        return {(point.door, point.name, point.when) for point in self.points}

    @property
    def broken(self) -> Counter[int]:
        """How often each promise was broken."""
        return Counter(one.promise for played in self.played for one in played.broken)

    @property
    def is_good(self) -> bool:
        """Whether no promise was broken and each mutation was caught."""
        return not self.broken and all(one.caught for one in self.judged)


def sum_up(tally: Tally) -> Iterator[str]:
    """Yield the lines that end a run."""
    seconds = sum(played.seconds for played in tally.played)
    reached = len(tally.wanted & tally.kills.keys())
    yield (
        f"{len(tally.played)} schedules, {sum(tally.faults.values())} faults, "
        f"{sum(tally.broken.values())} promises broken, {seconds:.0f} s"
    )
    yield (
        f"killed at {reached} of {len(tally.wanted)} places in what takes files in and trains "
        f"(places {tally.places})"
    )
    if tally.judged:
        caught = sum(one.caught for one in tally.judged)
        yield f"{caught} of {len(tally.judged)} mutations caught"


def write_page(tally: Tally, path: Path, *, command: str) -> None:
    """Write the page."""
    path.write_text("\n".join(_tell(tally, command)) + "\n")


def _tell(tally: Tally, command: str) -> Iterator[str]:
    yield "# The chaos suite"
    yield ""
    yield f"Written by `{command}` on the embedded cloud; how it works is in"
    yield "[ADR 21](adr/0021-faults-are-made-in-the-emulator.md)."
    yield ""
    yield from (f"{line}  " for line in sum_up(tally))
    if tally.played:
        yield ""
        yield from _tell_promises(tally)
        yield ""
        yield from _tell_faults(tally)
        yield ""
        yield from _tell_kills(tally)
    if tally.judged:
        yield ""
        yield from _tell_mutations(tally)


def _tell_promises(tally: Tally) -> Iterator[str]:
    yield "| promise | | broken |"
    yield "|---|---|---|"
    for number, sentence in enumerate(PROMISES):
        yield f"| {number or '–'} | {sentence} | {tally.broken[number]} |"
    answers, refused, runs = (
        sum(getattr(played, name) for played in tally.played)
        for name in ("answers", "refusals", "runs")
    )
    drops, sent = sum(p.drops for p in tally.played), sum(len(p.redriven) for p in tally.played)
    yield ""
    yield f"{drops} drops, {runs} training runs, {answers} predictions, {refused} calls without "
    yield f"one; {sent} things sent again."


def _tell_faults(tally: Tally) -> Iterator[str]:
    yield "| fault | times |"
    yield "|---|---|"
    yield from (f"| {kind} | {count} |" for kind, count in sorted(tally.faults.items()))
    yield ""
    yield "What was done meanwhile, and whether a request waited until it was done behind its back:"
    yield ""
    yield "| act | times |"
    yield "|---|---|"
    yield from (f"| {deed} | {count} |" for deed, count in sorted(tally.acts.items()))
    yield from (f"| a request {what} | {count} |" for what, count in sorted(tally.gates.items()))


def _tell_kills(tally: Tally) -> Iterator[str]:
    yield "A function that takes files in or trains was ended just before a request of its to S3"
    yield "arrived, and just after it took effect, while the answer was under way. Functions that"
    yield "answer people or score files are ended by S3's weather alone, at no certain request:"
    yield ""
    yield "| function | request | before | after |"
    yield "|---|---|---|---|"
    kills = tally.kills
    for door, name in sorted({(door, name) for door, name, _ in tally.wanted}):
        before, after = (kills[door, name, when] for when in ("before", "after"))
        yield f"| {door} | {name} | {before} | {after} |"


def _tell_mutations(tally: Tally) -> Iterator[str]:
    yield "Changes of the code, deployed as another release, and whether the suite tells. The same"
    yield "schedule is played on the release without the change first, and must break nothing:"
    yield ""
    yield "| promise | change | caught | by |"
    yield "|---|---|---|---|"
    for one in tally.judged:
        by = next((b for b in one.played.broken if b.promise == one.mutation.promise), None)
        told = "" if by is None else by.what.replace("|", " ")[:120]
        caught = "yes" if one.caught else "**no**"
        yield f"| {one.mutation.promise} | {one.mutation.what} | {caught} | {told} |"
