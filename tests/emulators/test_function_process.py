"""Functions as processes of AWS's own runtime client, without LocalStack."""

import json
import os
import signal
import sys
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from emulators.localstack.executor.dropcast_executor.function_process import (
    Function,
    FunctionProcess,
    InitError,
)
from emulators.localstack.executor.dropcast_executor.layers import list_python_paths
from emulators.localstack.executor.dropcast_executor.runtime_api import Invocation
from emulators.localstack.install import install_functions
from emulators.processes import wait_until
from toolchain.project import ROOT

pytestmark = pytest.mark.e2e

START_SECONDS = 60
CODE = """
import os, subprocess, sys, time
from layered import NAME

def handle(event, context):
    print("called with", event)
    match event:
        case {"sleep": seconds}:
            child = subprocess.Popen(["sleep", "600"])
            with open(event["file"], "w") as file:
                file.write(str(child.pid))
            time.sleep(seconds)
        case {"exit": status}:
            os._exit(status)
        case {"raise": message}:
            raise LookupError(message)
    return {
        "layer": NAME,
        "pid": os.getpid(),
        "minor": sys.version_info[1],
        "request": context.aws_request_id,
        "left": context.get_remaining_time_in_millis() / 1000,
        "memory": context.memory_limit_in_mb,
        "trace": os.environ.get("_X_AMZN_TRACE_ID"),
        "temporary": os.environ["TMPDIR"],
        "names": sorted(os.environ),
    }
"""


@pytest.fixture(scope="module")
def python() -> str:
    return str(install_functions(ROOT))


def make_function(
    python: str, folder: Path, code: str = CODE, timeout_seconds: float = 30
) -> Function:
    for name, text in {
        "task/handler.py": code,
        "opt/python/layered.py": "NAME = 'a layer'",
    }.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    version = ".".join(map(str, sys.version_info[:2]))
    return Function(
        python=python,
        handler="handler.handle",
        version="$LATEST",
        task=folder / "task",
        python_paths=tuple(list_python_paths(folder / "task", folder / "opt", version)),
        environment={"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256", "PATH": os.environ["PATH"]},
        memory_mb=256,
        timeout_seconds=timeout_seconds,
        folder=folder / "environment",
    )


@pytest.fixture
def process(python: str, tmp_path: Path) -> Iterator[FunctionProcess]:
    started = FunctionProcess(make_function(python, tmp_path))
    started.start(START_SECONDS)
    yield started
    started.stop()


def invoke(
    process: FunctionProcess, event: object, request_id: str = "r1"
) -> tuple[bool, dict[str, object], str]:
    invocation = Invocation(
        request_id=request_id,
        function_arn="arn:aws:lambda:us-east-1:000000000000:function:probe",
        trace_id="Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1",
        payload=json.dumps(event).encode(),
        deadline_ms=0,
    )
    outcome = process.invoke(invocation, START_SECONDS)
    return outcome.is_error, json.loads(outcome.payload), outcome.logs


def test_a_function_runs_with_its_layers_and_the_context_that_aws_gives_it(
    process: FunctionProcess, tmp_path: Path
) -> None:
    failed, result, logs = invoke(process, {}, "r7")
    assert not failed
    assert (result["layer"], result["request"], result["memory"]) == ("a layer", "r7", "256")
    assert result["minor"] == sys.version_info[1]
    assert isinstance(result["left"], float)
    assert 20 < result["left"] <= 30
    assert str(result["trace"]).startswith("Root=1-5759e988")
    assert result["temporary"] == str(tmp_path / "environment/tmp")
    assert "HOME" not in result["names"]  # type: ignore[operator] # a list
    lines = logs.splitlines()
    assert lines[0] == "START RequestId: r7 Version: $LATEST"
    assert lines[1] == "called with {}"
    assert lines[-2] == "END RequestId: r7"
    assert lines[-1].startswith("REPORT RequestId: r7\tDuration: ")
    assert "Memory Size: 256 MB" in lines[-1]
    assert "Init Duration" in lines[-1]


def test_a_warm_process_runs_again_and_logs_only_its_own_lines(process: FunctionProcess) -> None:
    _, first, _ = invoke(process, {"n": 1})
    _, second, logs = invoke(process, {"n": 2})
    assert first["pid"] == second["pid"]
    assert "called with {'n': 2}" in logs
    assert "called with {'n': 1}" not in logs
    assert "Init Duration" not in logs


def test_an_exception_is_named_by_its_class_and_the_process_goes_on(
    process: FunctionProcess,
) -> None:
    _, before, _ = invoke(process, {})
    failed, error, logs = invoke(process, {"raise": "no such row"})
    assert failed
    assert (error["errorType"], error["errorMessage"]) == ("LookupError", "no such row")
    assert "Traceback" in logs
    _, after, _ = invoke(process, {})
    assert after["pid"] == before["pid"]


def test_a_function_that_outlives_its_time_is_killed_with_what_it_started(
    python: str, tmp_path: Path
) -> None:
    process = FunctionProcess(make_function(python, tmp_path, timeout_seconds=1.5))
    process.start(START_SECONDS)
    _, before, _ = invoke(process, {})
    file = tmp_path / "pid"
    failed, error, logs = invoke(process, {"sleep": 600, "file": str(file)}, "r9")
    assert failed
    assert error == {
        "errorType": "Sandbox.Timedout",
        "errorMessage": "RequestId: r9 Error: Task timed out after 1.50 seconds",
    }
    assert "called with" in logs
    assert not is_running(int(file.read_text()))
    _, after, _ = invoke(process, {})
    assert after["pid"] != before["pid"]
    process.stop()
    assert not is_running(int(str(after["pid"])))
    assert not (tmp_path / "environment").exists()


def test_a_function_that_ends_its_process_is_an_error_and_runs_again(
    process: FunctionProcess,
) -> None:
    failed, error, _ = invoke(process, {"exit": 3})
    assert failed
    assert error["errorType"] == "Runtime.ExitError"
    assert "exit status 3" in str(error["errorMessage"])
    failed, _, logs = invoke(process, {})
    assert not failed
    assert "Init Duration" in logs


def test_a_process_that_ended_between_two_invocations_leaves_nothing_behind(
    process: FunctionProcess,
) -> None:
    _, result, _ = invoke(process, {})
    threads = threading.active_count()
    for _ in range(3):
        pid = int(str(result["pid"]))
        os.kill(pid, signal.SIGKILL)
        assert wait_until(partial(has_ended, pid), timeout_seconds=START_SECONDS)
        failed, result, logs = invoke(process, {})
        assert (failed, "Init Duration" in logs) == (False, True)
    # Each crash left a server of the Runtime API once.
    assert wait_until(lambda: threading.active_count() <= threads, timeout_seconds=START_SECONDS)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("import no_such_module", "Runtime.ImportModuleError"),
        ("x = 1", "Runtime.HandlerNotFound"),
        ("import os; os._exit(0)", "Runtime.ExitError"),
    ],
)
def test_a_module_that_does_not_load_fails_the_start_with_its_error(
    python: str, tmp_path: Path, code: str, kind: str
) -> None:
    process = FunctionProcess(make_function(python, tmp_path, code))
    with pytest.raises(InitError) as failed:
        process.start(START_SECONDS)
    assert json.loads(failed.value.payload)["errorType"] == kind
    process.stop()


def test_a_start_that_takes_too_long_is_given_up(python: str, tmp_path: Path) -> None:
    process = FunctionProcess(make_function(python, tmp_path, "import time; time.sleep(600)"))
    with pytest.raises(InitError, match=r"Init timed out after 0\.50 seconds"):
        process.start(0.5)
    process.stop()


def has_ended(pid: int) -> bool:
    return not is_running(pid)


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in "ZX"
