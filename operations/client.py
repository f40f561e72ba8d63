"""The deployed stack as a person sees it: buckets, executions and the API, nothing of ours
inside. Each call is one that the AWS CLI or curl can make."""

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

from operations.stacks import Cloud, DeployedStack, find_stack
from toolchain.endpoints import STACK_NAME

if TYPE_CHECKING:
    from mypy_boto3_apigateway import APIGatewayClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_stepfunctions import SFNClient


@dataclass(frozen=True, kw_only=True)
class Stack(DeployedStack):
    """A deployed stack, on AWS or on a local cloud, with the calls that a person makes of it."""

    @property
    def session(self) -> boto3.Session:
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
        client: S3Client = self.cloud.client("s3")
        return client

    @cached_property
    def stepfunctions(self) -> "SFNClient":
        client: SFNClient = self.cloud.client("stepfunctions")
        return client

    @cached_property
    def trust(self) -> ssl.SSLContext:
        """Whom an https call of the API trusts."""
        return ssl.create_default_context(cafile=self.environ.get("AWS_CA_BUNDLE"))

    @property
    def api_url(self) -> str:
        """The API's base URL, without a slash at its end. The output has AWS's own host; a local
        cloud serves the same API under a path of its endpoint."""
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

    def read_text(self, bucket_output: str, key: str) -> str:
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
        """Return the status and the JSON answer of one API call, with the key for predictions
        where no other is given."""
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


def open_stack(cloud: Cloud, name: str = STACK_NAME) -> Stack:
    """Return the stack of this name; raise :class:`~operations.stacks.StackNotFoundError`."""
    return Stack(**vars(find_stack(cloud, name)))
