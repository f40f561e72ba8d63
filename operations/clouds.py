"""The account and region that a command acts on, in AWS or in a local cloud."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from dropcast.contracts.errors import DropcastError
from emulators.account import cloud_environment, make_child_environment, open_session
from emulators.cloud import find_cloud
from toolchain.endpoints import ENDPOINT_VARIABLE
from toolchain.project import LOCAL_CLOUD_FOLDER, require_project

# As many calls of one service as are made side by side.
CONNECTIONS = 16


class CloudCallError(DropcastError):
    """A call to the cloud failed; the message is the cloud's own."""


class StackNotFoundError(DropcastError):
    """There is no such stack where the shell's variables lead; the message says where that is."""


class RegionMissingError(DropcastError):
    """No region is named; set AWS_REGION or give the profile one."""


class EndpointUnusableError(DropcastError):
    """The endpoint of a local cloud is no address; the message says which and how it is written."""


@dataclass(frozen=True, kw_only=True)
class Cloud:
    """An account and a region as this shell reaches them.

    ``endpoint_url`` is ``None`` for AWS; ``environ`` is what a child process needs to reach the
    same; ``options`` are the words that a command must repeat to reach it, each after a blank.
    """

    session: boto3.Session
    endpoint_url: str | None
    environ: Mapping[str, str]
    options: str = ""

    @property
    def region(self) -> str:
        """The region's name."""
        return str(self.session.region_name)

    @property
    def place(self) -> str:
        """The cloud in words: a local cloud's address, or AWS and the region."""
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


def reach_cloud(*, local: bool, folder: Path | None = None) -> Cloud:
    """Return the cloud that is meant.

    With ``local`` it is the one that runs in ``folder``, by default the checkout's; otherwise the
    one that the shell's variables and boto3's own chain of credentials lead to. Raises
    :class:`StackNotFoundError` where no local cloud runs, and :class:`RegionMissingError` or
    :class:`EndpointUnusableError` where the shell's settings lead nowhere.
    """
    if local:
        folder = folder or require_project("--local") / LOCAL_CLOUD_FOLDER
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
    """Return the address of a whole cloud that is not AWS, ``None`` for AWS.

    It is the one of AWS_ENDPOINT_URL, or the profile's ``endpoint_url``. boto3 itself reads the
    addresses of single services.
    """
    ignored = environ.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "").lower() == "true"
    if ignored:
        return None
    found: str | None = environ.get(ENDPOINT_VARIABLE)
    return found or core.get_scoped_config().get("endpoint_url") or None


@contextmanager
def translate_cloud_errors(doing: str) -> Iterator[None]:
    """Raise boto3's errors as one readable :class:`CloudCallError`."""
    try:
        yield
    except (ClientError, BotoCoreError) as error:
        raise CloudCallError(f"{doing}: {error}") from error
