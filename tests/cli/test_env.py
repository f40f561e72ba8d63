"""`env` prints what a shell needs, and nothing that leads elsewhere or that may not be read."""

import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from typer.testing import CliRunner, Result

from cli.app import make_app
from cli.commands import cloud as cloud_commands
from emulators.account import cloud_environment, make_child_environment, open_session
from emulators.cloud import CERTIFICATE_VARIABLES, LocalCloud
from operations.accounts import WrongCloudError
from operations.clouds import Cloud, StackNotFoundError
from operations.shell_environment import (
    FILE_NAME,
    ShellEnvironment,
    describe_environment,
    remove_environment,
    save_environment,
    write_lines,
)
from operations.stacks import DeployedStack, StackUnreadableError
from tests.cli.deployments import ACCOUNT, Deployment, open_deployment

AWS_URL = "https://abc123.execute-api.us-east-1.amazonaws.com/v1"


@pytest.fixture
def deployment(monkeypatch: pytest.MonkeyPatch) -> Iterator[Deployment]:
    with open_deployment(monkeypatch) as opened:
        yield opened


def run(*arguments: str) -> Result:
    return CliRunner().invoke(make_app(), ["env", *arguments])


def read_in_shell(lines: str, environ: dict[str, str] | None = None) -> dict[str, str]:
    """Return the variables that a shell has once it has read the lines."""
    finished = subprocess.run(
        ["sh", "-euc", 'eval "$LINES_TO_READ"; env -0'],
        env={"PATH": "/usr/bin:/bin", **(environ or {}), "LINES_TO_READ": lines},
        capture_output=True,
        check=True,
    )
    assert finished.stderr == b""
    pairs = (line.split("=", 1) for line in finished.stdout.decode().split("\0") if line)
    return {name: value for name, value in pairs if name != "LINES_TO_READ"}


def test_the_readmes_variables_of_a_stack_on_aws_are_printed(deployment: Deployment) -> None:
    result = run()
    assert result.exit_code == 0, result.output
    found = read_in_shell(result.stdout)
    outputs = deployment.stack.outputs
    wanted = {
        "RAW_BUCKET": outputs["RawBucketName"],
        "LAKE_BUCKET": outputs["LakeBucketName"],
        "MODEL_BUCKET": outputs["ModelBucketName"],
        "STATE_MACHINE_ARN": outputs["StateMachineArn"],
        "API_URL": AWS_URL,
        "API_KEY": "the value of ApiKeyId",
        "UPLOAD_KEY": "the value of UploadKeyId",
        "OPERATOR_KEY": "the value of OperatorKeyId",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    assert {name: found.get(name) for name in wanted} == wanted
    # Credentials and profile on AWS stay the shell's own.
    assert "AWS_ACCESS_KEY_ID" not in result.stdout
    assert "unset" not in result.stdout


def test_a_stack_from_before_the_key_of_uploads_lacks_its_variable_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with open_deployment(monkeypatch, without=("UploadKeyId",)):
        result = run()
    assert result.exit_code == 0
    found = read_in_shell(result.stdout)
    assert "UPLOAD_KEY" not in found
    assert found["API_KEY"] == "the value of ApiKeyId"
    assert "# UPLOAD_KEY is not shown: the stack has no output UploadKeyId" in result.stdout


def test_a_key_that_may_not_be_read_is_a_comment_and_the_rest_is_there(
    deployment: Deployment,
) -> None:
    class Forbidding:
        """API Gateway as it answers a role that may read no key, with a reason of two lines."""

        def get_api_key(self, **_: Any) -> Any:
            refusal: Any = {"Error": {"Code": "AccessDeniedException", "Message": "no\nrm -r x"}}
            raise ClientError(refusal, "GetApiKey")

    class Forbidden(Cloud):
        def client(self, service: str) -> Any:
            return Forbidding() if service == "apigateway" else super().client(service)

    known = deployment.stack
    cloud = Forbidden(session=known.session, endpoint_url=None, environ={})
    lines = write_lines(describe_environment(replace(known, cloud=cloud)))
    (said,) = [line for line in lines.splitlines() if line.startswith("# API_KEY")]
    assert said.startswith("# API_KEY is not shown: An error occurred (AccessDeniedException)")
    assert said.endswith("no rm -r x")
    assert read_in_shell(lines)["API_URL"] == AWS_URL


@pytest.mark.parametrize(
    ("arguments", "kind", "sentence"),
    [
        (["--account", "210987654321"], WrongCloudError, f"account {ACCOUNT} as arn:aws:"),
        (["--stage", "local"], WrongCloudError, "the stage 'local' is for a local cloud"),
        (["--stack", "Elsewhere"], StackNotFoundError, "no stack 'Elsewhere'"),
    ],
)
@pytest.mark.usefixtures("deployment")
def test_another_place_than_the_named_one_prints_what_fails_an_eval(
    arguments: list[str], kind: type[Exception], sentence: str
) -> None:
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (1, "false\n")
    assert isinstance(result.exception, kind)
    assert sentence in str(result.exception)


@pytest.mark.usefixtures("deployment")
def test_the_named_account_and_stage_are_accepted() -> None:
    assert run("--account", ACCOUNT, "--stage", "aws").exit_code == 0


def test_another_apps_stack_prints_what_fails_an_eval(monkeypatch: pytest.MonkeyPatch) -> None:
    with open_deployment(monkeypatch, without=("StateMachineArn",)):
        result = run()
    assert (result.exit_code, result.stdout) == (1, "false\n")
    assert isinstance(result.exception, StackUnreadableError)


def make_local(stack: DeployedStack, folder: Path) -> DeployedStack:
    """Return the same stack as if it lay on a local cloud of https."""
    running = LocalCloud(
        name="ministack",
        endpoint_url="https://localhost:4566",
        health_path="/",
        ca_bundle="/its own/ca.pem",
        port=4566,
        pid=1,
        started="",
        mark="",
        folder=str(folder),
    )
    environ = cloud_environment(running)

    class Local(Cloud):
        """Answers itself: moto has no endpoint on this machine."""

        def client(self, service: str) -> Any:
            return stack.cloud.client(service)

    cloud = Local(
        session=open_session({**environ, "AWS_CA_BUNDLE": ""}),
        endpoint_url=running.endpoint_url,
        environ=make_child_environment({"HOME": "/home", "AWS_PROFILE": "work"}, running),
    )
    return replace(stack, cloud=cloud)


def test_a_local_cloud_is_reached_whatever_the_shell_has_set(
    deployment: Deployment, tmp_path: Path
) -> None:
    shell = {
        "AWS_PROFILE": "work",
        "AWS_SESSION_TOKEN": "t",
        "AWS_ENDPOINT_URL_S3": "https://s3.example",
        "AWS_ACCESS_KEY_ID": "AKIAREAL",
    }
    stack = make_local(deployment.stack, tmp_path)
    found = read_in_shell(write_lines(describe_environment(stack, environ=shell)), shell)
    assert found["AWS_ENDPOINT_URL"] == "https://localhost:4566"
    assert found["AWS_ACCESS_KEY_ID"] == "000000000000"
    assert {found[name] for name in CERTIFICATE_VARIABLES} == {"/its own/ca.pem"}
    assert not found.keys() & (shell.keys() - {"AWS_ACCESS_KEY_ID"})
    assert "HOME" not in found
    assert found["API_URL"] == "https://localhost:4566/restapis/abc123/v1/_user_request_"


def test_the_projects_tools_end_the_path_once(tmp_path: Path) -> None:
    folder = tmp_path / "it's (a) *folder"
    folder.mkdir()
    lines = write_lines(ShellEnvironment(values={}, unset=(), hidden={}, folders=(folder,)))
    assert read_in_shell(lines)["PATH"] == f"/usr/bin:/bin:{folder}"
    assert read_in_shell(lines + lines)["PATH"] == f"/usr/bin:/bin:{folder}"
    there = {"PATH": f"{folder}:/usr/bin:/bin"}
    assert read_in_shell(lines, there)["PATH"] == there["PATH"]


def test_the_demos_file_is_its_owners_alone_and_goes_with_the_cloud(
    deployment: Deployment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = save_environment(make_local(deployment.stack, tmp_path), tmp_path)
    assert path == tmp_path / FILE_NAME
    assert path.stat().st_mode & 0o777 == 0o600
    assert read_in_shell(path.read_text(), {"AWS_PROFILE": "work"}).get("AWS_PROFILE") is None
    # `make down`, with a folder of its own.
    monkeypatch.setattr(cloud_commands, "stop_cloud", lambda: False)
    monkeypatch.setattr(cloud_commands, "remove_environment", lambda: remove_environment(tmp_path))
    for _ in range(2):
        assert CliRunner().invoke(make_app(), ["cloud", "stop"]).exit_code == 0
        assert not path.exists()
    assert list(tmp_path.iterdir()) == []
