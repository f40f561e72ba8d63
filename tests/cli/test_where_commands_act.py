"""`dead` and `redrive` say where they act, and a real account's files are not dropped again unless
it is named."""

import json
import re
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
import typer
from moto import mock_aws
from typer.testing import CliRunner

from cli.app import make_app
from dropcast.recipes import RECIPES
from emulators.clouds import CLOUDS
from operations.accounts import WrongCloudError
from tests.cli.stacks import DATASET, ENDED
from tests.cli.test_destroy import VARIABLES
from toolchain.project import ROOT

ACCOUNT = "123456789012"
KEY = f"raw/{DATASET}/may.csv"
BUCKETS = ("Raw", "Lake", "Model")
MACHINE = {"DefinitionString": ENDED, "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/train"}
TEMPLATE = {
    "Resources": {
        "Machine": {"Type": "AWS::StepFunctions::StateMachine", "Properties": MACHINE},
        **{name: {"Type": "AWS::S3::Bucket"} for name in BUCKETS},
    },
    "Outputs": {
        "StateMachineArn": {"Value": {"Ref": "Machine"}},
        **{f"{name}BucketName": {"Value": {"Ref": name}} for name in BUCKETS},
    },
}


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The raw bucket of a stack in an account that counts as a real one, with one file in it."""
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    with mock_aws():
        client = boto3.client("cloudformation")
        client.create_stack(StackName="Dropcast", TemplateBody=json.dumps(TEMPLATE))
        (stack,) = client.describe_stacks(StackName="Dropcast")["Stacks"]
        outputs = {one["OutputKey"]: one["OutputValue"] for one in stack["Outputs"]}
        raw, s3 = outputs["RawBucketName"], boto3.client("s3")
        s3.put_bucket_versioning(Bucket=raw, VersioningConfiguration={"Status": "Enabled"})
        s3.put_object(Bucket=raw, Key=KEY, Body=b"a\n1\n")
        yield raw


def count_versions(bucket: str) -> int:
    return len(boto3.client("s3").list_object_versions(Bucket=bucket)["Versions"])


ALL_FILES = ["redrive", "--dataset", DATASET, "--all-files"]


@pytest.mark.parametrize("named", [[], ["--account", "210987654321"]])
def test_all_files_of_a_real_account_that_was_not_named_stay_as_they_are(
    bucket: str, named: list[str]
) -> None:
    result = CliRunner().invoke(make_app(), [*ALL_FILES, *named])
    assert isinstance(result.exception, WrongCloudError)
    assert f"account {ACCOUNT} as arn:" in str(result.exception)
    assert "--account" in str(result.exception)
    assert str(result.exception).endswith("nothing was done")
    assert count_versions(bucket) == 1


def test_all_files_of_the_named_account_are_dropped_again(bucket: str) -> None:
    result = CliRunner().invoke(make_app(), [*ALL_FILES, "--account", ACCOUNT])
    assert result.exit_code == 0
    first, second = result.stdout.splitlines()
    assert first.startswith(f"acts on: account {ACCOUNT} as arn:aws:")
    assert "at AWS, region us-east-1" in first
    assert second.startswith(f"{KEY}: dropped again as version ")
    assert count_versions(bucket) == 2


def test_a_named_account_holds_for_single_findings_too(bucket: str) -> None:
    arguments = ["redrive", "--older-than", "-60", "--account"]
    result = CliRunner().invoke(make_app(), [*arguments, "210987654321"])
    assert isinstance(result.exception, WrongCloudError)
    assert count_versions(bucket) == 1
    assert CliRunner().invoke(make_app(), [*arguments, ACCOUNT]).exit_code == 0
    assert count_versions(bucket) == 2


@pytest.mark.usefixtures("bucket")
def test_dead_says_first_where_it_looks_and_its_json_stays_json() -> None:
    shown = CliRunner().invoke(make_app(), ["dead", "--older-than", "60"])
    assert shown.exit_code == 0
    first, second = shown.stdout.splitlines()
    assert first.startswith(f"acts on: account {ACCOUNT} as arn:aws:")
    assert second == "nothing is dead"
    told = CliRunner().invoke(make_app(), ["dead", "--older-than", "60", "--json"])
    assert json.loads(told.stdout) == []


PROGRAM = "dropcast "
README = (ROOT / "README.md").read_text()
# As a reader sees them: in fences of any kind and in the text.
LINES = sorted(
    {
        found.split("&&")[0].strip()
        for block in re.findall(r"```\w*\n(.*?)```|`([^`\n]+)`", README, re.DOTALL)
        for text in block
        for found in text.splitlines()
        if found.startswith(PROGRAM)
    }
)


@pytest.mark.parametrize("line", LINES)
def test_every_line_of_the_program_in_the_readme_is_one_that_it_takes(line: str) -> None:
    group: Any = typer.main.get_command(make_app())
    name, *rest = line.removeprefix(PROGRAM).split()
    given = group.commands[name].make_context(name, rest).params
    # A line that changes something names the account or the local cloud.
    assert name not in {"redrive", "destroy"} or given["local"] or given["account"]


def test_the_readme_has_lines_of_the_program() -> None:
    assert {line.split()[1] for line in LINES} >= {"redrive", "dead", "doctor", "destroy", "score"}


def test_every_value_that_the_readme_gives_to_make_is_one_there_is() -> None:
    # "orders" is the example of a dataset of one's own.
    known = {"CLOUD": set(CLOUDS), "STAGE": {"aws", "local"}, "DATASET": {*RECIPES, "orders"}}
    given = re.findall(r"\b(CLOUD|STAGE|DATASET)=([\w-]+)", README)
    assert {name for name, _ in given} <= known.keys()
    assert ("CLOUD", "localstack") in given
    assert [(name, value) for name, value in given if value not in known[name]] == []
