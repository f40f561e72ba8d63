"""A handler timed in a process of its own, under ``awslambdaric`` and a local Runtime API."""

import json
import queue
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from emulators.localstack.executor.dropcast_executor.runtime_api import Invocation, RuntimeApi

_ARN = "arn:aws:lambda:us-east-1:000000000000:function:bench"
_TIMEOUT_SECONDS = 60.0  # of one event
_POLL_SECONDS = 0.25


class HandlerFailedError(Exception):
    """The process under the Runtime API ended, reported an error or never responded."""


@dataclass(frozen=True, kw_only=True)
class Invoked:
    """What a fresh process did.

    ``first_ms``   from the process's start to its first response
    ``later_ms``   of each later event, from its hand-over to its response
    ``responses``  all of them, decoded
    """

    first_ms: float
    later_ms: tuple[float, ...]
    responses: tuple[Any, ...]


@dataclass(kw_only=True)
class _Progress:
    """When events were handed over and responses came, by ``time.perf_counter``."""

    moved_at: float
    handed_at: list[float] = field(default_factory=list)
    responded_at: list[float] = field(default_factory=list)
    responses: list[bytes] = field(default_factory=list)
    error: str = ""


def invoke_fresh(
    command: Sequence[str | Path],
    environment: Mapping[str, str],
    events: Sequence[object],
    *,
    patience: float = _TIMEOUT_SECONDS,
) -> Invoked:
    """Start ``command`` as a Lambda runtime, hand it the events one by one and end it.

    Each event may take ``patience`` seconds; the first one's count from the process's start.
    Raises ``HandlerFailedError``.
    """
    api = RuntimeApi()
    for number, event in enumerate(events):
        # All are waiting when the process starts, so that no thread has to wake up between two.
        # Each has at least its own time until its deadline.
        deadline = time.time() + _TIMEOUT_SECONDS * (number + 1)
        api.offer(
            Invocation(
                request_id=f"request-{number}",
                function_arn=_ARN,
                trace_id="",
                payload=json.dumps(event).encode(),
                deadline_ms=int(deadline * 1000),
            )
        )
    started = time.perf_counter()
    process = subprocess.Popen(
        [str(word) for word in command],
        env={**environment, "AWS_LAMBDA_RUNTIME_API": api.address},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    progress = _Progress(moved_at=started)
    try:
        _follow(process, api, progress, wanted=len(events), patience=patience)
    finally:
        process.kill()
        _, output = process.communicate()
        api.close()
    if progress.error or len(progress.responses) < len(events):
        raise HandlerFailedError(
            f"`{' '.join(map(str, command))}` gave {len(progress.responses)} of {len(events)} "
            f"responses: {progress.error or output.decode(errors='replace')[-2000:]}"
        )
    pairs = zip(progress.handed_at, progress.responded_at, strict=True)
    times = [(responded - handed) * 1000 for handed, responded in pairs]
    return Invoked(
        first_ms=(progress.responded_at[0] - started) * 1000,
        later_ms=tuple(times[1:]),
        responses=tuple(json.loads(response) for response in progress.responses),
    )


def _follow(
    process: subprocess.Popen[bytes],
    api: RuntimeApi,
    progress: _Progress,
    *,
    wanted: int,
    patience: float,
) -> None:
    """Fill in ``progress`` until all responses came, an error did, or an event took too long."""
    while len(progress.responses) < wanted and not progress.error:
        try:
            event = api.events.get(timeout=_POLL_SECONDS)
        except queue.Empty:
            if process.poll() is not None or time.perf_counter() > progress.moved_at + patience:
                return
            continue
        progress.moved_at = event.at
        if event.kind == "next":
            progress.handed_at.append(event.at)
        elif event.kind == "response":
            progress.responded_at.append(event.at)
            progress.responses.append(event.payload)
        else:
            progress.error = event.payload.decode(errors="replace")[:2000]
