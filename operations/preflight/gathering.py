"""All facts of a preflight check, gathered for the account and the checkout that are meant."""

import os

from botocore.exceptions import BotoCoreError

from operations.accounts import resolve_reached_stage, resolve_stage
from operations.clouds import Cloud, RegionMissingError, StackNotFoundError, reach_cloud
from operations.preflight.facts import (
    read_account,
    read_built,
    read_emulator,
    read_reached,
    read_tools,
)
from operations.preflight.findings import Account, Facts, Reached
from toolchain.project import find_project


def gather(*, stage: str | None, named_account: str | None, stack: str, local: bool) -> Facts:
    """Return the facts, those of the account only where somebody answers.

    Those of the checkout are left out where there is none.
    """
    root = find_project()
    resolve_stage(stage, local=local, environ=os.environ)
    cloud, reached = _reach(local=local)
    resolved = resolve_reached_stage(stage, local=local, environ=os.environ, reached=reached)
    answers = cloud is not None and reached.account is not None
    return Facts(
        stage=resolved,
        named_account=named_account,
        reached=reached,
        account=read_account(cloud, stack=stack) if cloud is not None and answers else Account(),
        tools=None if root is None else read_tools(root, path=os.environ.get("PATH", "")),
        built=None if root is None else read_built(root, stage=resolved),
        emulator=read_emulator(cloud) if resolved == "local" else None,
    )


def _reach(*, local: bool) -> tuple[Cloud | None, Reached]:
    try:
        cloud = reach_cloud(local=local)
    # A profile that does not exist is boto3's own.
    except (RegionMissingError, StackNotFoundError, BotoCoreError) as error:
        return None, Reached(
            endpoint_url=None,
            region=None,
            credentials=None,
            account=None,
            caller=None,
            error=str(error),
        )
    return cloud, read_reached(cloud)
