"""A probe: one behaviour of AWS that the product relies on, and a function that observes it.

A probe returns in a word or two what it saw; what AWS does is written beside it in the same words.
So a row of the table is ``as AWS`` where the two are equal, and what was seen where they differ.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from botocore.exceptions import BotoCoreError, ClientError

from proofs.probes.target import Target

Comparison = Literal["as AWS", "differs", "absent"]
Look = Callable[[Target], str]
# A probe's name, what AWS does, its source, what relies on it, and the function that observes it.
Row = tuple[str, str, str, str, Look]

# The error codes by which an emulator says that it does not have an operation.
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
    ``relied_on``  the file or the promise that relies on it
    ``look``       returns what it saw in a word or two: no ids, no times
    """

    name: str
    service: str
    aws: str
    source: str
    relied_on: str
    look: Look


def make_probes(service: str, *rows: Row) -> tuple[Probe, ...]:
    """Return the probes of one service."""
    return tuple(
        Probe(name=name, service=service, aws=aws, source=source, relied_on=relied_on, look=look)
        for name, aws, source, relied_on, look in rows
    )


def run_probe(probe: Probe, target: Target) -> str:
    """Return what the probe sees; an error is described by the service's own code."""
    try:
        return probe.look(target)
    except ClientError as error:
        code = read_code(error)
        return f"absent: {code}" if code in _ABSENT else f"refused: {code}"
    except (BotoCoreError, OSError, LookupError, TypeError, ValueError) as error:
        # Something is missing, or is not of the shape that AWS documents.
        return f"unreadable: {type(error).__name__}"


def compare_with_aws(probe: Probe, seen: str) -> Comparison:
    """Return how what was seen compares with AWS."""
    if seen == probe.aws:
        return "as AWS"
    return "absent" if seen.startswith("absent") else "differs"


def read_code(error: ClientError) -> str:
    """Return the service's own code of an error."""
    return str(error.response.get("Error", {}).get("Code", "")) or "none"


def describe_call(call: Callable[[], object]) -> str:
    """Return ``ok``, or the status and the code with which a call was refused."""
    try:
        call()
    except ClientError as error:
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        return f"{status} {read_code(error)}"
    return "ok"
