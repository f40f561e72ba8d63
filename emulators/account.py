"""Sessions and environments that reach the local cloud, and nothing else.

Every command for the local cloud checks its account here first: a wrong variable in a shell must
never reach a real account.
"""

import os
from collections.abc import Mapping

import boto3
import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from dropcast.contracts.errors import DropcastError
from emulators.cloud import CERTIFICATE_VARIABLES, LocalCloud
from toolchain.endpoints import (
    ENDPOINT_VARIABLE,
    LOCAL_ACCOUNTS,
    is_on_this_machine,
)

REGION = "us-east-1"
DEFAULT_ACCOUNT = "000000000000"


class NotLocalError(DropcastError):
    """A command for the local cloud would reach another account; nothing was done."""


def cloud_environment(cloud: LocalCloud, account: str = DEFAULT_ACCOUNT) -> dict[str, str]:
    """Return the variables by which a child process finds the local cloud and nothing else."""
    trusted = (
        {} if cloud.ca_bundle is None else dict.fromkeys(CERTIFICATE_VARIABLES, cloud.ca_bundle)
    )
    return {
        **trusted,
        "AWS_ENDPOINT_URL": cloud.endpoint_url,
        "AWS_ACCESS_KEY_ID": account,
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "NO_PROXY": "localhost,127.0.0.1",
        "no_proxy": "localhost,127.0.0.1",
    }


def make_child_environment(
    base: Mapping[str, str], cloud: LocalCloud, account: str = DEFAULT_ACCOUNT
) -> dict[str, str]:
    """Return ``base`` without any of its own AWS settings, and with the local cloud's."""
    kept = {name: value for name, value in base.items() if not name.startswith("AWS_")}
    return {**kept, **cloud_environment(cloud, account)}


def open_session(environment: Mapping[str, str]) -> boto3.Session:
    """Return a session with the environment's keys that reads no profile or file of this machine.

    Its clients still need ``endpoint_url=environment["AWS_ENDPOINT_URL"]``.
    """
    core = botocore.session.Session(
        session_vars={
            "profile": (None, None, None, None),
            "config_file": (None, None, os.devnull, None),
            "credentials_file": (None, None, os.devnull, None),
            "ca_bundle": (None, None, environment.get("AWS_CA_BUNDLE"), None),
        }
    )
    return boto3.Session(
        botocore_session=core,
        aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
        region_name=environment["AWS_REGION"],
    )


def assert_local_account(environment: Mapping[str, str]) -> str:
    """Return the account that the variables reach; raise ``NotLocalError`` unless it is local.

    Every endpoint must be on this machine, and STS there must name one of ``LOCAL_ACCOUNTS``.
    """
    endpoints = {
        name: value for name, value in environment.items() if name.startswith(ENDPOINT_VARIABLE)
    }
    if ENDPOINT_VARIABLE not in endpoints:
        raise NotLocalError(
            "AWS_ENDPOINT_URL is not set, so AWS itself would be called; start the local cloud "
            "with `dropcast cloud start` and use its endpoint"
        )
    foreign = [
        f"{name}={value}" for name, value in endpoints.items() if not is_on_this_machine(value)
    ]
    if foreign:
        raise NotLocalError(f"not an endpoint on this machine: {', '.join(sorted(foreign))}")
    account = _read_account(environment)
    if account not in LOCAL_ACCOUNTS:
        raise NotLocalError(
            f"{environment['AWS_ENDPOINT_URL']} answers for account {account}, which is not a "
            f"local one ({min(LOCAL_ACCOUNTS)} to {max(LOCAL_ACCOUNTS)})"
        )
    return account


def _read_account(environment: Mapping[str, str]) -> str:
    endpoint = environment["AWS_ENDPOINT_URL"]
    client = open_session(environment).client(
        "sts",
        endpoint_url=endpoint,
        config=Config(connect_timeout=5, read_timeout=10, retries={"total_max_attempts": 2}),
    )
    try:
        return client.get_caller_identity()["Account"]
    except (BotoCoreError, ClientError) as error:
        raise NotLocalError(f"no local cloud answers at {endpoint}: {error}") from error
    finally:
        client.close()
