"""Whose request it is, and the end of its process.

Each worker of a function gets a session of its own role that no other worker has, so a request's
access key tells the very process that sent it.
"""

import hashlib
import os
import signal
import threading
import time
from collections.abc import Callable, Iterable
from types import SimpleNamespace
from typing import Any

from ministack.core import lambda_runtime
from ministack.services import lambda_svc, stepfunctions, sts

# AWS's word for a process that ended while it was at work.
EXITED = "Runtime.ExitError"
KILLED = "RequestId: unknown Error: Runtime exited with error: signal: killed"
_DIED = "Worker process died"
_spawning = threading.local()
_lock = threading.Lock()
_by_access_key: dict[str, Any] = {}
_invocations: dict[int, int] = {}
_requests: dict[int, int] = {}
_state = SimpleNamespace(answering=frozenset(), running=0, last_busy=time.monotonic(), spawned=0)


def install() -> None:
    """Put the hooks in their places; MiniStack has none of its own."""
    worker = lambda_runtime.Worker
    worker._spawn = knowing_the_spawner(worker._spawn)  # noqa: SLF001
    worker.invoke = counting_invocations(worker.invoke)
    lambda_runtime.execution_credentials = with_own_session(lambda_runtime.execution_credentials)
    lambda_svc._execute_function_warm = naming_kills(  # noqa: SLF001
        lambda_svc._execute_function_warm  # noqa: SLF001
    )


def knowing_the_spawner(spawn: Callable[[Any], None]) -> Callable[[Any], None]:
    """Return ``spawn`` with the worker known to what it calls."""

    def spawn_known(worker: Any) -> None:
        _spawning.worker = worker
        _state.spawned += 1
        spawn(worker)

    return spawn_known


def with_own_session(
    make: Callable[[dict[str, Any]], dict[str, str]],
) -> Callable[[dict[str, Any]], dict[str, str]]:
    """Return ``make`` with keys that are this worker's alone."""

    def make_own(config: dict[str, Any]) -> dict[str, str]:
        given = make(config)
        worker = getattr(_spawning, "worker", None)
        if worker is None or not given["AWS_ACCESS_KEY_ID"].startswith("ASIA"):
            return given
        session = sts._sessions[given["AWS_ACCESS_KEY_ID"]]  # noqa: SLF001
        mark = hashlib.sha256(os.urandom(16)).hexdigest()[:16].upper()
        sts.register_session(f"ASIA{mark}", dict(session))
        with _lock:
            _by_access_key[f"ASIA{mark}"] = worker
        return {**given, "AWS_ACCESS_KEY_ID": f"ASIA{mark}"}

    return make_own


def counting_invocations(invoke: Callable[..., Any]) -> Callable[..., Any]:
    """Return ``invoke`` that counts what is at work, and names a dead process as AWS does."""

    def invoke_counted(worker: Any, *arguments: Any, **named: Any) -> Any:
        counts = worker.func_name not in _state.answering
        with _lock:
            _state.running += counts
            _requests[id(worker)] = 0
        try:
            answer = invoke(worker, *arguments, **named)
        finally:
            with _lock:
                _state.running -= counts
                if counts:
                    _state.last_busy = time.monotonic()
        if isinstance(answer, dict) and answer.get("error") == _DIED:
            answer["error"] = KILLED
        return answer

    return invoke_counted


def naming_kills(execute: Callable[..., Any]) -> Callable[..., Any]:
    """Return ``execute`` that tells of a killed process by AWS's name for it."""

    def execute_named(*arguments: Any, **named: Any) -> Any:
        answer = execute(*arguments, **named)
        body = answer.get("body")
        if answer.get("error") and isinstance(body, dict) and body.get("errorMessage") == KILLED:
            body["errorType"] = EXITED
        return answer

    return execute_named


def find_worker(access_key: str) -> Any | None:
    """Return the worker whose session this is."""
    return _by_access_key.get(access_key)


def number_request(worker: Any) -> int:
    """Return the ordinal of a request in its worker's invocation, from 1."""
    with _lock:
        _requests[id(worker)] = _requests.get(id(worker), 0) + 1
        return _requests[id(worker)]


def leave_out(functions: Iterable[str]) -> None:
    """Say which functions somebody waits for: as long as these alone are at work all is quiet."""
    _state.answering = frozenset(functions)


def kill(worker: Any) -> None:
    """End a worker's process at once, as the kernel ends one that has no memory left."""
    process = worker._proc  # noqa: SLF001 - it is MiniStack's
    if process is not None and process.poll() is None:
        os.kill(process.pid, signal.SIGKILL)


def tell_idle_seconds() -> float:
    """Return for how long no function and no execution has been at work."""
    with _lock:
        at_work = _state.running > 0
    runs = [run["status"] for run in _list_executions()]
    if at_work or "RUNNING" in runs:
        touch()
    return float(time.monotonic() - _state.last_busy)


def touch() -> None:
    """Say that something is going on."""
    _state.last_busy = time.monotonic()


def count_spawned() -> int:
    """Return how many processes were started."""
    return int(_state.spawned)


def _list_executions() -> list[dict[str, Any]]:
    return list(stepfunctions._executions._data.values())  # noqa: SLF001
