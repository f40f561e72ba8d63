"""The embedded cloud starts, is found again, and leaves nothing behind."""

import io
import json
import os
import signal
import socket
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from emulators.account import (
    NotLocalError,
    assert_local_account,
    cloud_environment,
    open_session,
)
from emulators.cloud import (
    CloudError,
    LocalCloud,
    find_cloud,
    is_healthy,
    run_cloud,
    start_cloud,
    stop_cloud,
)
from emulators.ministack import prepare_ministack
from emulators.processes import list_marked

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    with run_cloud(prepare_ministack, tmp_path_factory.mktemp("cloud")) as running:
        yield running


def has_listener(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def list_processes(cloud: LocalCloud) -> list[int]:
    return list_marked(cloud.mark, leader=cloud.pid, started=cloud.started)


def start_worker(cloud: LocalCloud, variables: dict[str, str] | None = None) -> object:
    """Run a function, so that the cloud has a worker; return its answer."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as code:
        code.writestr(
            "handler.py",
            "import os, sys\n"
            "def handle(event, context):\n"
            "    return {name: os.environ.get(name) for name in event} | "
            "{'minor': sys.version_info[1]}\n",
        )
    client = open_session(cloud_environment(cloud)).client(
        "lambda", endpoint_url=cloud.endpoint_url
    )
    client.create_function(
        FunctionName="probe",
        Runtime="python3.13",
        Role="arn:aws:iam::000000000000:role/probe",
        Handler="handler.handle",
        Code={"ZipFile": archive.getvalue()},
    )
    answer = client.invoke(FunctionName="probe", Payload=json.dumps(list(variables or {})).encode())
    client.close()
    return json.loads(answer["Payload"].read())


def test_a_started_cloud_is_healthy_and_found_again(cloud: LocalCloud) -> None:
    folder = Path(cloud.folder)
    assert is_healthy(cloud)
    assert find_cloud(folder) == cloud
    assert start_cloud(prepare_ministack, folder) == cloud
    assert list_processes(cloud) == [cloud.pid]


def test_its_account_is_local(cloud: LocalCloud) -> None:
    assert assert_local_account(cloud_environment(cloud)) == "000000000000"
    assert assert_local_account(cloud_environment(cloud, "000000000042")) == "000000000042"


def test_an_account_that_could_be_real_is_refused(cloud: LocalCloud) -> None:
    with pytest.raises(NotLocalError, match="account 123456789012, which is not a local one"):
        assert_local_account(cloud_environment(cloud, "123456789012"))


def test_stopping_leaves_no_process_no_port_and_no_temporary_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    cloud = start_cloud(prepare_ministack, tmp_path)
    asked = {"AWS_PROFILE": "", "PYTHONDONTWRITEBYTECODE": "", "AWS_ENDPOINT_URL": ""}
    assert start_worker(cloud, asked) == {
        "AWS_PROFILE": None,
        "PYTHONDONTWRITEBYTECODE": None,
        "AWS_ENDPOINT_URL": cloud.endpoint_url,
        "minor": sys.version_info[1],
    }
    assert len(list_processes(cloud)) == 2
    assert any((tmp_path / "tmp").iterdir())
    assert stop_cloud(tmp_path)
    assert list_processes(cloud) == []
    assert not has_listener(cloud.port)
    assert not is_healthy(cloud)
    assert sorted(path.name for path in tmp_path.iterdir()) == [".lock", "cloud.log"]


def test_a_cloud_that_was_killed_is_cleared_away_and_another_starts(tmp_path: Path) -> None:
    first = start_cloud(prepare_ministack, tmp_path)
    os.kill(first.pid, signal.SIGKILL)
    os.waitpid(first.pid, 0)
    assert find_cloud(tmp_path) is None
    with run_cloud(prepare_ministack, tmp_path) as second:
        assert second.mark != first.mark
        assert is_healthy(second)
    assert find_cloud(tmp_path) is None


def test_stopping_what_does_not_run_is_fine(tmp_path: Path) -> None:
    assert not stop_cloud(tmp_path / "never")
    assert not stop_cloud(tmp_path)


def test_a_damaged_state_file_is_refused_rather_than_guessed_at(tmp_path: Path) -> None:
    (tmp_path / "state.json").write_text('{"pid": 1}')
    with pytest.raises(CloudError, match="end the cloud by hand"):
        stop_cloud(tmp_path)
