"""A deployed stack on which things are tried: whatever was tried, the buckets are put back."""

import itertools
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from botocore.config import Config

from operations.client import Stack

BUCKETS = ("RawBucketName", "LakeBucketName", "ModelBucketName")
# What of an answer says what was done, and is the same each time.
_FACTS = ("state", "commit", "decision", "passed", "ended", "built", "rows_answered")


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What an exercise came to: ``told`` in words that are the same each time."""

    told: str


@dataclass(frozen=True, kw_only=True)
class Stored:
    """An object as it is put back."""

    etag: str
    body: bytes
    content_type: str


@dataclass(frozen=True, kw_only=True)
class Lab:
    """``functions`` are the deployed functions by their doors' names."""

    stack: Stack
    functions: Mapping[str, Any]
    fresh: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    clients: dict[str, Any] = field(default_factory=dict)

    def client(self, service: str) -> Any:
        """Return a client that asks once: a second attempt would only take longer."""
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
        """All objects as they were when this was first asked for."""
        return {
            (bucket, key): self._read(bucket, key, etag)
            for (bucket, key), etag in self._list().items()
        }

    def _read(self, bucket: str, key: str, etag: str) -> Stored:
        answer = self.stack.s3.get_object(Bucket=self.stack.outputs[bucket], Key=key)
        return Stored(etag=etag, body=answer["Body"].read(), content_type=answer["ContentType"])

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

    def put_back(self) -> None:
        """Make the buckets hold what they held at first."""
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
        """Delete what lies under a prefix; ``put_back`` brings it back."""
        for name, key in self.stored:
            if name == bucket and key.startswith(prefix):
                self.stack.s3.delete_object(Bucket=self.stack.outputs[bucket], Key=key)

    def drop(self, key: str, body: bytes) -> dict[str, Any]:
        """Put a file into the raw bucket; return the event that S3 sends of it."""
        bucket = self.stack.outputs["RawBucketName"]
        answer = self.stack.s3.put_object(Bucket=bucket, Key=key, Body=body)
        return describe_object(
            bucket,
            key,
            size=len(body),
            version=answer["VersionId"],
            sequencer=f"{next(self.fresh):016X}",
        )

    def invoke(self, door: str, event: object) -> Outcome:
        """Call a function; tell its error's name, or the facts of its answer."""
        answer = self.client("lambda").invoke(
            FunctionName=self.functions[door]["FunctionName"], Payload=json.dumps(event).encode()
        )
        payload = json.loads(answer["Payload"].read() or b"null")
        if "FunctionError" in answer:
            return Outcome(told=str(payload["errorType"]))
        return describe_answer(payload)

    @contextmanager
    def changed(self, door: str, variables: Mapping[str, str]) -> Iterator[None]:
        """Run the door with more variables, which gives it a new worker; then as it was."""
        function = self.functions[door]
        kept = function["Environment"]["Variables"]
        update = self.client("lambda").update_function_configuration
        update(
            FunctionName=function["FunctionName"], Environment={"Variables": {**kept, **variables}}
        )
        try:
            yield
        finally:
            update(FunctionName=function["FunctionName"], Environment={"Variables": kept})


def describe_answer(payload: Any) -> Outcome:
    """Return what a function's answer says was done.

    >>> describe_answer({"state": "refused", "at": "12:03"}).told
    'state refused'
    >>> describe_answer({"statusCode": 403, "body": "{}"}).told
    'status 403'
    """
    if isinstance(payload, Mapping) and "statusCode" in payload:
        return Outcome(told=f"status {payload['statusCode']}")
    found = payload if isinstance(payload, Mapping) else {}
    facts = [f"{name} {found[name]}" for name in _FACTS if found.get(name) is not None]
    return Outcome(told=", ".join(facts) or "answered")


def describe_object(
    bucket: str, key: str, *, size: int = 1, version: str | None = None, sequencer: str = "1"
) -> dict[str, Any]:
    """Return the event that EventBridge brings of a new object."""
    named = {} if version is None else {"version-id": version}
    return {
        "source": "aws.s3",
        "detail-type": "Object Created",
        "detail": {
            "bucket": {"name": bucket},
            "object": {"key": key, "size": size, "sequencer": sequencer, **named},
        },
    }


def open_lab(stack: Stack) -> Lab:
    """Return the stack with its functions found by the names that they log under."""
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
    return Lab(stack=stack, functions=functions)


@contextmanager
def stand_still(lab: Lab) -> Iterator[None]:
    """Nothing starts by itself while this lasts: no rule fires, and a failed event is given up at
    once."""
    events, functions = lab.client("events"), lab.client("lambda")
    rules = [rule["Name"] for rule in events.list_rules()["Rules"] if rule["State"] == "ENABLED"]
    doors = [lab.functions[door]["FunctionName"] for door in ("Ingest", "Features", "Score")]
    kept = {door: _read_retries(functions, door) for door in doors}
    try:
        for rule in rules:
            events.disable_rule(Name=rule)
        for door in doors:
            _write_retries(functions, door, {**kept[door], "MaximumRetryAttempts": 0})
        yield
    finally:
        for rule in rules:
            events.enable_rule(Name=rule)
        for door in doors:
            _write_retries(functions, door, kept[door])


def _read_retries(functions: Any, door: str) -> dict[str, Any]:
    found = functions.get_function_event_invoke_config(FunctionName=door, Qualifier="$LATEST")
    names = ("MaximumRetryAttempts", "MaximumEventAgeInSeconds", "DestinationConfig")
    return {name: found[name] for name in names}


def _write_retries(functions: Any, door: str, config: Mapping[str, Any]) -> None:
    functions.put_function_event_invoke_config(FunctionName=door, Qualifier="$LATEST", **config)
