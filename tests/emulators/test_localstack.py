"""LocalStack's parts that need no LocalStack: its Python, layers, the Runtime API, the image."""

import http.client
import json
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulators.cloud import CloudError
from emulators.clouds import CLOUDS, choose_cloud
from emulators.localstack.executor.dropcast_executor.layers import merge_layers
from emulators.localstack.executor.dropcast_executor.runtime_api import (
    MAX_RESPONSE_BYTES,
    VERSION,
    Invocation,
    RuntimeApi,
    RuntimeEvent,
    read_event,
)
from emulators.localstack.image import IMAGE, assert_daemon, assert_fits, make_command
from emulators.localstack.launch import make_settings
from toolchain.pythons import find_python

INVOCATION = Invocation(
    request_id="8f5c",
    function_arn="arn:aws:lambda:us-east-1:000000000000:function:probe",
    trace_id="Root=1-2-3",
    payload=b'{"given": 1}',
    deadline_ms=1_900_000_000_000,
)


def write_program(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def write_layer(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def read_files(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): path.read_text()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_a_cloud_that_is_not_known_is_refused_with_those_that_are() -> None:
    with pytest.raises(CloudError, match="no local cloud 'moto'; known: ministack, localstack"):
        choose_cloud("moto")


def test_the_cloud_is_the_one_asked_for_or_the_environments_or_the_default(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("DROPCAST_CLOUD", raising=False)
    assert choose_cloud() == "ministack"
    monkeypatch.setenv("DROPCAST_CLOUD", "localstack")
    assert choose_cloud() == "localstack"
    assert choose_cloud("ministack") == "ministack"
    assert set(CLOUDS) == {"ministack", "localstack", "localstack-docker"}


@pytest.mark.skipif(sys.version_info[:2] == (3, 13), reason="this very Python is a 3.13")
def test_a_python_is_found_where_pyenv_keeps_it_behind_a_shim_that_fails(tmp_path: Path) -> None:
    write_program(tmp_path / "shims/python3.13", "exit 127")
    python = write_program(tmp_path / "pyenv/versions/3.13.2/bin/python3.13", "echo 3.13")
    write_program(tmp_path / "pyenv/versions/3.13.9/bin/python3.13", "echo 3.12")
    environ = {"PATH": str(tmp_path / "shims"), "PYENV_ROOT": str(tmp_path / "pyenv")}
    assert find_python("3.13", environ) == python


@pytest.mark.skipif(sys.version_info[:2] == (3, 13), reason="this very Python is a 3.13")
def test_no_python_is_found_where_none_runs(tmp_path: Path) -> None:
    write_program(tmp_path / "python3.13", "exit 127")
    assert find_python("3.13", {"PATH": str(tmp_path), "HOME": str(tmp_path)}) is None


def test_a_later_layers_file_wins_and_the_layers_stay_as_they_are(tmp_path: Path) -> None:
    first = write_layer(tmp_path / "1", {"python/a.py": "a1", "python/b/__init__.py": "b1"})
    second = write_layer(tmp_path / "2", {"python/b/__init__.py": "b2", "lib/c.so": "c2"})
    target = tmp_path / "opt/merged"
    merge_layers([first, second], target)
    assert read_files(target) == {
        "python/a.py": "a1",
        "python/b/__init__.py": "b2",
        "lib/c.so": "c2",
    }
    assert read_files(first) == {"python/a.py": "a1", "python/b/__init__.py": "b1"}
    assert [path.name for path in target.parent.iterdir()] == ["merged"]


def test_a_file_takes_a_folders_place_and_a_folder_a_files(tmp_path: Path) -> None:
    first = write_layer(tmp_path / "1", {"x/inner": "1", "y": "1"})
    second = write_layer(tmp_path / "2", {"x": "2", "y/inner": "2"})
    merge_layers([first, second], tmp_path / "opt")
    assert read_files(tmp_path / "opt") == {"x": "2", "y/inner": "2"}


FILES = st.dictionaries(st.sampled_from(["a", "b", "d/a", "d/b", "e/f/a"]), st.text("xyz"))


@given(layers=st.lists(FILES, max_size=5))
def test_merged_layers_are_the_union_in_order(
    tmp_path_factory: pytest.TempPathFactory, layers: list[dict[str, str]]
) -> None:
    folder = tmp_path_factory.mktemp("layers")
    paths = [folder / str(number) for number in range(len(layers))]
    for path, files in zip(paths, layers, strict=True):
        path.mkdir()
        write_layer(path, files)
    merge_layers(paths, folder / "opt")
    wanted = {name: text for files in layers for name, text in files.items()}
    assert read_files(folder / "opt") == wanted


@pytest.fixture
def api() -> Iterator[RuntimeApi]:
    served = RuntimeApi()
    yield served
    served.close()


def call(
    api: RuntimeApi, method: str, path: str, body: bytes | Iterator[bytes] = b""
) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection(api.address, timeout=10)
    connection.request(method, VERSION + path, body=body)
    response = connection.getresponse()
    found = response.status, dict(response.getheaders()), response.read()
    connection.close()
    return found


@pytest.mark.enable_socket
def test_a_runtime_gets_the_next_invocation_with_its_headers(api: RuntimeApi) -> None:
    api.offer(INVOCATION)
    status, headers, body = call(api, "GET", "/invocation/next")
    assert (status, body) == (200, INVOCATION.payload)
    assert {name: value for name, value in headers.items() if name.startswith("Lambda-")} == {
        "Lambda-Runtime-Aws-Request-Id": "8f5c",
        "Lambda-Runtime-Deadline-Ms": "1900000000000",
        "Lambda-Runtime-Invoked-Function-Arn": INVOCATION.function_arn,
        "Lambda-Runtime-Trace-Id": "Root=1-2-3",
    }
    assert api.events.get(timeout=10) == RuntimeEvent(kind="next")


@pytest.mark.enable_socket
@pytest.mark.parametrize(
    ("path", "event"),
    [
        (
            "/invocation/8f5c/response",
            RuntimeEvent(kind="response", request_id="8f5c", payload=b"{}"),
        ),
        ("/invocation/8f5c/error", RuntimeEvent(kind="error", request_id="8f5c", payload=b"{}")),
        ("/init/error", RuntimeEvent(kind="init error", payload=b"{}")),
    ],
)
def test_what_a_runtime_sends_arrives(api: RuntimeApi, path: str, event: RuntimeEvent) -> None:
    assert call(api, "POST", path, b"{}")[0] == 202
    assert api.events.get(timeout=10) == event
    # A body of unknown length comes in chunks.
    assert call(api, "POST", path, iter([b"{", b"}"]))[0] == 202
    assert api.events.get(timeout=10) == event


@pytest.mark.enable_socket
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_path_that_the_api_does_not_have_is_not_found(api: RuntimeApi, method: str) -> None:
    assert call(api, method, "/invocation/8f5c/elsewhere")[0] == 404
    assert api.events.empty()


def test_a_response_that_is_too_large_for_aws_is_an_error() -> None:
    event = read_event(f"{VERSION}/invocation/1/response", b"x" * (MAX_RESPONSE_BYTES + 1))
    assert event is not None
    assert event.kind == "error"
    assert json.loads(event.payload)["errorType"] == "Function.ResponseSizeTooLarge"


def test_localstack_sends_no_reports_and_opens_only_the_requested_port() -> None:
    settings = make_settings(listen="127.0.0.1:4566")
    assert settings["GATEWAY_LISTEN"] == "127.0.0.1:4566"
    assert (settings["DISABLE_EVENTS"], settings["DNS_ADDRESS"]) == ("1", "0")


def test_the_image_runs_with_the_executor_and_is_open_to_this_machine_alone(
    tmp_path: Path,
) -> None:
    command = make_command(port=4777, plugins=tmp_path / "p", libraries=tmp_path / "l")
    words = list(command)
    assert words[-1] == IMAGE == "localstack/localstack:4.14.0"
    assert words[words.index("--publish") + 1] == "127.0.0.1:4777:4777"
    given = {words[at + 1] for at, word in enumerate(words) if word in ("--volume", "--env")}
    assert given >= {
        f"{tmp_path}/p:/opt/dropcast/plugins:ro",
        f"{tmp_path}/l:/opt/dropcast/libraries:ro",
        "LAMBDA_RUNTIME_EXECUTOR=dropcast-process",
        "PYTHONPATH=/opt/dropcast/plugins",
        "GATEWAY_LISTEN=0.0.0.0:4777",
    }
    assert not any("docker.sock" in word for word in words)


def test_ending_the_images_command_removes_its_container(tmp_path: Path) -> None:
    output = tmp_path / "output"
    write_program(
        tmp_path / "docker",
        f'echo "$*" >> {output}\n'
        'case "$1" in run) trap "exit 0" TERM; while :; do sleep 0.1; done;; esac',
    )
    command = make_command(port=4777, plugins=tmp_path, libraries=tmp_path)
    path = f"{tmp_path}:{os.environ['PATH']}"
    with subprocess.Popen(command, env={"PATH": path}, start_new_session=True) as running:
        while not output.exists() or not output.read_text():
            assert running.poll() is None
        os.killpg(running.pid, 15)
        running.wait(timeout=30)
    first, last = output.read_text().splitlines()
    assert first.startswith("run --rm --name dropcast-localstack-4777 ")
    assert last == "rm --force dropcast-localstack-4777"


@pytest.mark.parametrize(("platform", "version"), [("darwin", (3, 13)), ("linux", (3, 11))])
def test_layers_that_the_image_cannot_load_are_refused_with_a_way_out(
    platform: str, version: tuple[int, int]
) -> None:
    with pytest.raises(CloudError, match="use CLOUD=localstack, which needs no Docker"):
        assert_fits(platform=platform, version=version)
    assert_fits(platform="linux", version=(3, 13))


def test_a_missing_docker_or_daemon_is_an_error_that_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CloudError, match="no docker on the PATH"):
        assert_daemon()
    write_program(tmp_path / "docker", "echo 'cannot connect to the daemon' >&2; exit 1")
    with pytest.raises(CloudError, match="cannot connect to the daemon"):
        assert_daemon()
