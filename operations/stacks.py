"""A deployed stack, on AWS or in a local cloud: what CloudFormation has of it, and its clients."""

import json
import ssl
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import boto3
from botocore.exceptions import ClientError

from dropcast.contracts.errors import DropcastError
from operations.clouds import Cloud, StackNotFoundError
from toolchain.endpoints import STACK_NAME
from toolchain.project import read_context

if TYPE_CHECKING:
    from mypy_boto3_apigateway import APIGatewayClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_stepfunctions import SFNClient

FUNCTION = "AWS::Lambda::Function"
# The stack's construct of all functions, whose name begins their logical ids.
_FUNCTIONS = "Functions"
# CDK ends a logical id with eight hexadecimal digits.
_HASH_DIGITS = 8


class StackUnreadableError(DropcastError):
    """The stack lacks its buckets' or its state machine's names; the message says why."""


def choose_stack_name() -> str:
    """Return the stack's name where no other is given: that of ``cdk.json``, or the default."""
    return str(read_context().get("name") or STACK_NAME)


def name_function_id(function: str) -> str:
    """Return the logical id of a function, or of a part beside it, without CDK's digits.

    >>> name_function_id("Ingest")
    'FunctionsIngest'
    """
    return f"{_FUNCTIONS}{function}"


@dataclass(frozen=True, kw_only=True)
class Resource:
    """A resource of the stack; ``name`` is its physical id."""

    logical_id: str
    type: str
    name: str

    @property
    def construct_id(self) -> str:
        """The logical id without CDK's digits."""
        return self.logical_id[:-_HASH_DIGITS]


@dataclass(frozen=True, kw_only=True)
class DeployedStack:
    """A stack as CloudFormation describes it, with the calls that a person makes of it.

    Each call is one that the AWS CLI or curl can make too.
    """

    name: str
    arn: str
    status: str
    outputs: Mapping[str, str]
    resources: tuple[Resource, ...]
    cloud: Cloud

    @property
    def options(self) -> str:
        """The options by which a command reaches this stack, each after a blank."""
        named = "" if self.name == choose_stack_name() else f" --stack {self.name}"
        return f"{named}{self.cloud.options}"

    @property
    def account(self) -> str:
        """The account's number."""
        return self.arn.split(":")[4]

    def list_names(self, resource_type: str) -> list[str]:
        """Return the physical ids of the resources of a type."""
        return [found.name for found in self.resources if found.type == resource_type]

    def find_output(self, name: str) -> str:
        """Return an output's value.

        Raises :class:`StackUnreadableError` where the stack has none of that name: it is not whole,
        or another app's.
        """
        try:
            return self.outputs[name]
        except KeyError:
            raise StackUnreadableError(
                f"stack {self.name} at {self.cloud.place} is {self.status} and has no output "
                f"'{name}'; where it is this project's, look at its events in CloudFormation, take "
                "it down (`dropcast destroy`) and deploy it again; else name another with "
                "--stack"
            ) from None

    def find_name(self, logical_start: str, resource_type: str) -> str:
        """Return the physical id of the one resource whose logical id begins so.

        Raises :class:`StackNotFoundError` where the stack has none: it is another release's.
        """
        for found in self.resources:
            if found.type == resource_type and found.construct_id == logical_start:
                return found.name
        raise StackNotFoundError(
            f"stack {self.name} has no {resource_type} '{logical_start}'; deploy this release "
            f"first, or run the one that deployed the stack"
        )

    @cached_property
    def functions(self) -> Mapping[str, str]:
        """The functions' physical ids by their names in lower case, such as ``ingest``."""
        return {
            found.construct_id.removeprefix(_FUNCTIONS).lower(): found.name
            for found in self.resources
            if found.type == FUNCTION
        }

    @cached_property
    def log_groups(self) -> Mapping[str, str]:
        """The functions' log groups by the functions' names in lower case."""
        return {
            found.construct_id.removeprefix(_FUNCTIONS).removesuffix("Log").lower(): found.name
            for found in self.resources
            if found.type == "AWS::Logs::LogGroup" and found.construct_id.startswith(_FUNCTIONS)
        }

    def find_function(self, name: str) -> str:
        """Return the physical id of a function of ours, such as ``Ingest``.

        Raises :class:`StackNotFoundError` where the stack has none: it is another release's.
        """
        return self.find_name(name_function_id(name), FUNCTION)

    @property
    def session(self) -> boto3.Session:
        """boto3's session of the stack's cloud."""
        return self.cloud.session

    @property
    def environ(self) -> Mapping[str, str]:
        """What a child process needs to reach the stack's cloud."""
        return self.cloud.environ

    @property
    def endpoint_url(self) -> str | None:
        """Where a local cloud listens, ``None`` for AWS."""
        return self.cloud.endpoint_url

    @cached_property
    def s3(self) -> "S3Client":
        """The client of S3."""
        client: S3Client = self.cloud.client("s3")
        return client

    @cached_property
    def stepfunctions(self) -> "SFNClient":
        """The client of Step Functions."""
        client: SFNClient = self.cloud.client("stepfunctions")
        return client

    @cached_property
    def trust(self) -> ssl.SSLContext:
        """The certificates that an https call of the API trusts."""
        return ssl.create_default_context(cafile=self.environ.get("AWS_CA_BUNDLE"))

    @property
    def api_url(self) -> str:
        """The API's base URL, without a slash at its end.

        The output has AWS's own host; a local cloud serves the same API under a path of its
        endpoint.
        """
        url = self.find_output("ApiUrl")
        if self.endpoint_url is None:
            return url.rstrip("/")
        stage, api = urlsplit(url).path.strip("/"), self.find_output("ApiId")
        return f"{self.endpoint_url.rstrip('/')}/restapis/{api}/{stage}/_user_request_"

    @cached_property
    def api_key(self) -> str:
        """The key for predictions and all that is read."""
        return self.read_key("ApiKeyId")

    @cached_property
    def upload_key(self) -> str:
        """The key that drops files, and for all that is read."""
        return self.read_key("UploadKeyId")

    @cached_property
    def operator_key(self) -> str:
        """The key that may do everything, and alone roll a champion back."""
        return self.read_key("OperatorKeyId")

    def read_key(self, output: str) -> str:
        """Return the value of the API key whose id is in the output of this name."""
        client: APIGatewayClient = self.cloud.client("apigateway")
        return client.get_api_key(apiKey=self.find_output(output), includeValue=True)["value"]

    def drop_file(self, path: Path, key: str) -> str:
        """Put a file in the raw bucket; return its version id."""
        with path.open("rb") as stream:
            answer = self.s3.put_object(Bucket=self.outputs["RawBucketName"], Key=key, Body=stream)
        return answer["VersionId"]

    def read_json(self, bucket_output: str, key: str) -> Any | None:
        """Return the JSON object under ``key``, or ``None`` while there is none."""
        try:
            answer = self.s3.get_object(Bucket=self.outputs[bucket_output], Key=key)
        except self.s3.exceptions.NoSuchKey:
            return None
        return json.loads(answer["Body"].read())

    def read_object_text(self, bucket_output: str, key: str) -> str:
        """Return the text of the object under ``key``."""
        answer = self.s3.get_object(Bucket=self.outputs[bucket_output], Key=key)
        return answer["Body"].read().decode()

    def send(self, url: str, data: bytes, content_type: str) -> int:
        """Return the status of a POST that needs no key: of a form that the API made."""
        request = urllib.request.Request(  # noqa: S310 - the stack's own http(s) endpoint
            url, data=data, headers={"content-type": content_type}
        )
        try:
            with urllib.request.urlopen(request, timeout=60, context=self.trust) as answer:  # noqa: S310
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code

    def call_api(
        self, method: str, path: str, body: object | None = None, *, key: str | None = None
    ) -> tuple[int, Any]:
        """Return the status and the JSON answer of one API call.

        It is made with the key for predictions where no other is given.
        """
        request = urllib.request.Request(  # noqa: S310 - the stack's own http(s) endpoint
            f"{self.api_url}/{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"x-api-key": key or self.api_key, "content-type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=60, context=self.trust) as answer:  # noqa: S310
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read() or b"null")


def open_stack(cloud: Cloud, name: str = STACK_NAME) -> DeployedStack:
    """Return the stack with its outputs and resources; raise :class:`StackNotFoundError`."""
    client = cloud.client("cloudformation")
    try:
        (described,) = client.describe_stacks(StackName=name)["Stacks"]
    except ClientError as error:
        # CloudFormation's code for a stack that does not exist
        if error.response.get("Error", {}).get("Code") != "ValidationError":
            raise
        described = None
    if described is None or described["StackStatus"] == "DELETE_COMPLETE":
        raise StackNotFoundError(
            f"no stack '{name}' at {cloud.place}; deploy it, or name it with --stack, or look "
            "whether AWS_PROFILE, AWS_REGION and AWS_ENDPOINT_URL lead where you mean"
        )
    pages = client.get_paginator("list_stack_resources").paginate(StackName=name)
    return DeployedStack(
        name=name,
        arn=described["StackId"],
        status=described["StackStatus"],
        outputs={one["OutputKey"]: one["OutputValue"] for one in described.get("Outputs", [])},
        resources=tuple(
            Resource(
                logical_id=one["LogicalResourceId"],
                type=one["ResourceType"],
                name=one["PhysicalResourceId"],
            )
            for page in pages
            for one in page["StackResourceSummaries"]
            if one.get("PhysicalResourceId")
        ),
        cloud=cloud,
    )
