"""The processes of one local cloud: found by a mark in their environment, ended by their id.

A process id alone does not identify a process: another program may have it by now. So each cloud
gets a random mark in its environment, which every worker that it starts inherits, and only
processes with that mark are ever signalled. Where /proc is missing (macOS), the start time of the
first process and its process group are used instead, which is a little less certain.
"""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

MARK = "DROPCAST_CLOUD_MARK"
_PROC = Path("/proc")
_POLL_SECONDS = 0.05
_START_SECONDS = 10.0
_ENDED = frozenset("ZXx")


def wait_until(is_done: Callable[[], bool], *, timeout_seconds: float) -> bool:
    """Poll until ``is_done``; return whether that came in time."""
    deadline = time.monotonic() + timeout_seconds
    while not is_done():
        if time.monotonic() >= deadline:
            return False
        time.sleep(_POLL_SECONDS)
    return True


def read_start(pid: int) -> str | None:
    """Return when the process started, as its system writes it.

    ``None`` if there is no such process, or if it has ended and only its parent has not read its
    status: by then all its files and ports are closed.
    """
    if _PROC.exists():
        try:
            text = (_PROC / str(pid) / "stat").read_text()
        except OSError:
            return None
        # The name, in parentheses, may hold blanks; after it come the state (field 3 of stat) and,
        # as field 22, the start in clock ticks.
        fields = text.rpartition(")")[2].split()
        return None if fields[0] in _ENDED else fields[19]
    listed = subprocess.run(
        ["ps", "-o", "state=,lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    state, _, started = listed.stdout.strip().partition(" ")
    return None if not state or state[0] in _ENDED else started.strip()


def list_marked(mark: str, *, leader: int, started: str) -> list[int]:
    """Return the ids of the living processes that belong to the mark, the leader first."""
    if _PROC.exists():
        wanted = f"{MARK}={mark}".encode()
        found = [
            int(entry.name)
            for entry in _PROC.iterdir()
            if entry.name.isdigit() and wanted in _read_environment(entry)
        ]
    elif read_start(leader) == started:
        listed = subprocess.run(
            ["ps", "-A", "-o", "pid=,pgid="], capture_output=True, text=True, check=True
        )
        pairs = [line.split() for line in listed.stdout.splitlines()]
        found = [int(pid) for pid, group in pairs if int(group) == leader]
    else:
        found = []
    return sorted(found, key=lambda pid: (pid != leader, pid))


def _read_environment(entry: Path) -> list[bytes]:
    try:
        return (entry / "environ").read_bytes().split(b"\0")
    except OSError:  # it ended meanwhile, or is another user's
        return []


def end_marked(mark: str, *, leader: int, started: str, patience_seconds: float = 5.0) -> bool:
    """End every process of the mark, by SIGTERM and then SIGKILL; return whether none is left.

    A process loses its environment, and with it the mark, before its ports are closed. So a process
    that was found once is watched by id and start until it has ended.
    """
    watched: dict[int, str] = {}

    def watch_more() -> None:
        for pid in list_marked(mark, leader=leader, started=started):
            start = read_start(pid)
            if start is not None:
                watched.setdefault(pid, start)

    def list_left() -> list[int]:
        return [pid for pid, start in watched.items() if read_start(pid) == start]

    def is_gone() -> bool:
        watch_more()
        return not list_left()

    for number in (signal.SIGTERM, signal.SIGKILL):
        watch_more()
        for pid in list_left():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
        if wait_until(is_gone, timeout_seconds=patience_seconds):
            if leader in watched:
                _reap(leader)
            return True
    return False


def _reap(pid: int) -> None:
    # It is a child to be reaped only where this process started the cloud.
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)


def start_detached(
    command: list[str], *, environment: dict[str, str], log: Path
) -> tuple[int, str]:
    """Start a command in a session of its own, output to ``log``; return its id and start.

    It outlives its starter, and Ctrl-C in the starter's terminal does not reach it. It has its
    environment when this returns; on a busy machine that takes a moment after the start.
    """
    writing = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    pid = os.posix_spawn(
        command[0],
        command,
        environment,
        setsid=True,
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, str(log), writing, 0o644),
            (os.POSIX_SPAWN_DUP2, 1, 2),
        ],
    )
    started = read_start(pid) or ""
    if _PROC.exists():
        entry = _PROC / str(pid)
        wait_until(
            lambda: read_start(pid) != started or _read_environment(entry) not in ([], [b""]),
            timeout_seconds=_START_SECONDS,
        )
    return pid, started
