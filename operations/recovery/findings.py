"""One finding: what did not get where it should, why, and what to do."""

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal

from dropcast.contracts.errors import DataError, DropcastError, TransientError

Kind = Literal["dead-letter", "run", "drop", "version"]
# How a person calls our commands.
PROGRAM = "dropcast"
NO_ERROR = "no error is known"


@dataclass(frozen=True, kw_only=True)
class Dead:
    """Something that did not get where it should.

    ``handle`` is what its kind is found by again; ``attempts`` is ``None`` where nobody counts;
    ``at`` is UTC.
    """

    kind: Kind
    handle: str
    what: str
    at: datetime
    dataset: str | None = None
    key: str | None = None
    version_id: str | None = None
    error: str | None = None
    message: str = NO_ERROR
    attempts: int | None = None

    @property
    def id(self) -> str:
        """A short name that is the same as long as the finding is.

        >>> from datetime import UTC, datetime
        >>> Dead(kind="run", handle="arn", what="", at=datetime(2024, 1, 1, tzinfo=UTC)).id
        'run-42e7ab5b52be'
        """
        return f"{self.kind}-{hashlib.sha256(self.handle.encode()).hexdigest()[:12]}"

    def write_command(self, options: str = "") -> str:
        """Return the line for a shell that sends it again."""
        return f"{PROGRAM} redrive {self.id}{options}"

    @property
    def advice(self) -> str:
        """What to do before it is sent again."""
        return advise(self.error)


def advise(error: str | None) -> str:
    """Return what to do before something is sent again, by its error's kind.

    >>> advise("StaleSchemaError").partition(":")[0]
    'correct the file or the recipe first, trying again alone changes nothing'
    >>> advise("StoreBusyError")
    'the cause passes by itself: send it again'
    """
    kind = _list_errors(DropcastError).get(error or "")
    if kind is not None and issubclass(kind, DataError):
        sentence = " ".join((kind.__doc__ or "").split())
        return (
            f"correct the file or the recipe first, trying again alone changes nothing: {sentence}"
        )
    if error is None or (kind is not None and issubclass(kind, TransientError)):
        return "the cause passes by itself: send it again"
    return "look at the function's log for the cause, remove it, then send it again"


def to_json(found: list[Dead], options: str = "") -> str:
    """Return the findings for programs."""
    documents: list[dict[str, Any]] = [
        {
            "id": dead.id,
            **asdict(dead),
            "at": dead.at.isoformat(timespec="seconds"),
            "advice": dead.advice,
            "command": dead.write_command(options),
        }
        for dead in found
    ]
    return json.dumps(documents, indent=1, ensure_ascii=False)


def _list_errors(kind: type[DropcastError]) -> dict[str, type[DropcastError]]:
    found = {kind.__name__: kind}
    for child in kind.__subclasses__():
        found |= _list_errors(child)
    return found
