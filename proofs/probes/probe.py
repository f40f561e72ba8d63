"""A probe: one behaviour of AWS that the product stands on, and how it is looked at.

A probe looks and says in a word or two what it saw; what AWS does is written beside it in the same
words. So a row of the table is ``as AWS`` where the two are equal, and what was seen where not.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from botocore.exceptions import BotoCoreError, ClientError

from proofs.probes.target import Target

Standing = Literal["as AWS", "differs", "absent"]

# How an emulator says that it does not have what was asked.
_ABSENT = frozenset(
    {
        "501",
        "InternalFailure",
        "InvalidAction",
        "NotImplemented",
        "NotImplementedException",
        "UnknownOperation",
        "UnknownOperationException",
        "UnsupportedOperation",
    }
)


@dataclass(frozen=True, kw_only=True)
class Probe:
    """One row of the table.

    ``name``       the behaviour, as a sentence; unique
    ``service``    the heading under which it stands
    ``aws``        what ``look`` returns on AWS, by ``source``: the title of AWS's own document
    ``relied_on``  the file or the promise that stands on it
    ``look``       what is done, and what was seen of it in a word or two: no ids, no times
    """

    name: str
    service: str
    aws: str
    source: str
    relied_on: str
    look: Callable[[Target], str]


def see(probe: Probe, target: Target) -> str:
    """Return what the probe sees; what it could not ask for is told by the service's own code."""
    try:
        return probe.look(target)
    except ClientError as error:
        code = name_code(error)
        return f"absent: {code}" if code in _ABSENT else f"refused: {code}"
    except (BotoCoreError, OSError, LookupError, TypeError, ValueError) as error:
        # What is not there, or not of the shape that AWS documents.
        return f"unreadable: {type(error).__name__}"


def judge(probe: Probe, seen: str) -> Standing:
    """Return how what was seen stands to AWS."""
    if seen == probe.aws:
        return "as AWS"
    return "absent" if seen.startswith("absent") else "differs"


def name_code(error: ClientError) -> str:
    """Return the service's own code of an error."""
    return str(error.response.get("Error", {}).get("Code", "")) or "none"


def outcome(call: Callable[[], object]) -> str:
    """Return ``ok``, or the status and the code of what a call was refused with."""
    try:
        call()
    except ClientError as error:
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        return f"{status} {name_code(error)}"
    return "ok"
