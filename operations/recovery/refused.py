"""Drops that were refused: no failure of the stack, but a file that somebody must mend or move."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from rich.console import Console

from dropcast.contracts.unseen import spell_unseen


@dataclass(frozen=True, kw_only=True)
class Refused:
    """The newest version of a key, refused. ``at`` is when: of a file to be answered, of which
    nothing else is recorded, when it was dropped. ``report`` is its report's whole address."""

    dataset: str
    key: str
    version_id: str
    at: datetime
    message: str
    report: str


def sort_refused(found: Iterable[Refused]) -> list[Refused]:
    """Return the refusals, the oldest first."""
    return sorted(found, key=lambda one: (one.at, one.key))


def to_json(refused: Sequence[Refused]) -> str:
    """Return the refusals for programs."""
    documents = [{**asdict(one), "at": one.at.isoformat(timespec="seconds")} for one in refused]
    return json.dumps(documents, indent=1, ensure_ascii=False)


def show_refused(refused: Sequence[Refused], console: Console) -> None:
    """Print the refusals, each with its message and its report's address."""
    for one in refused:
        console.print(spell_unseen(one.key), style="bold", markup=False)
        for name, value in describe_refused(one):
            # In one line each, however long: the address is there to be copied.
            console.print(f"  {name:<9}{value}", markup=False)
    console.print(f"{len(refused)} refused" if refused else "nothing was refused")


def describe_refused(one: Refused) -> list[tuple[str, str]]:
    """Return the lines that a refusal gets on the screen. Its key is anybody's text, and so may a
    part of its message be."""
    lines = [
        ("dataset", one.dataset),
        ("when", one.at.strftime("%Y-%m-%d %H:%M:%S %Z")),
        ("message", " ".join(one.message.split())),
        ("report", one.report),
    ]
    return [(name, spell_unseen(value)) for name, value in lines]
