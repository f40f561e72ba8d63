"""A deployed stack by moto's leave: what `dead`, `redrive` and `destroy` look at, and a Lambda that
keeps what it is asked."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from moto import mock_aws

from dropcast.contracts.keys import RAW, SCORE_DROP, name_ledger_record
from operations.clouds import Cloud
from operations.stacks import DeployedStack, Resource, name_function_id
from tests.moto_clients import make_client, open_session

DATASET = "spotify_preference"
FUNCTIONS = ("Ingest", "Features", "Score")
ENDED = json.dumps({"StartAt": "End", "States": {"End": {"Type": "Succeed"}}})


@dataclass(kw_only=True)
class FakeLambda:
    """Keeps what is invoked; ``refuses`` makes it fail as a throttled service does."""

    invoked: list[tuple[str, str, Any]] = field(default_factory=list)
    refusal: Exception | None = None

    def invoke(self, *, FunctionName: str, InvocationType: str, Payload: bytes) -> None:  # noqa: N803 - boto3's words
        if self.refusal is not None:
            raise self.refusal
        self.invoked.append((FunctionName.rsplit(":", 1)[-1], InvocationType, json.loads(Payload)))

    def get_function_configuration(self, *, FunctionName: str) -> dict[str, int]:  # noqa: N803
        assert FunctionName in {"ingest", "score"}
        return {"Timeout": 900}


@dataclass(frozen=True)
class QuickQueues:
    """SQS without the second that a long poll of an empty queue waits."""

    client: Any

    def __getattr__(self, name: str) -> Any:
        return getattr(self.client, name)

    def receive_message(self, **asked: Any) -> Any:
        assert asked["WaitTimeSeconds"] > 0, "a short poll may miss messages"
        return self.client.receive_message(**{**asked, "WaitTimeSeconds": 0})


@dataclass(frozen=True, kw_only=True)
class FakedCloud(Cloud):
    """A cloud some of whose services are given."""

    fakes: dict[str, Any]

    def client(self, service: str) -> Any:
        return self.fakes.get(service) or super().client(service)


@dataclass(kw_only=True)
class Desk:
    """A stack, its clients and ways to bring it into disorder."""

    stack: DeployedStack
    functions: FakeLambda
    queue_url: str

    def client(self, service: str) -> Any:
        return self.stack.cloud.client(service)

    def drop(self, name: str, body: bytes = b"a\n1\n", dataset: str = DATASET) -> tuple[str, str]:
        """Put a file under raw/; return its key and version id."""
        key = RAW.format(dataset=dataset, name=name)
        answer = self.client("s3").put_object(
            Bucket="raw", Key=key, Body=body, ContentType="text/csv", Metadata={"from": "a shop"}
        )
        return key, answer["VersionId"]

    def record(self, key: str, version_id: str, dataset: str = DATASET, **told: object) -> None:
        """Write a drop's ledger record."""
        place = name_ledger_record(dataset=dataset, raw_key=key, version_id=version_id)
        plain = {"message": "", "report_key": "reports/unsaid.txt", "finished_at": None}
        self.put_json("lake", place, {**plain, **told})

    def drop_at(self, key: str, body: bytes = b"a\n1\n") -> str:
        """Put a file anywhere in the raw bucket; return its version id."""
        answer = self.client("s3").put_object(Bucket="raw", Key=key, Body=body)
        return str(answer["VersionId"])

    def drop_to_score(self, name: str, body: bytes = b"a\n1\n") -> tuple[str, str]:
        """Put a file under score/; return its key and version id."""
        key = SCORE_DROP.format(dataset=DATASET, name=name)
        return key, self.client("s3").put_object(Bucket="raw", Key=key, Body=body)["VersionId"]

    def put_json(self, bucket: str, key: str, document: object) -> None:
        self.client("s3").put_object(Bucket=bucket, Key=key, Body=json.dumps(document).encode())

    def send_message(self, body: object, **attributes: str) -> str:
        """Put a dead-letter message in the queue as AWS does; return its id."""
        answer = self.client("sqs").send_message(
            QueueUrl=self.queue_url,
            MessageBody=body if isinstance(body, str) else json.dumps(body),
            MessageAttributes={
                name: {"DataType": "String", "StringValue": value}
                for name, value in attributes.items()
            },
        )
        return str(answer["MessageId"])

    def count_messages(self) -> tuple[int, int]:
        """Return how many messages are visible and how many are not."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found = self.client("sqs").get_queue_attributes(
            QueueUrl=self.queue_url, AttributeNames=names
        )["Attributes"]
        return int(found[names[0]]), int(found[names[1]])

    def start(self, name: str, asked: object) -> str:
        """Start an execution; return its ARN."""
        answer = self.client("stepfunctions").start_execution(
            stateMachineArn=self.stack.outputs["StateMachineArn"],
            name=name,
            input=json.dumps(asked),
        )
        return str(answer["executionArn"])

    def stop(self, name: str, asked: object) -> str:
        """Start an execution and stop it, so that it ends badly; return its ARN."""
        arn = self.start(name, asked)
        self.client("stepfunctions").stop_execution(executionArn=arn)
        return arn


@contextmanager
def open_desk() -> Iterator[Desk]:
    """Yield a stack with three buckets, one dead-letter queue and a state machine."""
    with mock_aws():
        functions = FakeLambda()
        fakes: dict[str, Any] = {"lambda": functions, "sqs": QuickQueues(make_client("sqs"))}
        cloud = FakedCloud(session=open_session(), endpoint_url=None, environ={}, fakes=fakes)
        s3 = cloud.client("s3")
        for bucket in ("raw", "lake", "models"):
            s3.create_bucket(Bucket=bucket)
        s3.put_bucket_versioning(Bucket="raw", VersioningConfiguration={"Status": "Enabled"})
        queue_url = cloud.client("sqs").create_queue(QueueName="ingest-dead-letters")["QueueUrl"]
        _connect(cloud)
        machine = cloud.client("stepfunctions").create_state_machine(
            name="train", roleArn="arn:aws:iam::123456789012:role/train", definition=ENDED
        )
        stack = DeployedStack(
            name="Dropcast",
            arn="arn:aws:cloudformation:us-east-1:123456789012:stack/Dropcast/1",
            status="CREATE_COMPLETE",
            outputs={
                "RawBucketName": "raw",
                "LakeBucketName": "lake",
                "ModelBucketName": "models",
                "StateMachineArn": machine["stateMachineArn"],
            },
            resources=(
                Resource(logical_id="Queue", type="AWS::SQS::Queue", name=queue_url),
                Resource(logical_id="Rule", type="AWS::Events::Rule", name="ingest-rule"),
                *(
                    Resource(
                        logical_id=f"{name_function_id(name)}ABCDEF12",
                        type="AWS::Lambda::Function",
                        name=name.lower(),
                    )
                    for name in FUNCTIONS
                ),
            ),
            cloud=cloud,
        )
        yield Desk(stack=stack, functions=functions, queue_url=queue_url)


def _connect(cloud: Cloud) -> None:
    events = cloud.client("events")
    events.put_rule(Name="ingest-rule", EventPattern='{"source": ["aws.s3"]}')
    events.put_targets(
        Rule="ingest-rule",
        Targets=[
            {
                "Id": "1",
                "Arn": "arn:aws:lambda:us-east-1:123456789012:function:ingest",
                "DeadLetterConfig": {
                    "Arn": "arn:aws:sqs:us-east-1:123456789012:ingest-dead-letters"
                },
            }
        ],
    )
