"""A child process in a process group of its own, which is signalled only while it has its id.

A process that has ended keeps its id until its parent reads its status. So a single thread reads
it, and only after it has ended every process that the child left behind; an id that may belong to
another program by then is never signalled.
"""

import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Callable

KillGroup = Callable[[int, int], None]


class Child:
    """Watches a process that leads a group, and calls ``on_end`` once with its exit status."""

    def __init__(
        self,
        process: subprocess.Popen[bytes],
        on_end: Callable[[int], None],
        *,
        kill_group: KillGroup = os.killpg,
    ) -> None:
        self._process = process
        self._on_end = on_end
        self._kill_group = kill_group
        self._guard = threading.Lock()
        self._ended = threading.Event()
        threading.Thread(target=self._watch, daemon=True).start()

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._process.pid

    def is_alive(self) -> bool:
        """Return whether the process still runs."""
        with self._guard:
            if self._process.returncode is not None:
                return False
            try:
                return os.waitid(os.P_PID, self.pid, _PEEK | os.WNOHANG) is None
            except ChildProcessError:
                return False

    def kill(self) -> None:
        """End the process and everything that it started, and wait for its end.

        A process that has ended already is fine.
        """
        with self._guard:
            if self._process.returncode is None:
                with contextlib.suppress(ChildProcessError):
                    os.waitid(os.P_PID, self.pid, _PEEK | os.WNOHANG)
                    self._end_group()
        self._ended.wait()

    def _watch(self) -> None:
        is_ours = True
        try:
            os.waitid(os.P_PID, self.pid, _PEEK)
        except (
            ChildProcessError
        ):  # another caller has read the status: the id may be another program's
            is_ours = False
        with self._guard:
            if is_ours:
                self._end_group()
            status = self._process.wait()
        self._ended.set()
        self._on_end(status)

    def _end_group(self) -> None:
        # macOS calls a group of none but ended processes forbidden.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            self._kill_group(self.pid, signal.SIGKILL)


# Wait for the end and leave the status, and with it the id, in place.
_PEEK = os.WEXITED | os.WNOWAIT
