"""Where the shell's variables and profiles lead: the region and the endpoint that the CDK CLI and
every SDK would take, and no credentials printed for anything but a cloud on this machine."""

from pathlib import Path

import pytest

from operations.accounts import resolve_reached_stage
from operations.clouds import EndpointUnusableError, reach_cloud
from operations.local_stack import without_account
from operations.preflight.facts import find_split
from operations.preflight.findings import Reached
from operations.shell_environment import list_reaching

CONFIG = """
[default]
region = us-east-1
[profile local]
region = us-east-1
endpoint_url = http://localhost:4777
[profile mixed]
region = eu-west-1
services = some
[services some]
s3 =
  endpoint_url = http://localhost:4566
"""


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """A shell with profiles and keys, and without any other AWS setting."""
    for name in ("AWS_ENDPOINT_URL", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "config").write_text(CONFIG)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a secret")
    return monkeypatch


def test_the_region_is_that_of_aws_region_as_for_the_cdk(shell: pytest.MonkeyPatch) -> None:
    assert reach_cloud(local=False).region == "us-east-1"
    shell.setenv("AWS_DEFAULT_REGION", "ap-south-1")
    assert reach_cloud(local=False).region == "ap-south-1"
    shell.setenv("AWS_REGION", "eu-west-1")
    assert reach_cloud(local=False).region == "eu-west-1"


def test_aws_region_alone_is_enough(shell: pytest.MonkeyPatch) -> None:
    shell.setenv("AWS_CONFIG_FILE", "/dev/null")
    shell.setenv("AWS_REGION", "eu-west-1")
    assert reach_cloud(local=False).region == "eu-west-1"


def test_the_endpoint_of_a_profile_is_the_clouds(shell: pytest.MonkeyPatch) -> None:
    assert reach_cloud(local=False).endpoint_url is None
    shell.setenv("AWS_PROFILE", "local")
    assert reach_cloud(local=False).endpoint_url == "http://localhost:4777"
    shell.setenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")
    assert reach_cloud(local=False).endpoint_url is None


def test_the_endpoint_of_one_service_is_that_services_alone_and_prints_no_secret(
    shell: pytest.MonkeyPatch,
) -> None:
    address = "https://vpce-0abc.cloudformation.us-east-1.vpce.amazonaws.com"
    shell.setenv("AWS_ENDPOINT_URL_CLOUDFORMATION", address)
    cloud = reach_cloud(local=False)
    assert cloud.endpoint_url is None
    assert cloud.client("cloudformation").meta.endpoint_url == address
    assert "vpce" not in cloud.client("sts").meta.endpoint_url
    assert list_reaching(cloud) == {}
    assert find_split(cloud) is None


def test_the_credentials_for_a_cloud_elsewhere_are_printed_nowhere(
    shell: pytest.MonkeyPatch,
) -> None:
    shell.setenv("AWS_ENDPOINT_URL", "https://cloud.example.com")
    assert list_reaching(reach_cloud(local=False)) == {}


def test_a_profile_that_sends_one_service_to_this_machine_is_seen(
    shell: pytest.MonkeyPatch,
) -> None:
    shell.setenv("AWS_PROFILE", "mixed")
    said = str(find_split(reach_cloud(local=False)))
    assert "s3 to http://localhost:4566" in said
    assert "sts to https://sts" in said


@pytest.mark.parametrize("address", ["localhost:4566", "127.0.0.1:4566", "ftp://localhost"])
def test_an_endpoint_that_is_no_address_is_named(shell: pytest.MonkeyPatch, address: str) -> None:
    shell.setenv("AWS_ENDPOINT_URL", address)
    with pytest.raises(EndpointUnusableError, match=address):
        reach_cloud(local=False)


@pytest.mark.parametrize(
    ("stage", "is_near", "expected"),
    [(None, True, "local"), (None, False, "aws"), ("aws", True, "aws"), ("local", False, "local")],
)
def test_a_profile_that_leads_to_this_machine_means_the_local_stage(
    stage: str | None, is_near: bool, expected: str
) -> None:
    reached = Reached(
        endpoint_url=None, region=None, credentials=None, account=None, caller=None, is_near=is_near
    )
    resolved = resolve_reached_stage(stage, local=False, environ={}, reached=reached)
    assert resolved == expected


def test_a_template_is_made_without_an_account_that_the_shell_exports() -> None:
    environ = {"CDK_DEFAULT_ACCOUNT": "123456789012", "AWS_PROFILE": "work", "PATH": "/bin"}
    made = without_account(environ)
    assert "CDK_DEFAULT_ACCOUNT" not in made
    assert "AWS_PROFILE" not in made
    assert made["PATH"] == "/bin"
