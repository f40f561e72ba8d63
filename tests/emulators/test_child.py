"""A child's group ends with it, and an id that it no longer has is never signalled."""

import os
import queue
import signal
import subprocess
from pathlib import Path

import pytest

from emulators.localstack.executor.dropcast_executor.child import Child
from emulators.processes import read_start, wait_until

SECONDS = 30


class Signals:
    """Signals groups, and records which, and whether each leader still had its id."""

    def __init__(self) -> None:
        self.sent: list[tuple[int, bool]] = []

    def __call__(self, group: int, number: int) -> None:
        assert number == signal.SIGKILL
        owned = os.waitid(os.P_PID, group, os.WEXITED | os.WNOWAIT | os.WNOHANG)
        self.sent.append((group, owned is None or owned.si_pid == group))
        os.killpg(group, number)


def start(script: str, file: Path) -> tuple[Child, "queue.Queue[int]", Signals]:
    signals, ends = Signals(), queue.Queue[int]()
    process = subprocess.Popen(["sh", "-c", script, "sh", str(file)], start_new_session=True)
    return Child(process, ends.put, kill_group=signals), ends, signals


def read_pid(file: Path) -> int:
    assert wait_until(lambda: file.exists() and file.read_text() != "", timeout_seconds=SECONDS)
    return int(file.read_text())


def has_ended(pid: int) -> bool:
    return wait_until(lambda: read_start(pid) is None, timeout_seconds=SECONDS)


def test_what_a_process_leaves_behind_ends_with_it(tmp_path: Path) -> None:
    child, ends, signals = start('sleep 600 & echo $! > "$1"; exit 3', tmp_path / "file")
    assert ends.get(timeout=SECONDS) == 3
    assert has_ended(read_pid(tmp_path / "file"))
    assert not child.is_alive()
    assert signals.sent == [(child.pid, True)]


def test_an_id_that_is_no_longer_the_childs_is_not_signalled(tmp_path: Path) -> None:
    child, ends, signals = start("exit 0", tmp_path / "file")
    assert ends.get(timeout=SECONDS) == 0
    with pytest.raises(ChildProcessError):
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOHANG)
    child.kill()
    child.kill()
    assert signals.sent == [(child.pid, True)]
    assert ends.empty()


def test_a_living_one_is_ended_with_all_that_it_started(tmp_path: Path) -> None:
    child, ends, signals = start('sleep 600 & echo $! > "$1"; wait', tmp_path / "file")
    grandchild = read_pid(tmp_path / "file")
    assert child.is_alive()
    child.kill()
    assert not child.is_alive()
    assert ends.get(timeout=SECONDS) == -signal.SIGKILL
    assert has_ended(grandchild)
    assert all(owned for _, owned in signals.sent)


def test_one_whose_status_another_caller_took_is_reported_and_not_signalled() -> None:
    process = subprocess.Popen(["sh", "-c", "exit 0"], start_new_session=True)
    os.waitpid(process.pid, 0)
    signals, ends = Signals(), queue.Queue[int]()
    child = Child(process, ends.put, kill_group=signals)
    assert ends.get(timeout=SECONDS) == 0
    child.kill()
    assert (child.is_alive(), signals.sent) == (False, [])
