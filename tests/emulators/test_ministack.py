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
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, SSLError

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
from operations.watching import wait_for

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


def open_client(cloud: LocalCloud, service: str) -> Any:
    opened: Any = open_session(cloud_environment(cloud)).client
    return opened(service, endpoint_url=cloud.endpoint_url)


def create_role(
    cloud: LocalCloud, name: str, principal: dict[str, str], statements: list[dict[str, Any]]
) -> str:
    """Make a role that the principal may take; return its ARN."""
    client = open_client(cloud, "iam")
    trust = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    made = client.create_role(
        RoleName=name,
        AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
    )
    if statements:
        client.put_role_policy(
            RoleName=name,
            PolicyName="own",
            PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": statements}),
        )
    client.close()
    return str(made["Role"]["Arn"])


def take_role(cloud: LocalCloud, role: str) -> Any:
    """Return an S3 client with the role's permissions."""
    keys = open_client(cloud, "sts").assume_role(RoleArn=role, RoleSessionName="test")[
        "Credentials"
    ]
    return boto3.client(
        "s3",
        endpoint_url=cloud.endpoint_url,
        region_name="us-east-1",
        verify=cloud.ca_bundle,
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
    )


def pack(files: dict[str, str]) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        for name, text in files.items():
            packed.writestr(name, text)
    return archive.getvalue()


def run_function(
    cloud: LocalCloud, name: str, source: str, event: object, layers: tuple[str, ...] = ()
) -> Any:
    """Make a function and run it once; return its result."""
    client = open_client(cloud, "lambda")
    role = create_role(cloud, name, {"Service": "lambda.amazonaws.com"}, [])
    client.create_function(
        FunctionName=name,
        Runtime="python3.13",
        Role=role,
        Handler="handler.handle",
        Code={"ZipFile": pack({"handler.py": source})},
        Layers=list(layers),
    )
    response = client.invoke(FunctionName=name, Payload=json.dumps(event).encode())
    client.close()
    return json.loads(response["Payload"].read())


READ_VARIABLES = """
import os, sys
def handle(event, context):
    return {name: os.environ.get(name) for name in event} | {"minor": sys.version_info[1]}
"""
READ_PLACES = """
import first, os, second
def handle(event, context):
    return [first.WORD, second.WORD, os.path.realpath(first.__file__)]
"""


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


def test_a_certificate_of_another_cloud_is_not_trusted(cloud: LocalCloud, tmp_path: Path) -> None:
    with run_cloud(prepare_ministack, tmp_path) as other:
        assert is_healthy(other)
        mixed = {**cloud_environment(other), "AWS_ENDPOINT_URL": cloud.endpoint_url}
        with pytest.raises(NotLocalError, match="SSL validation failed"):
            assert_local_account(mixed)
        client = open_session(mixed).client("s3", endpoint_url=cloud.endpoint_url)
        with pytest.raises(SSLError):
            client.list_buckets()


def test_no_port_is_opened_but_the_clouds_own(cloud: LocalCloud) -> None:
    listening = {
        int(line.split()[1].rpartition(":")[2], 16)
        for table in ("tcp", "tcp6")
        for line in Path(f"/proc/{cloud.pid}/net/{table}").read_text().splitlines()[1:]
        if line.split()[3] == "0A" and line.split()[9] in list_sockets(cloud.pid)
    }
    assert listening == {cloud.port}


def list_sockets(pid: int) -> set[str]:
    """Return the inode numbers of a process's sockets."""
    links = [str(link.readlink()) for link in Path(f"/proc/{pid}/fd").iterdir()]
    return {link[8:-1] for link in links if link.startswith("socket:[")}


def test_a_role_may_read_what_its_policy_says_and_nothing_else(cloud: LocalCloud) -> None:
    root = open_client(cloud, "s3")
    root.create_bucket(Bucket="shelf")
    for key in ("mine/a", "yours/a"):
        root.put_object(Bucket="shelf", Key=key, Body=b"x")
    read = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::shelf/mine/*"}
    role = create_role(cloud, "reader", {"AWS": "arn:aws:iam::000000000000:root"}, [read])
    reader = take_role(cloud, role)
    assert reader.get_object(Bucket="shelf", Key="mine/a")["Body"].read() == b"x"
    assert read_error_code(reader, "yours/a") == "AccessDenied"
    # A role that may not list does not learn what is there.
    assert read_error_code(reader, "mine/b") == "AccessDenied"
    prefixes = {"StringLike": {"s3:prefix": ["mine/*"]}}
    listing = {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::shelf"}
    role = create_role(
        cloud,
        "lister",
        {"AWS": "arn:aws:iam::000000000000:root"},
        [read, {**listing, "Condition": prefixes}],
    )
    assert read_error_code(take_role(cloud, role), "mine/b") == "NoSuchKey"


def read_error_code(client: Any, key: str) -> str:
    with pytest.raises(ClientError) as caught:
        client.get_object(Bucket="shelf", Key=key)
    return str(caught.value.response["Error"]["Code"])


@pytest.mark.parametrize("versioned", [True, False])
def test_an_event_names_the_objects_version_where_there_are_versions(
    cloud: LocalCloud, versioned: bool
) -> None:
    bucket = f"events-{'with' if versioned else 'without'}-versions"
    s3, sqs, events = (open_client(cloud, name) for name in ("s3", "sqs", "events"))
    s3.create_bucket(Bucket=bucket)
    if versioned:
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    s3.put_bucket_notification_configuration(
        Bucket=bucket, NotificationConfiguration={"EventBridgeConfiguration": {}}
    )
    queue = sqs.create_queue(QueueName=bucket)["QueueUrl"]
    pattern = {"source": ["aws.s3"], "detail": {"bucket": {"name": [bucket]}}}
    events.put_rule(Name=bucket, EventPattern=json.dumps(pattern))
    arn = f"arn:aws:sqs:us-east-1:000000000000:{bucket}"
    events.put_targets(Rule=bucket, Targets=[{"Id": "queue", "Arn": arn}])
    version = s3.put_object(Bucket=bucket, Key="a b", Body=b"xyz").get("VersionId")

    def look() -> Any:
        received = sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=1).get("Messages")
        return json.loads(received[0]["Body"])["detail"]["object"] if received else None

    found = wait_for("the event", look, timeout_seconds=30)
    assert (found["key"], found["size"]) == ("a b", 3)
    assert found.get("version-id") == version
    assert ("version-id" in found) == versioned


def test_processes_share_a_layers_files_and_never_those_of_another(cloud: LocalCloud) -> None:
    client = open_client(cloud, "lambda")
    layers = [
        client.publish_layer_version(LayerName="words", Content={"ZipFile": pack(files)})[
            "LayerVersionArn"
        ]
        for files in (
            {"python/first.py": "WORD = 1", "python/second.py": "WORD = 2"},
            {"python/first.py": "WORD = 3", "python/second.py": "WORD = 2"},
        )
    ]
    one, same, other = (
        run_function(cloud, name, READ_PLACES, {}, (layers[layer],))
        for name, layer in (("one", 0), ("same", 0), ("other", 1))
    )
    assert (one[:2], same[:2], other[:2]) == ([1, 2], [1, 2], [3, 2])
    assert one[2] == same[2] != other[2]


def test_stopping_leaves_no_process_no_port_and_no_temporary_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    cloud = start_cloud(prepare_ministack, tmp_path)
    names = {"AWS_PROFILE": "", "PYTHONDONTWRITEBYTECODE": "", "AWS_ENDPOINT_URL": ""}
    assert run_function(cloud, "probe", READ_VARIABLES, list(names)) == {
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
