"""Finding and ending the processes of one mark, and no other."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from emulators.processes import (
    MARK,
    end_marked,
    list_marked,
    read_start,
    start_detached,
    wait_until,
)

SLEEPER = "import signal; signal.pause()"
DEAF = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True)"
PARENT = (
    "import subprocess, sys; "
    "subprocess.Popen([sys.executable, '-c', 'import signal; signal.pause()'], "
    "start_new_session=True); "
)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "log"


@pytest.fixture
def mark() -> Iterator[str]:
    """A mark of this test's own; what a failed test leaves behind ends with it."""
    chosen = f"test {os.getpid()} {time.monotonic_ns()}"
    yield chosen
    end_marked(chosen, leader=0, started="")


@pytest.fixture
def bystander() -> Iterator[int]:
    """A process of another program, with another mark."""
    with subprocess.Popen([sys.executable, "-c", SLEEPER], env={MARK: "another"}) as process:
        yield process.pid
        process.kill()


def start(code: str, log: Path, mark: str) -> tuple[int, str]:
    return start_detached([sys.executable, "-c", code], environment={MARK: mark}, log=log)


def test_only_the_processes_of_the_mark_end(log: Path, mark: str, bystander: int) -> None:
    pid, started = start(SLEEPER, log, mark)
    assert list_marked(mark, leader=pid, started=started) == [pid]
    assert end_marked(mark, leader=pid, started=started)
    assert list_marked(mark, leader=pid, started=started) == []
    assert read_start(bystander) is not None


@pytest.mark.skipif(not Path("/proc").exists(), reason="needs the environment of a process")
def test_a_worker_in_a_session_of_its_own_ends_after_its_parent_was_killed(
    log: Path, mark: str
) -> None:
    pid, started = start(PARENT + SLEEPER, log, mark)
    assert wait_until(
        lambda: len(list_marked(mark, leader=pid, started=started)) == 2, timeout_seconds=10
    )
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    assert len(list_marked(mark, leader=pid, started=started)) == 1
    assert end_marked(mark, leader=pid, started=started)
    assert list_marked(mark, leader=pid, started=started) == []


def test_a_process_that_ignores_the_polite_signal_is_ended(log: Path, mark: str) -> None:
    pid, started = start(f"{DEAF}; {SLEEPER.replace('import signal; ', '')}", log, mark)
    assert wait_until(lambda: "deaf" in log.read_text(), timeout_seconds=10)
    assert end_marked(mark, leader=pid, started=started, patience_seconds=0.3)
    assert read_start(pid) is None


@pytest.mark.enable_socket
def test_a_port_is_closed_when_the_end_is_reported(log: Path, mark: str) -> None:
    """A process gives up its environment before its ports, and the gap grows with its memory."""
    code = (
        "import signal, socket; held = bytearray(200_000_000); held[::4096] = b'x' * 48829; "
        "server = socket.create_server(('127.0.0.1', 0)); "
        "print(server.getsockname()[1], flush=True); signal.pause()"
    )
    for _ in range(3):
        pid, started = start(code, log, mark)
        assert wait_until(lambda: log.read_text().endswith("\n"), timeout_seconds=20)
        port = int(log.read_text())
        assert end_marked(mark, leader=pid, started=started)
        assert read_start(pid) is None
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", port)) != 0


def test_a_reused_process_id_is_never_ended(bystander: int) -> None:
    started = read_start(bystander)
    assert started is not None
    assert end_marked("long gone", leader=bystander, started="another start")
    assert read_start(bystander) == started


def test_a_wait_returns_whether_it_came_true_in_time() -> None:
    results = iter([False, False, True])
    assert wait_until(lambda: next(results), timeout_seconds=5)
    assert not wait_until(lambda: False, timeout_seconds=0)
