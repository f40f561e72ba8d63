"""Every reason not to deploy is told at once, and a real account is refused unless it is named."""

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from moto import mock_aws
from typer.testing import CliRunner

from cli.app import make_app
from operations.clouds import Cloud
from operations.preflight.checks import QUOTAS_WANTED, examine
from operations.preflight.facts import (
    find_missing_services,
    find_stale_files,
    read_account,
    read_bootstrap,
    read_quotas,
    read_reached,
    read_required_bootstrap,
    read_tools,
)
from operations.preflight.findings import Account, Built, Emulator, Facts, Finding, Reached, Tools
from operations.preflight.judgement import judge_account
from tests.cli.stacks import FakedCloud
from tests.moto_clients import open_session

REAL = Reached(
    endpoint_url=None,
    region="eu-central-1",
    credentials="sso",
    account="123456789012",
    caller="arn:aws:sts::123456789012:assumed-role/operator/me",
)
LOCAL = dataclasses.replace(
    REAL,
    endpoint_url="http://127.0.0.1:4566",
    account="000000000000",
    is_local=True,
    is_near=True,
    variables="AWS_ENDPOINT_URL=http://127.0.0.1:4566",
)
NEAR_BUT_REAL = dataclasses.replace(LOCAL, account="123456789012", is_local=False)
MIXED = dataclasses.replace(LOCAL, mixture="AWS_ENDPOINT_URL_S3=... leads to this machine, ...")
GOOD = Facts(
    stage="aws",
    named_account="123456789012",
    reached=REAL,
    account=Account(
        concurrent_executions=1000,
        code_bytes=262_144_000,
        quotas=dict.fromkeys(QUOTAS_WANTED, 10_000.0),
        bootstrap_version=33,
    ),
    tools=Tools(python=(3, 13), node="v24.1.0", cdk="2.1148.1", cdk_pinned="2.1148.1"),
    built=Built(
        missing_layers=(),
        stale_files=(),
        overruns=(),
        largest_bytes=219_000_000,
        bytecode=True,
        required_bootstrap=6,
    ),
    emulator=None,
)


def list_worse(facts: Facts) -> dict[str, Finding]:
    return {found.check: found for found in examine(facts) if found.level != "ok"}


def test_where_all_is_well_every_check_says_so() -> None:
    assert list_worse(GOOD) == {}
    assert len({found.check for found in examine(GOOD)}) == len(examine(GOOD))


@pytest.mark.parametrize(
    ("stage", "named", "reached", "level", "says"),
    [
        ("aws", "123456789012", REAL, "ok", "by credentials from sso"),
        ("aws", None, REAL, "refused", "and was not named"),
        ("aws", "210987654321", REAL, "refused", "you named account 210987654321"),
        # Whatever is named: the local stage's template deletes its data.
        ("local", "123456789012", REAL, "refused", "the stage 'local' is for a local cloud"),
        ("local", None, LOCAL, "ok", "local account 000000000000"),
        ("local", "000000000000", LOCAL, "ok", "local account 000000000000"),
        # A shell that has read the local cloud's variables, and a user who believes in AWS.
        ("aws", "123456789012", LOCAL, "refused", "by AWS_ENDPOINT_URL=http://127.0.0.1:4566"),
        ("local", "123456789012", LOCAL, "refused", "you named account 123456789012"),
        ("aws", None, LOCAL, "refused", "by AWS_ENDPOINT_URL=http://127.0.0.1:4566"),
        ("aws", "000000000000", LOCAL, "refused", "the stage 'aws' is for AWS"),
        # A tunnel to AWS, or a local cloud whose access key could be somebody's account.
        ("local", None, NEAR_BUT_REAL, "refused", "has an account that may be a real one"),
        ("aws", "123456789012", NEAR_BUT_REAL, "refused", "has an account that may be a real one"),
        ("local", None, MIXED, "refused", "AWS_ENDPOINT_URL_S3"),
        ("aws", "123456789012", MIXED, "refused", "AWS_ENDPOINT_URL_S3"),
        (
            "aws",
            "1",
            dataclasses.replace(REAL, account=None, error="expired"),
            "refused",
            "expired",
        ),
        ("local", None, dataclasses.replace(REAL, account=None), "warning", "no local cloud"),
    ],
)
def test_a_real_account_is_refused_unless_it_is_the_one_that_is_named(
    stage: str, named: str | None, reached: Reached, level: str, says: str
) -> None:
    found = judge_account(stage=stage, named=named, reached=reached)
    assert found.level == level
    assert says in found.text
    assert bool(found.remedy) == (level != "ok")


@given(
    stage=st.sampled_from(("aws", "local")),
    named=st.none() | st.sampled_from(("123456789012", "210987654321", "")),
    account=st.sampled_from(("123456789012", "210987654321", "000000000000")),
)
def test_no_real_account_is_ever_accepted_that_was_not_named(
    stage: str, named: str | None, account: str
) -> None:
    reached = dataclasses.replace(REAL, account=account)
    is_ok = judge_account(stage=stage, named=named, reached=reached).level == "ok"
    assert is_ok == (stage == "aws" and named == account)


@given(
    stage=st.sampled_from(("aws", "local")),
    named=st.none() | st.sampled_from(("123456789012", "000000000000", "000000000001")),
    account=st.sampled_from(("123456789012", "000000000000", "000000000001")),
)
def test_on_this_machine_only_the_local_stage_and_no_other_than_the_named_account_is_accepted(
    stage: str, named: str | None, account: str
) -> None:
    local = account != "123456789012"
    reached = dataclasses.replace(LOCAL, account=account, is_local=local)
    is_ok = judge_account(stage=stage, named=named, reached=reached).level == "ok"
    assert is_ok == (stage == "local" and local and named in (None, account))


WORSE: list[tuple[str, dict[str, Any], str, str, str]] = [
    ("account", {"missing_services": ("lambda",)}, "region", "refused", "has no lambda"),
    ("account", {"concurrent_executions": 10}, "Lambda at once", "warning", "10 functions"),
    ("account", {"concurrent_executions": None}, "Lambda at once", "warning", "could not look"),
    ("account", {"code_bytes": 1_000}, "code size", "refused", "219 MB"),
    ("account", {"quotas": {}}, "quotas", "warning", "could not look up"),
    (
        "account",
        {"quotas": {**GOOD.account.quotas, ("apigateway", "Throttle rate"): 1.0}},
        "quotas",
        "refused",
        "is 1, 60 wanted",
    ),
    ("account", {"bootstrap_version": None}, "CDK bootstrap", "warning", "not done"),
    (
        "account",
        {"bootstrap_version": None, "bootstrap_error": "AccessDenied"},
        "CDK bootstrap",
        "warning",
        "AccessDenied",
    ),
    ("account", {"bootstrap_version": 5}, "CDK bootstrap", "refused", "the stack needs 6"),
    ("account", {"stack_status": "ROLLBACK_COMPLETE"}, "stack", "refused", "ROLLBACK_COMPLETE"),
    ("account", {"stack_status": "UPDATE_IN_PROGRESS"}, "stack", "refused", "IN_PROGRESS"),
    ("built", {"stale_files": ("a.py",)}, "layers", "warning", "1 file(s) changed"),
    ("built", {"bytecode": False}, "layers", "warning", "no bytecode"),
    ("built", {"overruns": ("layer x",)}, "code size", "refused", "layer x"),
    ("tools", {"python": (3, 14)}, "Python", "refused", "3.14"),
    ("tools", {"node": None}, "Node", "refused", "not there"),
    ("tools", {"node": "v18.2.0"}, "Node", "refused", "older than 20"),
    ("tools", {"node": "v20.20.2"}, "Node", "warning", "no longer supported"),
    ("tools", {"cdk": "3.0.0"}, "CDK CLI", "refused", "2.1148.1 is pinned"),
    ("tools", {"cdk": None}, "CDK CLI", "refused", "not there"),
]


@pytest.mark.parametrize(("part", "change", "check", "level", "says"), WORSE)
def test_each_fault_is_one_line_with_its_remedy(
    part: str, change: dict[str, Any], check: str, level: str, says: str
) -> None:
    facts = dataclasses.replace(GOOD, **{part: dataclasses.replace(getattr(GOOD, part), **change)})
    (found,) = list_worse(facts).values()
    assert (found.check, found.level) == (check, level)
    assert says in found.text
    assert found.remedy


def test_before_the_layers_are_built_their_size_is_not_claimed_to_be_known() -> None:
    assert GOOD.built is not None
    built = dataclasses.replace(GOOD.built, missing_layers=("core",), largest_bytes=0)
    worse = list_worse(dataclasses.replace(GOOD, built=built))
    assert {name: found.level for name, found in worse.items()} == {
        "layers": "warning",
        "code size": "warning",
    }
    assert "not built yet: core" in worse["layers"].text


def test_all_faults_are_shown_at_once() -> None:
    facts = dataclasses.replace(
        GOOD,
        named_account=None,
        account=Account(),
        tools=Tools(python=(3, 9), node=None, cdk=None, cdk_pinned="2.1148.1"),
        emulator=Emulator(version="1.0.0", pinned="1.5.33"),
    )
    assert {"account", "CDK bootstrap", "Python", "Node", "CDK CLI", "local cloud"} <= set(
        list_worse(facts)
    )


def test_where_nobody_answers_the_account_is_not_judged() -> None:
    reached = dataclasses.replace(REAL, account=None, error="no credentials")
    worse = list_worse(dataclasses.replace(GOOD, reached=reached, account=Account()))
    assert list(worse) == ["account"]


def make_cloud(region: str = "eu-central-1", **fakes: Any) -> Cloud:
    return FakedCloud(session=open_session(region), endpoint_url=None, environ={}, fakes=fakes)


@pytest.fixture
def moto(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    with mock_aws():
        yield


@pytest.mark.usefixtures("moto")
def test_facts_of_an_account_are_read_from_aws() -> None:
    quotas: Any = FakeQuotas()
    cloud = make_cloud(**{"service-quotas": quotas})
    reached = read_reached(cloud)
    assert (reached.account, reached.region, reached.is_local) == (
        "123456789012",
        "eu-central-1",
        False,
    )
    assert read_bootstrap(cloud) == (None, "")
    cloud.client("ssm").put_parameter(
        Name="/cdk-bootstrap/hnb659fds/version", Value="21", Type="String"
    )
    account = read_account(cloud, stack="Dropcast")
    assert account.bootstrap_version == 21
    assert account.missing_services == ()
    # Neither is told by moto, as by an account whose role may not ask.
    assert account.concurrent_executions is None
    assert account.stack_status is None


def test_a_region_that_aws_does_not_have_misses_every_service() -> None:
    assert "lambda" in find_missing_services(make_cloud("mars-north-1"))


class FakeQuotas:
    """Service Quotas with one value of the account's own."""

    def get_paginator(self, operation: str) -> "FakeQuotas":
        self.own = operation == "list_service_quotas"
        return self

    def paginate(self, *, ServiceCode: str) -> list[Any]:  # noqa: N803 - boto3's word
        value = 500.0 if self.own else 10_000.0
        if ServiceCode != "apigateway":
            return []
        return [{"Quotas": [{"QuotaName": "Throttle rate", "Value": value}]}]


def test_the_accounts_own_quota_is_taken_before_the_default() -> None:
    client: Any = FakeQuotas()
    found = read_quotas(make_cloud(**{"service-quotas": client}))
    assert found["apigateway", "Throttle rate"] == 500.0
    assert found["states", "Registered state machines"] is None


def test_an_assembly_says_which_bootstrap_it_needs(tmp_path: Path) -> None:
    assert read_required_bootstrap(tmp_path) is None
    artifacts = {
        "Dropcast": {"properties": {"requiresBootstrapStackVersion": 6}},
        "Tree": {},
    }
    (tmp_path / "manifest.json").write_text(json.dumps({"artifacts": artifacts}))
    assert read_required_bootstrap(tmp_path) == 6


def test_a_file_changed_added_or_removed_since_the_build_makes_the_layer_stale(
    tmp_path: Path,
) -> None:
    sources = tmp_path / "layers/core/python/dropcast"
    layer = tmp_path / "build"
    for folder in (sources, layer / "dropcast"):
        folder.mkdir(parents=True)
        for name in ("same.py", "changed.py"):
            (folder / name).write_text("1\n")
    assert find_stale_files(tmp_path, layer) == ()
    (sources / "changed.py").write_text("2\n")
    (sources / "added.py").write_text("1\n")
    (layer / "dropcast/removed.py").write_text("1\n")
    stale = find_stale_files(tmp_path, layer)
    assert [Path(name).stem for name in stale] == ["added", "changed", "removed"]


def test_a_tool_that_is_not_there_is_told(tmp_path: Path) -> None:
    pins = {"devDependencies": {"aws-cdk": "1.2.3"}}
    (tmp_path / "package.json").write_text(json.dumps(pins))
    tools = read_tools(tmp_path, path="")
    assert (tools.node, tools.cdk, tools.cdk_pinned) == (None, None, "1.2.3")


def test_the_command_refuses_where_no_cloud_is_meant(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ENDPOINT_URL", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    result = CliRunner().invoke(
        make_app(), ["doctor", "--stage", "aws"], env={"AWS_CONFIG_FILE": "/dev/null"}
    )
    assert result.exit_code == 1
    assert "no region is named" in result.stdout
    assert "CDK CLI" in result.stdout
