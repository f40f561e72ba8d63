"""A deployed stack for exercises; after each exercise its buckets are restored."""

import itertools
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from botocore.config import Config

from operations.stacks import DeployedStack

BUCKETS = ("RawBucketName", "LakeBucketName", "ModelBucketName")
# The fields of a function's result that say what was done, and are the same each time.
_FIELDS = ("state", "commit", "decision", "passed", "ended", "built", "rows_answered")


@dataclass(frozen=True, kw_only=True)
class Stored:
    """An object as it is restored."""

    etag: str
    body: bytes
    content_type: str


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """The stack, with its functions by their names in the template.

    ``numbers``  a counter for names that are used once
    """

    stack: DeployedStack
    functions: Mapping[str, Any]
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    clients: dict[str, Any] = field(default_factory=dict)

    def client(self, service: str) -> Any:
        """Return a client without retries: a second attempt would only take longer."""
        if service not in self.clients:
            opened: Any = self.stack.session.client
            self.clients[service] = opened(
                service,
                endpoint_url=self.stack.endpoint_url,
                config=Config(read_timeout=900, retries={"total_max_attempts": 1}),
            )
        return self.clients[service]

    @cached_property
    def stored(self) -> dict[tuple[str, str], Stored]:
        """All objects as they were when this was first read."""
        return {
            (bucket, key): self._read(bucket, key, etag)
            for (bucket, key), etag in self._list().items()
        }

    def _read(self, bucket: str, key: str, etag: str) -> Stored:
        read = self.stack.s3.get_object(Bucket=self.stack.outputs[bucket], Key=key)
        return Stored(etag=etag, body=read["Body"].read(), content_type=read["ContentType"])

    def _list(self) -> dict[tuple[str, str], str]:
        found = {}
        for bucket in BUCKETS:
            pages = self.stack.s3.get_paginator("list_objects_v2").paginate(
                Bucket=self.stack.outputs[bucket]
            )
            for page in pages:
                for item in page.get("Contents", []):
                    found[bucket, item["Key"]] = item["ETag"]
        return found

    def restore(self) -> None:
        """Restore the buckets to what they held at first."""
        present = self._list()
        for (bucket, key), kept in self.stored.items():
            if present.get((bucket, key)) != kept.etag:
                self.stack.s3.put_object(
                    Bucket=self.stack.outputs[bucket],
                    Key=key,
                    Body=kept.body,
                    ContentType=kept.content_type,
                )
        for bucket, key in present.keys() - self.stored.keys():
            self.stack.s3.delete_object(Bucket=self.stack.outputs[bucket], Key=key)

    def remove(self, bucket: str, prefix: str) -> None:
        """Delete the objects under a prefix until ``restore``."""
        for name, key in self.stored:
            if name == bucket and key.startswith(prefix):
                self.stack.s3.delete_object(Bucket=self.stack.outputs[bucket], Key=key)

    def drop(self, key: str, body: bytes) -> dict[str, Any]:
        """Put a file into the raw bucket; return the event that S3 sends for it."""
        bucket = self.stack.outputs["RawBucketName"]
        written = self.stack.s3.put_object(Bucket=bucket, Key=key, Body=body)
        return describe_object(
            bucket,
            key,
            size=len(body),
            version=written["VersionId"],
            sequencer=f"{next(self.numbers):016X}",
        )

    def invoke(self, function: str, event: object) -> str:
        """Call a function; return its error's name, or what its result says was done."""
        response = self.client("lambda").invoke(
            FunctionName=self.functions[function]["FunctionName"],
            Payload=json.dumps(event).encode(),
        )
        payload = json.loads(response["Payload"].read() or b"null")
        if "FunctionError" in response:
            return str(payload["errorType"])
        return describe_result(payload)

    @contextmanager
    def changed(self, function: str, variables: Mapping[str, str]) -> Iterator[None]:
        """Run a function with more variables, and so in a new worker, for a ``with`` block."""
        settings = self.functions[function]
        name, kept = settings["FunctionName"], settings["Environment"]["Variables"]
        update = self.client("lambda").update_function_configuration
        update(FunctionName=name, Environment={"Variables": {**kept, **variables}})
        try:
            yield
        finally:
            update(FunctionName=name, Environment={"Variables": kept})


def describe_result(payload: Any) -> str:
    """Return what a function's result says was done.

    >>> describe_result({"state": "refused", "at": "12:03"})
    'state refused'
    >>> describe_result({"statusCode": 403, "body": "{}"})
    'status 403'
    """
    if isinstance(payload, Mapping) and "statusCode" in payload:
        return f"status {payload['statusCode']}"
    fields = payload if isinstance(payload, Mapping) else {}
    done = [f"{name} {fields[name]}" for name in _FIELDS if fields.get(name) is not None]
    return ", ".join(done) or "returned"


def describe_object(
    bucket: str, key: str, *, size: int = 1, version: str | None = None, sequencer: str = "1"
) -> dict[str, Any]:
    """Return the event that EventBridge sends for a new object."""
    named = {} if version is None else {"version-id": version}
    return {
        "source": "aws.s3",
        "detail-type": "Object Created",
        "detail": {
            "bucket": {"name": bucket},
            "object": {"key": key, "size": size, "sequencer": sequencer, **named},
        },
    }


def open_deployment(stack: DeployedStack) -> Deployment:
    """Return the deployment, with the functions found by the service names of their logs."""
    client = stack.session.client("lambda", endpoint_url=stack.endpoint_url)
    prefix = "dropcast-"
    functions = {
        service.removeprefix(prefix).title(): function
        for page in client.get_paginator("list_functions").paginate()
        for function in page["Functions"]
        if (
            service := function.get("Environment", {})
            .get("Variables", {})
            .get("POWERTOOLS_SERVICE_NAME", "")
        ).startswith(prefix)
    }
    return Deployment(stack=stack, functions=functions)


@contextmanager
def pause_triggers(deployment: Deployment) -> Iterator[None]:
    """Let nothing start by itself during a ``with`` block.

    No rule fires, and a failed event is not tried again.
    """
    events, client = deployment.client("events"), deployment.client("lambda")
    rules = [rule["Name"] for rule in events.list_rules()["Rules"] if rule["State"] == "ENABLED"]
    names = [deployment.functions[name]["FunctionName"] for name in ("Ingest", "Features", "Score")]
    kept = {name: _read_retries(client, name) for name in names}
    try:
        for rule in rules:
            events.disable_rule(Name=rule)
        for name in names:
            _write_retries(client, name, {**kept[name], "MaximumRetryAttempts": 0})
        yield
    finally:
        for rule in rules:
            events.enable_rule(Name=rule)
        for name in names:
            _write_retries(client, name, kept[name])


def _read_retries(client: Any, function: str) -> dict[str, Any]:
    config = client.get_function_event_invoke_config(FunctionName=function, Qualifier="$LATEST")
    names = ("MaximumRetryAttempts", "MaximumEventAgeInSeconds", "DestinationConfig")
    return {name: config[name] for name in names}


def _write_retries(client: Any, function: str, config: Mapping[str, Any]) -> None:
    client.put_function_event_invoke_config(FunctionName=function, Qualifier="$LATEST", **config)
