"""The cloud that a command's options name: what is reached is held against what was said."""

from typing import Annotated

import typer

from cli.readiness.checks import describe_reached
from cli.readiness.facts import read_reached
from cli.readiness.findings import Reached
from cli.stacks import Cloud, reach_cloud
from dropcast.contracts.errors import DropcastError
from emulators.account import is_loopback

NamedStageOption = Annotated[
    str | None,
    typer.Option("--stage", help="aws or local; by default what the shell's variables lead to"),
]


class OtherCloudError(DropcastError):
    """Another account or stage is reached than the options name, or none; nothing was done."""


def reach_named_cloud(
    *, stage: str | None, account: str | None, local: bool
) -> tuple[Cloud, Reached]:
    """Return the cloud and what is known of it; raise :class:`OtherCloudError`."""
    cloud = reach_cloud(local=local)
    reached = read_reached(cloud)
    if reached.account is None:
        raise OtherCloudError(describe_reached(reached))
    if account not in (None, reached.account):
        raise OtherCloudError(
            f"this is {describe_reached(reached)}, not {account}; set AWS_PROFILE to one of "
            f"account {account}, or name {reached.account}; nothing was done"
        )
    found = "local" if cloud.endpoint_url and is_loopback(cloud.endpoint_url) else "aws"
    if stage not in (None, found):
        raise OtherCloudError(
            f"--stage {stage} is not what AWS_ENDPOINT_URL leads to: this is "
            f"{describe_reached(reached)}; nothing was done"
        )
    return cloud, reached
