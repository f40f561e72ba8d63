"""What functions call, S3 and Step Functions through boto3 and moto, and the events of S3."""

import dataclasses
import itertools
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from moto import mock_aws

from dropcast.contracts import environment
from dropcast.contracts.api_keys import API_KEYS
from dropcast.contracts.keys import CURRENT_VERSION, RAW, SCORE_DROP
from dropcast.recipe import Recipe, candidate
from dropcast.recipes import RECIPES
from dropcast.runtime.dependencies import Dependencies
from tests.moto_clients import make_client

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_stepfunctions import SFNClient

_RECIPE = RECIPES["spotify_preference"]
# The deployed recipe with its quickest candidate alone: no function depends on which one wins.
QUICK_RECIPES = {
    _RECIPE.dataset: dataclasses.replace(
        _RECIPE, candidates=(candidate("logistic_regression", C=1.0),)
    )
}
# An id for each of the API's keys.
KEY_IDS = {name: f"id-of-{name}" for name in API_KEYS}
SAMPLE = Path("tests/samples/spotify_preference/generated_sample.csv")


@dataclass(kw_only=True)
class Cloud:
    """Three buckets, a state machine and the dependencies of a function."""

    s3: "S3Client"
    stepfunctions: "SFNClient"
    dependencies: Dependencies
    environ: Mapping[str, str]
    sequence: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def drop(
        self, body: bytes, name: str = "songs.csv", dataset: str = "spotify_preference"
    ) -> Any:
        """Put an object under raw/ and return the event that S3 sends for it."""
        return self.put_raw(RAW.format(dataset=dataset, name=name), body)

    def drop_to_score(
        self, body: bytes, name: str = "songs.csv", dataset: str = "spotify_preference"
    ) -> Any:
        """Put an object under score/ and return the event that S3 sends for it."""
        return self.put_raw(SCORE_DROP.format(dataset=dataset, name=name), body)

    def put_raw(self, key: str, body: bytes) -> Any:
        answer = self.s3.put_object(Bucket="raw", Key=key, Body=body)
        return make_event(
            "raw",
            key,
            size=len(body),
            sequencer=f"{next(self.sequence):016X}",
            version_id=answer["VersionId"],
        )

    def make_dependencies_for(self, names: Iterable[str]) -> Dependencies:
        """Return the dependencies of a function whose routes take these API keys."""
        return Dependencies(
            environ={**self.environ, **list_key_ids(names)},
            s3=self.s3,
            stepfunctions=self.stepfunctions,
            recipes=self.dependencies.recipes,
        )

    def list_keys(self, bucket: str) -> list[str]:
        answer = self.s3.list_objects_v2(Bucket=bucket)
        return sorted(item["Key"] for item in answer.get("Contents", []))

    def read_text(self, bucket: str, key: str) -> str:
        return self.s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode()

    def list_executions(self) -> list[str]:
        answer = self.stepfunctions.list_executions(
            stateMachineArn=self.environ[environment.STATE_MACHINE_ARN]
        )
        return [execution["name"] for execution in answer["executions"]]


def list_key_ids(names: Iterable[str]) -> dict[str, str]:
    """Return the variable by which a function knows the API keys that its routes take."""
    return {environment.KEY_IDS: ",".join(KEY_IDS[name] for name in names)}


def make_event(
    bucket: str, key: str, *, size: int = 1, sequencer: str = "1", version_id: str = "1"
) -> dict[str, Any]:
    """Return EventBridge's "Object Created" event, as S3 sends it."""
    found: dict[str, Any] = {
        "key": key,
        "size": size,
        "etag": "e",
        "sequencer": sequencer,
        "version-id": version_id,
    }
    return {
        "detail-type": "Object Created",
        "source": "aws.s3",
        "detail": {"bucket": {"name": bucket}, "object": found},
    }


def make_moved_event(dataset: str) -> dict[str, Any]:
    return make_event("lake", CURRENT_VERSION.format(dataset=dataset))


@contextmanager
def open_cloud(recipes: Mapping[str, Recipe] = QUICK_RECIPES) -> Iterator[Cloud]:
    """Yield an empty cloud."""
    with mock_aws():
        s3 = make_client("s3")
        for bucket in ("raw", "lake", "models"):
            s3.create_bucket(Bucket=bucket)
        s3.put_bucket_versioning(Bucket="raw", VersioningConfiguration={"Status": "Enabled"})
        stepfunctions = make_client("stepfunctions")
        machine = stepfunctions.create_state_machine(
            name="train",
            roleArn="arn:aws:iam::123456789012:role/train",
            definition=json.dumps({"StartAt": "End", "States": {"End": {"Type": "Succeed"}}}),
        )
        environ = {
            environment.RAW_BUCKET: "raw",
            environment.LAKE_BUCKET: "lake",
            environment.MODEL_BUCKET: "models",
            environment.STATE_MACHINE_ARN: machine["stateMachineArn"],
            environment.CODE_HASH: "code",
        }
        yield Cloud(
            s3=s3,
            stepfunctions=stepfunctions,
            environ=environ,
            dependencies=Dependencies(
                environ=environ, s3=s3, stepfunctions=stepfunctions, recipes=recipes
            ),
        )
