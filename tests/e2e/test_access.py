"""People with the policies of docs/access.md on the deployed stack: what they may do, and that they
may do nothing else."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from emulators.account import open_session
from operations.clouds import Cloud
from operations.recovery.dead_letters import find_queues, list_messages, send_again
from operations.recovery.drops import take_all_in_again
from operations.stacks import DeployedStack, name_function_id, open_stack
from operations.watching import wait_for, wait_for_drop
from tests.e2e.conftest import DATASET, IS_STRICT, SAMPLE, Trained
from tests.e2e.iam_users import Person, make_person, run_command
from toolchain.endpoints import STACK_NAME

pytestmark = pytest.mark.e2e

# A reference table: its drops train nothing.
TABLE = "police_stations"
enforced = pytest.mark.skipif(not IS_STRICT, reason="LocalStack's free edition enforces no IAM")


@pytest.fixture(scope="module")
def report(stack: DeployedStack) -> str:
    """A report of the table, on a file that was refused."""
    key = f"raw/{TABLE}/access.csv"
    bucket = stack.outputs["RawBucketName"]
    version = stack.s3.put_object(Bucket=bucket, Key=key, Body=b"x\n1\n")["VersionId"]
    drop = wait_for_drop(stack, dataset=TABLE, raw_key=key, version_id=version)
    assert drop.report_key is not None
    return drop.report_key


@pytest.fixture
def dropper(stack: DeployedStack) -> Iterator[Person]:
    with make_person(stack, "drop", dataset=TABLE) as person:
        yield person


@enforced
def test_who_may_drop_under_one_dataset_drops_there_and_reads_its_reports(
    stack: DeployedStack, dropper: Person, report: str
) -> None:
    s3, bucket = dropper.client("s3"), stack.outputs["RawBucketName"]
    key = f"raw/{TABLE}/mine/access.csv"
    version = s3.put_object(Bucket=bucket, Key=key, Body=b"x\n2\n")["VersionId"]
    drop = wait_for_drop(stack, dataset=TABLE, raw_key=key, version_id=version)
    own_report = s3.get_object(Bucket=bucket, Key=drop.report_key)["Body"].read().decode()
    assert "access.csv" in own_report
    assert s3.get_object(Bucket=bucket, Key=report)["Body"].read()
    for prefix, found in ((f"raw/{TABLE}/", key), (f"reports/{TABLE}/", report)):
        listed = s3.list_objects_v2(Bucket=bucket, Prefix=prefix)["Contents"]
        assert found in {one["Key"] for one in listed}
    # A report that is not there yet is not found, and not forbidden.
    with pytest.raises(s3.exceptions.NoSuchKey):
        s3.get_object(Bucket=bucket, Key=f"reports/{TABLE}/not-yet.csv.txt")
    place = {"Bucket": bucket, "Key": f"raw/{TABLE}/large.csv"}
    upload = s3.create_multipart_upload(**place)["UploadId"]
    s3.upload_part(**place, UploadId=upload, PartNumber=1, Body=b"x\n")
    s3.abort_multipart_upload(**place, UploadId=upload)


@enforced
@pytest.mark.parametrize(
    "forbidden",
    [
        ("put_object", "Raw", {"Key": f"raw/{DATASET}/a.csv", "Body": b"x"}),
        ("put_object", "Raw", {"Key": f"raw/{TABLE}2/a.csv", "Body": b"x"}),
        ("put_object", "Raw", {"Key": "raw/a.csv", "Body": b"x"}),
        ("put_object", "Raw", {"Key": f"score/{TABLE}/a.csv", "Body": b"x"}),
        ("put_object", "Raw", {"Key": f"reports/{TABLE}/access.csv.txt", "Body": b"x"}),
        ("put_object", "Lake", {"Key": f"clean/current/{TABLE}.json", "Body": b"x"}),
        ("put_object", "Model", {"Key": f"champions/{DATASET}.json", "Body": b"x"}),
        ("create_multipart_upload", "Raw", {"Key": f"raw/{DATASET}/a.csv"}),
        ("get_object", "Raw", {"Key": f"raw/{TABLE}/access.csv"}),
        ("get_object", "Raw", {"Key": f"reports/{DATASET}/sample.csv.txt"}),
        ("get_object", "Lake", {"Key": f"clean/current/{TABLE}.json"}),
        ("delete_object", "Raw", {"Key": f"raw/{TABLE}/access.csv"}),
        ("delete_object", "Raw", {"Key": f"reports/{TABLE}/access.csv.txt"}),
        ("list_objects_v2", "Raw", {}),
        ("list_objects_v2", "Raw", {"Prefix": "raw/"}),
        ("list_objects_v2", "Raw", {"Prefix": f"raw/{DATASET}/"}),
        ("list_objects_v2", "Lake", {"Prefix": f"raw/{TABLE}/"}),
        ("list_object_versions", "Raw", {"Prefix": f"raw/{TABLE}/"}),
        ("get_bucket_policy", "Raw", {}),
        ("put_bucket_versioning", "Raw", {"VersioningConfiguration": {"Status": "Suspended"}}),
        ("delete_bucket", "Raw", {}),
    ],
)
def test_who_may_drop_under_one_dataset_may_do_nothing_else_in_the_buckets(
    stack: DeployedStack, dropper: Person, report: str, forbidden: tuple[str, str, dict[str, Any]]
) -> None:
    assert report.startswith(f"reports/{TABLE}/access.csv")
    call, bucket, arguments = forbidden
    name = stack.outputs[f"{bucket}BucketName"]
    dropper.assert_denied("s3", call, Bucket=name, **arguments)


@enforced
def test_who_may_drop_under_one_dataset_may_do_nothing_elsewhere(
    stack: DeployedStack, dropper: Person
) -> None:
    s3, bucket = dropper.client("s3"), stack.outputs["RawBucketName"]
    with pytest.raises(ClientError) as caught:  # another's file, copied to where one may write
        s3.copy_object(
            Bucket=bucket,
            Key=f"raw/{TABLE}/copied.csv",
            CopySource={"Bucket": bucket, "Key": f"raw/{DATASET}/sample.csv"},
        )
    assert caught.value.response["Error"]["Code"] in ("AccessDenied", "NoSuchKey")
    machine = stack.outputs["StateMachineArn"]
    for service, call, arguments in (
        ("apigateway", "get_api_keys", {"includeValues": True}),
        ("apigateway", "get_api_key", {"apiKey": stack.outputs["OperatorKeyId"]}),
        ("lambda", "list_functions", {}),
        ("stepfunctions", "start_execution", {"stateMachineArn": machine, "input": "{}"}),
        ("cloudformation", "describe_stacks", {"StackName": STACK_NAME}),
        ("iam", "list_users", {}),
    ):
        dropper.assert_denied(service, call, **arguments)


@enforced
def test_who_may_score_files_gets_predictions_and_teaches_nothing(
    stack: DeployedStack, trained: Trained, tmp_path: Path
) -> None:
    assert trained.run.status == "SUCCEEDED"
    bucket = stack.outputs["RawBucketName"]
    path = tmp_path / "access.csv"
    path.write_bytes(SAMPLE.read_bytes())
    with make_person(stack, "score", dataset=DATASET) as person:
        done = run_command(
            person.environ, "score", str(path), "--dataset", DATASET, "--bucket", bucket
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert tmp_path.joinpath("access.csv.predictions.csv").read_text().count("\n") > 10
        for key in (f"raw/{DATASET}/a.csv", f"score/{TABLE}/a.csv", f"scored/{DATASET}/x"):
            person.assert_denied("s3", "put_object", Bucket=bucket, Key=key, Body=b"x")
        for key in (f"reports/{DATASET}/sample.csv.txt", f"raw/{DATASET}/sample.csv"):
            person.assert_denied("s3", "get_object", Bucket=bucket, Key=key)
        for prefix in ("", f"raw/{DATASET}/", f"score/{TABLE}/"):
            person.assert_denied("s3", "list_objects_v2", Bucket=bucket, Prefix=prefix)
        person.assert_denied(
            "s3", "delete_object", Bucket=bucket, Key=f"score/{DATASET}/access.csv"
        )


@enforced
def test_a_deployer_takes_the_cdks_roles_and_no_other(stack: DeployedStack) -> None:
    iam: Any = stack.session.client("iam", endpoint_url=stack.endpoint_url)
    roles = [role for page in iam.get_paginator("list_roles").paginate() for role in page["Roles"]]
    of_cdk = {role["RoleName"]: role["Arn"] for role in roles if "cdk-hnb659fds-" in role["Arn"]}
    ours = [role["Arn"] for role in roles if role["RoleName"].startswith(f"{STACK_NAME}-")]
    assert len(ours) >= 13
    with make_person(stack, "deploy") as person:
        sts = person.client("sts")
        for kind in ("deploy", "file-publishing", "lookup"):
            (arn,) = [arn for name, arn in of_cdk.items() if f"-{kind}-role-" in name]
            taken = sts.assume_role(RoleArn=arn, RoleSessionName="test")
            assert taken["Credentials"]["SessionToken"]
        for arn in ours:
            person.assert_denied("sts", "assume_role", RoleArn=arn, RoleSessionName="test")
        person.assert_denied("cloudformation", "describe_stacks", StackName=STACK_NAME)
    with make_person(stack) as stranger:
        for arn in of_cdk.values():
            stranger.assert_denied("sts", "assume_role", RoleArn=arn, RoleSessionName="test")


@enforced
def test_doctor_sees_with_its_policy_what_the_accounts_root_sees(stack: DeployedStack) -> None:
    def look(environ: Any) -> list[str]:
        done = run_command(environ, "doctor", "--stage", "local")
        # The line on the caller is another for each.
        return [
            line for line in done.stdout.splitlines() if ":user/" not in line and "root" not in line
        ]

    with make_person(stack, "doctor") as person, make_person(stack) as stranger:
        seen = look(person.environ)
        assert seen == look(stack.environ)
        assert seen != look(stranger.environ)


def reach(person: Person) -> DeployedStack:
    """Return the stack as a command of this person finds it."""
    session = open_session(person.environ)
    endpoint = person.environ["AWS_ENDPOINT_URL"]
    return open_stack(Cloud(session=session, endpoint_url=endpoint, environ=person.environ))


@enforced
def test_who_may_read_the_variables_reads_outputs_and_keys_and_no_data(
    stack: DeployedStack,
) -> None:
    with make_person(stack, "env") as person, make_person(stack, "dead") as other:
        own = reach(person)
        assert own.outputs == stack.outputs
        keys = (own.api_key, own.upload_key, own.operator_key)
        assert keys == (stack.api_key, stack.upload_key, stack.operator_key)
        bucket = stack.outputs["RawBucketName"]
        person.assert_denied("s3", "list_objects_v2", Bucket=bucket)
        person.assert_denied("apigateway", "get_rest_api", restApiId=stack.outputs["ApiId"])
        key_id = stack.outputs["OperatorKeyId"]
        other.assert_denied("apigateway", "get_api_key", apiKey=key_id, includeValue=True)
        shown = run_command(person.environ, "env")
        assert shown.returncode == 0, shown.stderr
        assert f"export OPERATOR_KEY={own.operator_key}\n" in shown.stdout
        without = run_command(other.environ, "env")
        assert without.returncode == 0, without.stderr
        assert f"export RAW_BUCKET={bucket}\n" in without.stdout
        assert "# OPERATOR_KEY is not shown: " in without.stdout
        assert own.operator_key not in without.stdout


@enforced
def test_dead_sees_with_its_policy_what_the_accounts_root_sees_and_mends_nothing(
    stack: DeployedStack, trained: Trained, report: str
) -> None:
    assert trained.run.status == "SUCCEEDED"
    with make_person(stack, "dead") as person, make_person(stack, "doctor") as other:
        done = run_command(person.environ, "dead", "--json")
        as_root = run_command(stack.environ, "dead", "--json")
        assert (done.returncode, done.stdout) == (as_root.returncode, as_root.stdout), done.stderr
        refused = run_command(other.environ, "dead", "--json")
        assert refused.returncode != 0
        assert "ListStackResources" in refused.stderr
        machine = stack.outputs["StateMachineArn"]
        for service, call, arguments in list_recovery_calls(stack):
            person.assert_denied(service, call, **arguments)
        person.assert_denied(
            "s3", "delete_object", Bucket=stack.outputs["RawBucketName"], Key=report
        )
        person.assert_denied("stepfunctions", "delete_state_machine", stateMachineArn=machine)


def list_recovery_calls(stack: DeployedStack) -> list[tuple[str, str, dict[str, Any]]]:
    """Return calls that only `redrive` makes, in a form that changes nothing where they may: a
    run of the name of one that was."""
    functions = stack.session.client("lambda", endpoint_url=stack.endpoint_url)
    ingest = next(
        one["FunctionName"]
        for page in functions.get_paginator("list_functions").paginate()
        for one in page["Functions"]
        if name_function_id("Ingest") in one["FunctionName"]
    )
    machine = stack.outputs["StateMachineArn"]
    (run, *_) = stack.stepfunctions.list_executions(stateMachineArn=machine)["executions"]
    again = {"stateMachineArn": machine, "name": run["name"], "input": '{"other": 1}'}
    return [
        ("lambda", "invoke", {"FunctionName": ingest, "InvocationType": "DryRun"}),
        ("stepfunctions", "start_execution", again),
    ]


def try_call(person: Person, service: str, call: str, arguments: dict[str, Any]) -> str | None:
    """Return the code of a call's error, ``None`` where it was let in and done."""
    try:
        getattr(person.client(service), call)(**arguments)
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return None


@enforced
def test_redrive_sends_again_with_both_policies(
    stack: DeployedStack, trained: Trained, report: str
) -> None:
    assert (trained.run.status, bool(report)) == ("SUCCEEDED", True)
    with make_person(stack, "dead", "redrive") as person:
        found = reach(person)
        codes = {try_call(person, *call) for call in list_recovery_calls(stack)}
        assert codes == {None, "ExecutionAlreadyExists"}
        # A folder's marker is no drop: its event makes ingest do nothing.
        (queue,) = [one for one in find_queues(found) if "Ingest" in one.function]
        key = f"raw/{TABLE}/access/"
        event = {
            "source": "aws.s3",
            "detail-type": "Object Created",
            "detail": {
                "bucket": {"name": stack.outputs["RawBucketName"]},
                "object": {"key": key, "size": 0, "version-id": "1", "sequencer": "1"},
            },
        }
        queues = stack.session.client("sqs", endpoint_url=stack.endpoint_url)
        queues.send_message(QueueUrl=queue.url, MessageBody=json.dumps(event))

        def look() -> str | None:
            messages = [
                message for message in list_messages(found) if message.describe().key == key
            ]
            return messages[0].message_id if messages else None

        message_id = wait_for("the dead-letter message", look, timeout_seconds=30)
        assert send_again(found, [message_id]) == {message_id: f"sent to {queue.function} again"}
        ended = {name: done for name, done, _ in take_all_in_again(found, TABLE)}
        assert ended[f"raw/{TABLE}/access.csv"].startswith("dropped again as version")
