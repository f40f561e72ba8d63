"""What goes is emptied, what stays is said, and a real account is refused unless it is named."""

import json
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws
from rich.console import Console
from typer.testing import CliRunner

from cli.app import make_app
from cli.commands.destroy import delete_kept_buckets, describe_kept, describe_plan
from operations.accounts import WrongCloudError
from operations.clouds import Cloud, StackNotFoundError, reach_cloud
from operations.stacks import DeployedStack, Resource, name_function_id, open_stack
from operations.teardown.emptying import empty_bucket
from operations.teardown.leftovers import Left, list_left, list_strays
from operations.teardown.objections import find_objection
from operations.teardown.policies import read_default, retain_buckets
from operations.teardown.removal import DestroyError, split_left, take_down
from tests.cli.stacks import Desk, FakedCloud

TEMPLATE = {
    "Resources": {
        "Data": {"Type": "AWS::S3::Bucket", "DeletionPolicy": "Delete"},
        "Letters": {"Type": "AWS::SQS::Queue"},
    },
    "Outputs": {"RawBucketName": {"Value": {"Ref": "Data"}}},
}
OURS = {
    **TEMPLATE,
    "Outputs": {
        "RawBucketName": {"Value": {"Ref": "Data"}},
        **{
            name: {"Value": "x"}
            for name in ("LakeBucketName", "ModelBucketName", "StateMachineArn")
        },
    },
}
VARIABLES = {
    "AWS_ACCESS_KEY_ID": "1",
    "AWS_SECRET_ACCESS_KEY": "1",
    "AWS_REGION": "us-east-1",
    "AWS_DEFAULT_REGION": "us-east-1",
}


def deploy(
    cloud: Cloud, template: object = TEMPLATE, *, name: str = "Dropcast", is_protected: bool = False
) -> DeployedStack:
    cloud.client("cloudformation").create_stack(
        StackName=name,
        TemplateBody=template if isinstance(template, str) else json.dumps(template),
        EnableTerminationProtection=is_protected,
    )
    return open_stack(cloud, name)


def write_assembly(root: Path, *stacks: str, folder: str = "aws") -> None:
    """Write what the CDK leaves of ``synth`` for the stage "aws"."""
    place = root / "cdk.out" / folder
    place.mkdir(parents=True)
    artifacts = {
        "Tree": {"type": "cdk:tree"},
        # What `cdk destroy` knows it by is not its name.
        "Alias": {"type": "aws:cloudformation:stack", "properties": {"stackName": "Renamed"}},
        **{name: {"type": "aws:cloudformation:stack"} for name in stacks},
    }
    (place / "manifest.json").write_text(json.dumps({"artifacts": artifacts}))


def test_a_stack_is_found_with_its_outputs_and_resources(desk: Desk) -> None:
    stack = deploy(desk.stack.cloud)
    assert stack.account == "123456789012"
    assert stack.list_names("AWS::S3::Bucket") == [stack.outputs["RawBucketName"]]
    assert {one.logical_id for one in stack.resources} == {"Data", "Letters"}


def test_a_stack_that_is_not_there_is_told_with_where_was_looked(desk: Desk) -> None:
    with pytest.raises(StackNotFoundError, match="no stack 'Dropcast' at AWS, us-east-1"):
        open_stack(desk.stack.cloud)


def test_a_local_cloud_that_does_not_run_is_told(tmp_path: Path) -> None:
    with pytest.raises(StackNotFoundError, match="no local cloud runs"):
        reach_cloud(local=True, folder=tmp_path)


def test_emptying_takes_every_version_every_marker_and_every_unfinished_upload(
    desk: Desk,
) -> None:
    client = desk.client("s3")
    for number in range(25):
        desk.drop(f"{number % 7}.csv", str(number).encode())
    client.delete_object(Bucket="raw", Key="raw/spotify_preference/1.csv")
    client.create_multipart_upload(Bucket="raw", Key="half")
    assert empty_bucket(client, "raw", batch_size=10) == 26
    assert empty_bucket(client, "raw") == 0
    assert "Uploads" not in client.list_multipart_uploads(Bucket="raw")
    # CloudFormation's own condition.
    client.delete_bucket(Bucket="raw")
    assert empty_bucket(client, "raw") == 0


def test_a_stack_that_deletes_its_buckets_is_told_to_keep_them_first(desk: Desk) -> None:
    stack = deploy(desk.stack.cloud)
    desk.client("s3").create_bucket(Bucket="cdk-hnb659fds-assets-123456789012-us-east-1")
    assert read_default(stack) == "delete"
    retain_buckets(stack)
    assert read_default(stack) == "keep"
    assert open_stack(desk.stack.cloud).outputs == stack.outputs
    retain_buckets(stack)


def test_the_plan_says_of_every_bucket_whether_it_goes(desk: Desk) -> None:
    stack = deploy(desk.stack.cloud)
    bucket = stack.outputs["RawBucketName"]
    desk.client("s3").put_object(Bucket=bucket, Key="k", Body=b"12345")
    goes, stays = describe_plan(stack, "delete"), describe_plan(stack, "keep")
    assert goes[0] == stays[0] == "goes:  1 AWS::SQS::Queue"
    assert goes[1] == f"goes:  bucket {bucket}, 1 objects, 5 bytes"
    assert "cannot be undone" in goes[2]
    assert stays[1:] == [f"stays: bucket {bucket}, 1 objects, 5 bytes"]


def test_what_is_left_is_asked_of_the_services_themselves(desk: Desk) -> None:
    stack = deploy(desk.stack.cloud)
    assert {one.kind for one in list_left(stack.cloud, stack.resources)} == {
        "AWS::S3::Bucket",
        "AWS::SQS::Queue",
    }
    desk.client("cloudformation").delete_stack(StackName="Dropcast")
    assert list_left(stack.cloud, stack.resources) == []
    absent = [
        Resource(logical_id="X", type=kind, name=name)
        for kind, name in [
            ("AWS::Logs::LogGroup", "/absent"),
            ("AWS::CloudWatch::Alarm", "absent"),
            ("AWS::CloudWatch::Dashboard", "absent"),
            ("AWS::ApiGateway::RestApi", "absent"),
            ("AWS::ApiGateway::ApiKey", "absent"),
            ("AWS::ApiGateway::UsagePlan", "absent"),
            ("AWS::Events::Rule", "absent"),
            (
                "AWS::StepFunctions::StateMachine",
                "arn:aws:states:us-east-1:123456789012:stateMachine:absent",
            ),
            ("AWS::IAM::Role", "absent"),
        ]
    ]
    assert list_left(stack.cloud, absent) == []


def test_log_groups_that_services_made_are_found_by_their_makers_names(desk: Desk) -> None:
    client = desk.client("logs")
    for name in ("/aws/lambda/ingest", "/aws/lambda/other", "API-Gateway-Execution-Logs_a1/v1"):
        client.create_log_group(logGroupName=name)
    api = Resource(logical_id="Api", type="AWS::ApiGateway::RestApi", name="a1")
    assert list_strays(desk.stack.cloud, [*desk.stack.resources, api]) == [
        "/aws/lambda/ingest",
        "API-Gateway-Execution-Logs_a1/v1",
    ]


def test_only_what_was_asked_for_counts_as_kept(desk: Desk) -> None:
    stack = deploy(desk.stack.cloud)
    bucket = Left(kind="AWS::S3::Bucket", name=stack.outputs["RawBucketName"])
    queue = Left(kind="AWS::SQS::Queue", name="q")
    unseen = Left(kind=bucket.kind, name=bucket.name, note="could not be asked: AccessDenied")
    assert split_left([bucket, queue], stack, "keep") == ([bucket], [queue])
    assert split_left([bucket, queue], stack, "delete") == ([], [bucket, queue])
    assert split_left([unseen], stack, "keep") == ([], [unseen])


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--account", "210987654321"],
        ["--stage", "aws"],
        # Whatever is named: its template deletes the data.
        ["--stage", "local", "--account", "123456789012"],
    ],
)
def test_a_real_account_that_was_not_named_is_refused_before_anything_is_looked_at(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    with mock_aws():
        boto3.client("cloudformation").create_stack(
            StackName="Dropcast", TemplateBody=json.dumps(TEMPLATE)
        )
        result = CliRunner().invoke(make_app(), ["destroy", "--yes", *arguments])
        assert isinstance(result.exception, WrongCloudError)
        assert "123456789012" in str(result.exception)
        assert str(result.exception).endswith("nothing was done")
        assert boto3.client("cloudformation").describe_stacks(StackName="Dropcast")["Stacks"]


YAML = "Resources:\n  Data:\n    Type: AWS::S3::Bucket\n  Letters:\n    Type: AWS::SQS::Queue\n"


@pytest.mark.parametrize(
    ("template", "is_protected", "says"),
    [
        (TEMPLATE, False, "is not of this project"),
        (YAML, False, "is not of this project"),
        (OURS, True, "--no-enable-termination-protection --stack-name Other"),
    ],
)
def test_a_stack_that_is_not_ours_or_is_protected_keeps_every_object(
    template: object, is_protected: bool, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    with mock_aws():
        stack = deploy(reach_cloud(local=False), template, name="Other", is_protected=is_protected)
        (bucket,) = stack.list_names("AWS::S3::Bucket")
        boto3.client("s3").put_object(Bucket=bucket, Key="k", Body=b"theirs")
        result = CliRunner().invoke(
            make_app(),
            ["destroy", "--stage", "aws", "--account", stack.account, "--stack", "Other", "--yes"],
        )
        assert isinstance(result.exception, DestroyError)
        assert says in str(result.exception)
        assert str(result.exception).endswith("nothing was done")
        assert boto3.client("s3").get_object(Bucket=bucket, Key="k")["Body"].read() == b"theirs"


def test_a_stack_that_the_cdk_would_not_find_keeps_every_object(desk: Desk, tmp_path: Path) -> None:
    stack = deploy(desk.stack.cloud, OURS, name="Renamed")
    bucket = stack.outputs["RawBucketName"]
    desk.client("s3").put_object(Bucket=bucket, Key="k", Body=b"ours")
    write_assembly(tmp_path, "Dropcast", folder="aws-Renamed")
    with pytest.raises(DestroyError, match=r"has no stack Renamed \(it has Dropcast\)"):
        take_down(stack, data="delete", stage="aws", folder=tmp_path, root=tmp_path)
    assert desk.client("s3").get_object(Bucket=bucket, Key="k")["Body"].read() == b"ours"


@pytest.mark.parametrize(
    ("status", "says"),
    [
        ("UPDATE_IN_PROGRESS", "is UPDATE_IN_PROGRESS; wait"),
        ("DELETE_IN_PROGRESS", None),
        ("DELETE_FAILED", None),
        ("ROLLBACK_COMPLETE", None),
    ],
)
def test_a_stack_that_is_at_work_is_not_emptied_and_a_half_made_one_may_go(
    desk: Desk, status: str, says: str | None
) -> None:
    half_made = {
        "Resources": {f"{name_function_id('Ingest')}ABCDEF12": {"Type": "AWS::Lambda::Function"}}
    }

    class Described:
        """CloudFormation in the midst of something, which moto never is."""

        def describe_stacks(self, **_: Any) -> Any:
            return {"Stacks": [{"StackStatus": status}]}

        def get_template(self, **_: Any) -> Any:
            return {"TemplateBody": half_made}

    stack = replace(
        desk.stack,
        outputs={},
        resources=(),
        cloud=FakedCloud(
            session=desk.stack.cloud.session,
            endpoint_url=None,
            environ={},
            fakes={"cloudformation": Described()},
        ),
    )
    said = find_objection(stack)
    assert said is None if says is None else says in str(said)


def test_what_nothing_speaks_against_is_emptied_and_taken_down(desk: Desk, tmp_path: Path) -> None:
    stack = deploy(desk.stack.cloud, OURS)
    bucket = stack.outputs["RawBucketName"]
    desk.client("s3").put_object(Bucket=bucket, Key="k", Body=b"ours")
    write_assembly(tmp_path, "Dropcast")
    cdk = tmp_path / "node_modules/.bin/cdk"
    cdk.parent.mkdir(parents=True)
    # A CDK that does nothing: CloudFormation's word counts.
    cdk.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/asked\n')
    cdk.chmod(0o755)
    with pytest.raises(DestroyError, match="stack Dropcast is CREATE_COMPLETE"):
        take_down(stack, data="delete", stage="aws", folder=tmp_path, root=tmp_path)
    assert (
        (tmp_path / "asked")
        .read_text()
        .startswith(f"destroy Dropcast --app {tmp_path}/cdk.out/aws ")
    )
    assert "Contents" not in desk.client("s3").list_objects_v2(Bucket=bucket)


KEPT = "dropcast-datarawaf6cb863-a32f9b013248"


def keep_bucket(desk: Desk, name: str) -> None:
    """Make a bucket with two versions of an object, as a stack that is gone has left it."""
    client = desk.client("s3")
    client.create_bucket(Bucket=name)
    client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    for body in (b"1", b"2"):
        client.put_object(Bucket=name, Key="raw/a/b.csv", Body=body)


def delete_kept(desk: Desk, *names: str, stack: str = "Dropcast") -> str:
    console = Console(highlight=False, soft_wrap=True, file=StringIO())
    delete_kept_buckets(desk.stack.cloud, names, stack=stack, console=console, yes=True)
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


def test_a_bucket_that_was_kept_is_deleted_later_with_every_version(desk: Desk) -> None:
    keep_bucket(desk, KEPT)
    said = delete_kept(desk, KEPT)
    assert f"goes:  bucket {KEPT}, 1 objects" in said
    names = {one["Name"] for one in desk.client("s3").list_buckets()["Buckets"]}
    assert KEPT not in names


def test_a_bucket_of_somebody_else_or_of_a_stack_keeps_every_object(desk: Desk) -> None:
    keep_bucket(desk, KEPT)
    keep_bucket(desk, "accounts-of-another-team")
    for names in ([KEPT, "accounts-of-another-team"], [KEPT]):
        with pytest.raises(DestroyError, match=r"by its name, one that stack .*nothing was done"):
            delete_kept(desk, *names, stack="Dropcast" if len(names) > 1 else "Elsewhere")
    with pytest.raises(DestroyError, match="is not there"):
        delete_kept(desk, "dropcast-datalake1aa8665a-49080e2e34db")
    held = "held-datamodels253b5d42-1a7662c03adb"
    template = {
        "Resources": {"Data": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": held}}}
    }
    deploy(desk.stack.cloud, template, name="Held")
    with pytest.raises(DestroyError, match=f"bucket {held} is a part of stack Held"):
        delete_kept(desk, held, stack="Held")
    for name in (KEPT, "accounts-of-another-team"):
        assert desk.client("s3").list_object_versions(Bucket=name)["Versions"]


def test_what_is_kept_is_shown_with_the_command_that_deletes_it(desk: Desk) -> None:
    stack = deploy(desk.stack.cloud)
    bucket = Left(kind="AWS::S3::Bucket", name=KEPT)
    line = describe_kept(bucket, stack)
    assert f"destroy --kept-bucket {KEPT} --account {stack.account}" in line
