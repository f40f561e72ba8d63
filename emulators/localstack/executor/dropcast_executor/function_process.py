"""One execution environment: a process of AWS's own runtime client, served by the Runtime API.

It lives from invocation to invocation. A process that ended, or was killed because its time was up,
is started again for the next one.
"""

import os
import queue
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from .child import Child
from .runtime_api import Invocation, RuntimeApi, RuntimeEvent, describe_error


class InitError(Exception):
    """The function's module did not load; ``payload`` is the error as the runtime sent it."""

    def __init__(self, payload: bytes) -> None:
        super().__init__(payload.decode(errors="replace"))
        self.payload = payload


@dataclass(frozen=True, kw_only=True)
class Function:
    """What runs, and how.

    ``python``        the interpreter that the layers were built for; it has awslambdaric and boto3
    ``python_paths``  where imports are looked for
    ``environment``   all environment variables of the process
    ``folder``        of this execution environment alone: its /tmp and its log
    """

    python: str
    handler: str
    version: str
    task: Path
    python_paths: tuple[str, ...]
    environment: Mapping[str, str]
    memory_mb: int
    timeout_seconds: float
    folder: Path


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How an invocation ended: its payload, or its error's, and what was logged meanwhile."""

    payload: bytes
    is_error: bool
    logs: str


class FunctionProcess:
    """A process that is started, invoked any number of times, one at a time, and stopped."""

    def __init__(self, function: Function) -> None:
        self._function = function
        self._api: RuntimeApi | None = None
        self._process: Child | None = None
        self._init_ms: float | None = None
        self._read_bytes = 0
        self._log = function.folder / "log"
        self._stopped = False
        self._guard = threading.Lock()

    def start(self, timeout_seconds: float) -> None:
        """Start the process and wait until it requests work; raise :class:`InitError`."""
        began = time.monotonic()
        api = self._spawn()
        event = _wait(api, ("next", "init error", "exit"), began + timeout_seconds)
        if event is not None and event.kind == "next":
            self._init_ms = (time.monotonic() - began) * 1000
            return
        self._kill()
        if event is None:
            message = f"Error: Init timed out after {timeout_seconds:.2f} seconds"
            raise InitError(describe_error("Sandbox.Timedout", message))
        raise InitError(event.payload if event.kind == "init error" else _describe_exit(event, ""))

    def invoke(self, invocation: Invocation, start_timeout_seconds: float) -> Outcome:
        """Return how the invocation ended; its deadline is counted from when the process is ready.

        A function that outlives its time is killed.
        """
        if not self._is_alive():
            # A process that ended by itself still has its API.
            self._kill()
            try:
                self.start(start_timeout_seconds)
            except InitError as error:
                return Outcome(payload=error.payload, is_error=True, logs=self.read_logs())
        api, began = self._api, time.monotonic()
        assert api is not None
        deadline = began + self._function.timeout_seconds
        wall_ms = int((time.time() + self._function.timeout_seconds) * 1000)
        api.offer(replace(invocation, deadline_ms=wall_ms))
        event = _wait(api, ("response", "error", "exit"), deadline)
        if event is not None and event.kind != "exit":
            # AWS counts an invocation as ended once the runtime requests the next one: everything
            # is logged by then.
            _wait(api, ("next", "exit"), deadline)
        peak_mb = self._read_peak_mb()
        if event is None or event.kind == "exit":
            self._kill()
        milliseconds = (time.monotonic() - began) * 1000
        logs = self._write_report(invocation.request_id, milliseconds, peak_mb)
        if event is None:
            seconds = self._function.timeout_seconds
            message = (
                f"RequestId: {invocation.request_id} Error: Task timed out after {seconds:.2f} "
                "seconds"
            )
            payload = describe_error("Sandbox.Timedout", message)
        elif event.kind == "exit":
            payload = _describe_exit(event, invocation.request_id)
        else:
            payload = event.payload
        is_error = event is None or event.kind != "response"
        return Outcome(payload=payload, is_error=is_error, logs=logs)

    def stop(self) -> None:
        """End the process for good and remove its files."""
        with self._guard:
            self._stopped = True
        self._kill()
        shutil.rmtree(self._function.folder, ignore_errors=True)

    def read_logs(self) -> str:
        """Return what was logged since the last time."""
        if not self._log.exists():
            return ""
        with self._log.open("rb") as stream:
            stream.seek(self._read_bytes)
            found = stream.read()
        self._read_bytes += len(found)
        return found.decode(errors="replace")

    def _spawn(self) -> RuntimeApi:
        function = self._function
        temporary = function.folder / "tmp"
        temporary.mkdir(parents=True, exist_ok=True)
        api = RuntimeApi()

        def report_exit(status: int) -> None:
            api.events.put(RuntimeEvent(kind="exit", payload=str(status).encode()))

        with self._guard, self._log.open("ab") as log:
            if self._stopped:
                api.close()
                raise InitError(describe_error("Sandbox.Stopped", "Error: the environment ended"))
            process = subprocess.Popen(
                [function.python, "-m", "awslambdaric", function.handler],
                cwd=function.task,
                env={
                    **function.environment,
                    "AWS_LAMBDA_RUNTIME_API": api.address,
                    "LAMBDA_TASK_ROOT": str(function.task),
                    "PYTHONPATH": os.pathsep.join(function.python_paths),
                    "TMPDIR": str(temporary),
                },
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            self._api = api
            self._process = Child(process, report_exit)
        return api

    def _is_alive(self) -> bool:
        return self._process is not None and self._process.is_alive()

    def _kill(self) -> None:
        with self._guard:
            process, api = self._process, self._api
            self._process = self._api = None
        if process is not None:
            process.kill()
        if api is not None:
            api.close()

    def _read_peak_mb(self) -> int:
        process = self._process
        try:
            status = Path(f"/proc/{process.pid}/status").read_text() if process else ""
        except OSError:  # it has ended, or this system has no /proc
            return 0
        for line in status.splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) // 1024
        return 0

    def _write_report(self, request_id: str, milliseconds: float, peak_mb: int) -> str:
        """Return the invocation's log between the lines that AWS writes around it."""
        init = "" if self._init_ms is None else f"\tInit Duration: {self._init_ms:.2f} ms"
        self._init_ms = None
        body = self.read_logs()
        if body and not body.endswith("\n"):
            body += "\n"
        return (
            f"START RequestId: {request_id} Version: {self._function.version}\n"
            f"{body}"
            f"END RequestId: {request_id}\n"
            f"REPORT RequestId: {request_id}\tDuration: {milliseconds:.2f} ms\t"
            f"Billed Duration: {int(milliseconds) + 1} ms\t"
            f"Memory Size: {self._function.memory_mb} MB\t"
            f"Max Memory Used: {peak_mb} MB{init}\n"
        )


def _wait(api: RuntimeApi, kinds: tuple[str, ...], deadline: float) -> RuntimeEvent | None:
    """Return the next event of one of these kinds; ``None`` when the time is up."""
    while True:
        try:
            event = api.events.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            return None
        if event.kind in kinds:
            return event


def _describe_exit(event: RuntimeEvent, request_id: str) -> bytes:
    status = int(event.payload)
    if status < 0:
        reason = f"with error: signal: {signal.Signals(-status).name}"
    else:
        reason = f"with error: exit status {status}" if status else "without providing a reason"
    return describe_error(
        "Runtime.ExitError", f"RequestId: {request_id} Error: Runtime exited {reason}"
    )
