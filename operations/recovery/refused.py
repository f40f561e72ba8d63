"""Drops that were refused: no failure of the stack, but a file to be corrected or moved."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class Refused:
    """The newest version of a key, which was refused.

    ``at`` is when; for a file to be scored, of which nothing else is recorded, it is when the file
    was dropped. ``report`` is the whole address of its report.
    """

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
