"""A deployed stack by moto's leave, found through the shell's variables as the commands find it:
buckets, API keys, and a state machine that really runs."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from moto import mock_aws

from dropcast.contracts.drops import DropRecord
from dropcast.contracts.keys import (
    CURRENT_VERSION,
    DATASET_CARD,
    MODEL_CARD,
    RAW,
    REPORT,
    name_ledger_record,
    place_drop,
)
from dropcast.contracts.serialization.codec import to_document
from operations.clouds import reach_cloud
from operations.stacks import DeployedStack, open_stack

DATASET = "spotify_preference"
ACCOUNT = "123456789012"
MODEL = f"{DATASET}-0123456789abcdef"
VERSION = "a" * 64
VARIABLES = {
    "AWS_ACCESS_KEY_ID": "1",
    "AWS_SECRET_ACCESS_KEY": "1",
    "AWS_REGION": "us-east-1",
    "AWS_DEFAULT_REGION": "us-east-1",
}
# Variables of a developer's shell that would lead elsewhere.
FOREIGN = ("AWS_ENDPOINT_URL", "AWS_PROFILE", "AWS_SESSION_TOKEN", "RAW_BUCKET")
BUCKETS = ("Raw", "Lake", "Model")
DECIDED = {
    "decision": "rejected",
    "model": MODEL,
    "reasons": ["roc_auc 0.61 is not above 0.75"],
    "card_key": MODEL_CARD.format(dataset=DATASET, model=MODEL),
}
# Ends by what it is asked: as a run does, or with the error that is named.
MACHINE = {
    "StartAt": "Split rows",
    "States": {
        "Split rows": {"Type": "Pass", "Next": "Is it good?"},
        "Is it good?": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.fails", "IsPresent": True, "Next": "Run failed"}],
            "Default": "Reject model",
        },
        "Reject model": {"Type": "Pass", "Result": DECIDED, "End": True},
        "Run failed": {
            "Type": "Fail",
            "Error": "TooFewRowsError",
            "Cause": '{"errorMessage": "no rows"}',
        },
    },
}
CARD = {
    "model": MODEL,
    "evaluation": {
        "rows": 140,
        "metrics": {"roc_auc": {"value": 0.61, "low": 0.55, "high": 0.67}},
        "baseline": {"roc_auc": 0.5},
    },
}


@dataclass(kw_only=True)
class Deployment:
    """The stack, and ways to have something happen to it."""

    stack: DeployedStack

    def drop(self, key: str, body: bytes = b"a\n1\n") -> str:
        """Put a file in the raw bucket; return its version id."""
        bucket = self.stack.outputs["RawBucketName"]
        return self.stack.s3.put_object(Bucket=bucket, Key=key, Body=body)["VersionId"]

    def put(self, output: str, key: str, body: str | Mapping[str, Any]) -> None:
        text = body if isinstance(body, str) else json.dumps(body)
        self.stack.s3.put_object(Bucket=self.stack.outputs[output], Key=key, Body=text.encode())

    def record(self, key: str, version_id: str, **said: Any) -> DropRecord:
        """Write what ingest says of a drop: its ledger record and its report."""
        place = place_drop(RAW, key)
        record = DropRecord(
            dataset=place["dataset"],
            raw_key=key,
            raw_version_id=version_id,
            sequencer="01",
            size_bytes=4,
            **{
                "attempt": 1,
                "state": "success",
                "report_key": REPORT.format(**place),
                "code_hash": "c" * 16,
                "started_at": datetime.now(UTC).isoformat(timespec="seconds"),
                "dataset_version": VERSION,
                "commit": "changed",
                **said,
            },
        )
        ledger = name_ledger_record(dataset=record.dataset, raw_key=key, version_id=version_id)
        self.put("LakeBucketName", ledger, to_document(record))
        report = f"File:  {key}\nVersion:  {version_id}\nState:  {record.state}\n[red]{key}[/]\n"
        self.put("RawBucketName", record.report_key, report)
        return record

    def move(self, dataset: str, version: str = VERSION) -> None:
        """Make a version the dataset's current one."""
        self.put("LakeBucketName", CURRENT_VERSION.format(dataset=dataset), {"version": version})

    def build_features(self, run_id: str) -> None:
        key = DATASET_CARD.format(dataset=DATASET, run_id=run_id)
        self.put("LakeBucketName", key, {"rows": 698, "features": ["a", "b"]})

    def start(self, name: str, **asked: Any) -> str:
        """Start an execution, which ends at once; return its ARN."""
        answer = self.stack.stepfunctions.start_execution(
            stateMachineArn=self.stack.outputs["StateMachineArn"],
            name=name,
            input=json.dumps({"dataset": DATASET, **asked}),
        )
        return answer["executionArn"]


@contextmanager
def open_deployment(
    monkeypatch: pytest.MonkeyPatch, *, without: tuple[str, ...] = ()
) -> Iterator[Deployment]:
    """Yield a stack in an account that counts as a real one; ``without`` are outputs that it does
    not have."""
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)
    for name in FOREIGN:
        monkeypatch.delenv(name, raising=False)
    with mock_aws(config={"stepfunctions": {"execute_state_machine": True}}):
        names = ("ApiKeyId", "UploadKeyId", "OperatorKeyId")
        gateway = boto3.client("apigateway")
        keys = {
            output: gateway.create_api_key(name=output, value=f"the value of {output}")["id"]
            for output in names
        }
        # By its own call: CloudFormation's machines do not run in moto.
        machine = boto3.client("stepfunctions").create_state_machine(
            name="train",
            roleArn=f"arn:aws:iam::{ACCOUNT}:role/train",
            definition=json.dumps(MACHINE),
        )
        outputs = {
            "StateMachineArn": machine["stateMachineArn"],
            **{f"{name}BucketName": {"Ref": name} for name in BUCKETS},
            "ApiUrl": "https://abc123.execute-api.us-east-1.amazonaws.com/v1/",
            "ApiId": "abc123",
            **keys,
        }
        template = {
            "Resources": {name: {"Type": "AWS::S3::Bucket"} for name in BUCKETS},
            "Outputs": {
                name: {"Value": value} for name, value in outputs.items() if name not in without
            },
        }
        boto3.client("cloudformation").create_stack(
            StackName="Dropcast", TemplateBody=json.dumps(template)
        )
        stack = open_stack(reach_cloud(local=False))
        stack.s3.put_bucket_versioning(
            Bucket=stack.outputs["RawBucketName"], VersioningConfiguration={"Status": "Enabled"}
        )
        deployment = Deployment(stack=stack)
        deployment.put("ModelBucketName", DECIDED["card_key"], CARD)  # type: ignore[arg-type]
        yield deployment
