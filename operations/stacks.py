"""Finding a deployed stack, on AWS or in the local cloud, with its names from CloudFormation."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

import boto3
import botocore.session
import typer
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from dropcast.contracts.errors import DropcastError
from emulators.account import cloud_environment, make_child_environment, open_session
from emulators.cloud import CLOUD_FOLDER, find_cloud
from toolchain.endpoints import ENDPOINT_VARIABLE, STACK_NAME
from toolchain.project import read_context

# As many calls of one service as are made side by side.
CONNECTIONS = 16


def choose_stack_name() -> str:
    """Return the stack's name where no other is given: that of ``cdk.json``, or the default."""
    return str(read_context().get("name") or STACK_NAME)


StackOption = Annotated[
    str,
    typer.Option(
        "--stack",
        help=f"the stack's name in CloudFormation: that of cdk.json, or {STACK_NAME}",
        default_factory=choose_stack_name,
        show_default=False,
    ),
]
LocalOption = Annotated[
    bool, typer.Option("--local", help="the cloud of `make demo`, whatever the shell's variables")
]


class CloudCallError(DropcastError):
    """A call to the cloud failed; the message is the cloud's own."""


class StackNotFoundError(DropcastError):
    """There is no such stack where the shell's variables lead; the message says where that is."""


class StackUnreadableError(DropcastError):
    """The stack does not tell where its buckets and state machine are; the message says why."""


class RegionMissingError(DropcastError):
    """No region is named; set AWS_REGION or give the profile one."""


class EndpointUnusableError(DropcastError):
    """The endpoint of a local cloud is no address; the message says which and how it is written."""


@dataclass(frozen=True, kw_only=True)
class Cloud:
    """An account and a region as this shell reaches them. ``endpoint_url`` is ``None`` for AWS;
    ``environ`` is what a child process needs to reach the same."""

    session: boto3.Session
    endpoint_url: str | None
    environ: Mapping[str, str]
    # What a command must repeat to reach it, as words of a shell with a blank before each.
    options: str = ""

    @property
    def region(self) -> str:
        return str(self.session.region_name)

    @property
    def place(self) -> str:
        return self.endpoint_url or f"AWS, {self.region}"

    def client(self, service: str) -> Any:
        """Return a client that gives up after a while; one and the same for each service."""
        return _make_client(self.session, service, self.endpoint_url)


@cache
def _make_client(session: boto3.Session, service: str, endpoint_url: str | None) -> Any:
    config = Config(
        connect_timeout=5,
        read_timeout=60,
        retries={"total_max_attempts": 4},
        max_pool_connections=CONNECTIONS,
    )
    make: Any = session.client
    return make(service, endpoint_url=endpoint_url, config=config)


@dataclass(frozen=True, kw_only=True)
class Resource:
    """A resource of the stack; ``name`` is its physical id."""

    logical_id: str
    type: str
    name: str


@dataclass(frozen=True, kw_only=True)
class DeployedStack:
    """A stack as CloudFormation tells of it."""

    name: str
    arn: str
    status: str
    outputs: Mapping[str, str]
    resources: tuple[Resource, ...]
    cloud: Cloud

    @property
    def options(self) -> str:
        """What a command must repeat to reach this stack, with a blank before each word."""
        named = "" if self.name == choose_stack_name() else f" --stack {self.name}"
        return f"{named}{self.cloud.options}"

    @property
    def account(self) -> str:
        return self.arn.split(":")[4]

    def list_names(self, resource_type: str) -> list[str]:
        """Return the physical ids of the resources of a type."""
        return [found.name for found in self.resources if found.type == resource_type]

    def find_output(self, name: str) -> str:
        """Return an output's value; raise :class:`StackUnreadableError` where the stack has none
        of that name: it is not whole, or another app's."""
        try:
            return self.outputs[name]
        except KeyError:
            raise StackUnreadableError(
                f"stack {self.name} at {self.cloud.place} is {self.status} and has no output "
                f"'{name}'; where it is this project's, look at its events in CloudFormation, take "
                "it down (`python -m cli destroy`) and deploy it again; else name another with "
                "--stack"
            ) from None

    def find_name(self, logical_start: str, resource_type: str) -> str:
        """Return the physical id of the one resource whose logical id begins so; raise
        :class:`StackNotFoundError` where the stack has none: it is another release's."""
        for found in self.resources:
            # CDK ends a logical id with eight hexadecimal digits.
            if found.type == resource_type and found.logical_id[:-8] == logical_start:
                return found.name
        raise StackNotFoundError(
            f"stack {self.name} has no {resource_type} '{logical_start}'; deploy this release "
            f"first, or run the one that deployed the stack"
        )


def reach_cloud(*, local: bool, folder: Path = CLOUD_FOLDER) -> Cloud:
    """Return the cloud that is meant: the folder's local one, or the one that the shell's variables
    and boto3's own chain of credentials lead to."""
    if local:
        running = find_cloud(folder)
        if running is None:
            raise StackNotFoundError(
                f"no local cloud runs in {folder}; `make demo` starts one, and without --local "
                "the shell's variables decide"
            )
        environ = cloud_environment(running)
        return Cloud(
            session=open_session(environ),
            endpoint_url=running.endpoint_url,
            environ=make_child_environment(os.environ, running),
            options=" --local",
        )
    core = botocore.session.Session()
    # boto3 reads AWS_DEFAULT_REGION alone; the CDK CLI and every other SDK read AWS_REGION first.
    session = boto3.Session(botocore_session=core, region_name=os.environ.get("AWS_REGION") or None)
    if session.region_name is None:
        raise RegionMissingError(
            "no region is named; set AWS_REGION or AWS_PROFILE, or pass --local for the cloud of "
            "`make demo`"
        )
    endpoint_url = find_endpoint(core, os.environ)
    if endpoint_url is not None and urlsplit(endpoint_url).scheme not in ("http", "https"):
        raise EndpointUnusableError(
            f"the endpoint '{endpoint_url}' is no address; write http:// or https:// before it in "
            f"{ENDPOINT_VARIABLE}, or in the profile's endpoint_url"
        )
    return Cloud(session=session, endpoint_url=endpoint_url, environ=dict(os.environ))


def find_endpoint(core: botocore.session.Session, environ: Mapping[str, str]) -> str | None:
    """Return the address of a whole cloud that is not AWS: AWS_ENDPOINT_URL's, or the
    ``endpoint_url`` of the profile; ``None`` for AWS. Addresses of single services are boto3's
    own business."""
    ignored = environ.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "").lower() == "true"
    if ignored:
        return None
    found: str | None = environ.get(ENDPOINT_VARIABLE)
    return found or core.get_scoped_config().get("endpoint_url") or None


def find_stack(cloud: Cloud, name: str = STACK_NAME) -> DeployedStack:
    """Return the stack with its outputs and resources; raise :class:`StackNotFoundError`."""
    client = cloud.client("cloudformation")
    try:
        (described,) = client.describe_stacks(StackName=name)["Stacks"]
    except ClientError as error:
        # CloudFormation's word for a stack that does not exist
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


@contextmanager
def say_cloud_errors(doing: str) -> Iterator[None]:
    """Turn boto3's errors into one readable :class:`CloudCallError`."""
    try:
        yield
    except (ClientError, BotoCoreError) as error:
        raise CloudCallError(f"{doing}: {error}") from error
