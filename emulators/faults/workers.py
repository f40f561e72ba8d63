"""Which process sent a request, how to kill it, and whether anything is still at work.

Each worker of a function gets a session of its own role that no other worker has, so a request's
access key identifies the process that sent it.
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

# AWS's name for the error of a process that ended while it was at work.
EXITED = "Runtime.ExitError"
KILLED = "RequestId: unknown Error: Runtime exited with error: signal: killed"
_DIED = "Worker process died"
_spawning = threading.local()
_lock = threading.Lock()
_by_access_key: dict[str, Any] = {}
_requests: dict[int, int] = {}
_state = SimpleNamespace(answering=frozenset(), running=0, last_busy=time.monotonic())


def install() -> None:
    """Install the hooks; MiniStack has none of its own."""
    worker = lambda_runtime.Worker
    worker._spawn = remember_spawner(worker._spawn)  # noqa: SLF001
    worker.invoke = count_invocations(worker.invoke)
    lambda_runtime.execution_credentials = give_own_session(lambda_runtime.execution_credentials)
    lambda_svc._execute_function_warm = name_kills(  # noqa: SLF001
        lambda_svc._execute_function_warm  # noqa: SLF001
    )


def remember_spawner(spawn: Callable[[Any], None]) -> Callable[[Any], None]:
    """Return ``spawn`` with the worker known to what it calls."""

    def spawn_known(worker: Any) -> None:
        _spawning.worker = worker
        spawn(worker)

    return spawn_known


def give_own_session(
    make: Callable[[dict[str, Any]], dict[str, str]],
) -> Callable[[dict[str, Any]], dict[str, str]]:
    """Return ``make`` with credentials that only this worker has."""

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


def count_invocations(invoke: Callable[..., Any]) -> Callable[..., Any]:
    """Return ``invoke`` that counts what is at work, and names a dead process as AWS does."""

    def invoke_counted(worker: Any, *arguments: Any, **named: Any) -> Any:
        counts = worker.func_name not in _state.answering
        with _lock:
            _state.running += counts
            _requests[id(worker)] = 0
        try:
            result = invoke(worker, *arguments, **named)
        finally:
            with _lock:
                _state.running -= counts
                if counts:
                    _state.last_busy = time.monotonic()
        if isinstance(result, dict) and result.get("error") == _DIED:
            result["error"] = KILLED
        return result

    return invoke_counted


def name_kills(execute: Callable[..., Any]) -> Callable[..., Any]:
    """Return ``execute`` that gives the error of a killed process AWS's name."""

    def execute_named(*arguments: Any, **named: Any) -> Any:
        result = execute(*arguments, **named)
        body = result.get("body")
        if result.get("error") and isinstance(body, dict) and body.get("errorMessage") == KILLED:
            body["errorType"] = EXITED
        return result

    return execute_named


def find_worker(access_key: str) -> Any | None:
    """Return the worker that has this session."""
    return _by_access_key.get(access_key)


def number_request(worker: Any) -> int:
    """Return the ordinal of a request in its worker's invocation, from 1."""
    with _lock:
        _requests[id(worker)] = _requests.get(id(worker), 0) + 1
        return _requests[id(worker)]


def exclude_from_idle(functions: Iterable[str]) -> None:
    """Set the functions whose work does not count as busy, because a caller waits for it."""
    _state.answering = frozenset(functions)


def kill(worker: Any) -> None:
    """End a worker's process at once, as the kernel ends one that has no memory left."""
    process = worker._proc  # noqa: SLF001 - it is MiniStack's
    if process is not None and process.poll() is None:
        os.kill(process.pid, signal.SIGKILL)


def measure_idle_seconds() -> float:
    """Return for how long no function and no execution has been at work."""
    with _lock:
        at_work = _state.running > 0
    executions = stepfunctions._executions._data  # noqa: SLF001
    if at_work or "RUNNING" in [run["status"] for run in list(executions.values())]:
        mark_busy()
    return float(time.monotonic() - _state.last_busy)


def mark_busy() -> None:
    """Record that something is at work now."""
    _state.last_busy = time.monotonic()
