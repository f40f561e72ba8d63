"""LocalStack starts without Docker, runs a function with layers, and leaves nothing behind."""

import io
import json
import socket
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from emulators.account import assert_local_account, cloud_environment, open_session
from emulators.cloud import CloudError, LocalCloud, find_cloud, run_cloud, stop_cloud
from emulators.clouds import find_missing, open_cloud
from emulators.localstack.launch import prepare_localstack
from emulators.processes import list_marked
from operations.watching import wait_for

pytestmark = pytest.mark.e2e

CODE = """
import os
from first import FIRST
from second import SECOND

def handle(event, context):
    return [FIRST, SECOND, os.environ["AWS_ENDPOINT_URL"], os.environ.get("AWS_PROFILE")]
"""


@pytest.fixture(scope="module", autouse=True)
def _localstack_can_run() -> None:
    missing = find_missing("localstack")
    if missing is not None:
        pytest.skip(missing)


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    with run_cloud(prepare_localstack, tmp_path_factory.mktemp("cloud")) as running:
        yield running


def pack(files: dict[str, str]) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as code:
        for name, text in files.items():
            code.writestr(name, text)
    return archive.getvalue()


def make_client(cloud: LocalCloud, service: str) -> Any:
    session: Any = open_session(cloud_environment(cloud))
    return session.client(service, endpoint_url=cloud.endpoint_url)


def test_it_is_found_again_and_its_account_is_local(cloud: LocalCloud) -> None:
    assert find_cloud(Path(cloud.folder)) == cloud
    assert assert_local_account(cloud_environment(cloud)) == "000000000000"


def test_a_cloud_of_another_name_is_not_taken_for_it(cloud: LocalCloud) -> None:
    with pytest.raises(CloudError, match=r"localstack runs in .*; stop it first"):
        open_cloud("ministack", Path(cloud.folder))
    assert open_cloud("localstack", Path(cloud.folder)) == cloud


@pytest.mark.skipif(sys.platform != "linux", reason="all of 127.0.0.0/8 is this machine on Linux")
def test_it_listens_on_one_address_alone(cloud: LocalCloud) -> None:
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.2", cloud.port)) != 0
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", cloud.port)) == 0


def test_a_function_runs_with_its_layers_and_logs_to_its_configured_group(
    cloud: LocalCloud,
) -> None:
    functions, logs = make_client(cloud, "lambda"), make_client(cloud, "logs")
    logs.create_log_group(logGroupName="/probe")
    layers = [
        functions.publish_layer_version(LayerName=name, Content={"ZipFile": pack(files)})[
            "LayerVersionArn"
        ]
        for name, files in {
            "below": {"python/first.py": "FIRST = 1", "python/second.py": "SECOND = 1"},
            "above": {"python/second.py": "SECOND = 2"},
        }.items()
    ]
    functions.create_function(
        FunctionName="probe",
        Runtime=f"python{sys.version_info[0]}.{sys.version_info[1]}",
        Role="arn:aws:iam::000000000000:role/probe",
        Handler="handler.handle",
        Layers=layers,
        LoggingConfig={"LogGroup": "/probe"},
        Code={"ZipFile": pack({"handler.py": CODE})},
    )
    functions.get_waiter("function_active_v2").wait(FunctionName="probe")
    response = functions.invoke(FunctionName="probe")
    assert json.loads(response["Payload"].read()) == [1, 2, cloud.endpoint_url, None]

    def look() -> Any:
        events = logs.filter_log_events(logGroupName="/probe")["events"]
        return [event["message"] for event in events] or None

    lines = wait_for("the function's log", look, timeout_seconds=30)
    assert any(line.startswith("REPORT RequestId: ") for line in lines)


def test_stopping_ends_its_functions_and_removes_what_it_wrote(tmp_path: Path) -> None:
    folder = tmp_path / "cloud"
    with run_cloud(prepare_localstack, folder) as cloud:
        test_a_function_runs_with_its_layers_and_logs_to_its_configured_group(cloud)
        assert len(list_marked(cloud.mark, leader=cloud.pid, started=cloud.started)) == 2
        assert stop_cloud(folder)
        assert list_marked(cloud.mark, leader=cloud.pid, started=cloud.started) == []
    assert sorted(path.name for path in folder.iterdir()) == [".lock", "cloud.log"]
