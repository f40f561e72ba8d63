"""Open a cloud for the probes, and run all of them concurrently."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from dropcast.contracts.errors import DropcastError
from emulators.account import assert_local_account, cloud_environment, open_session
from emulators.cloud import LocalCloud
from proofs.probes.lambda_functions import make_shared_function
from proofs.probes.probe import Probe, run_probe
from proofs.probes.target import Target

if TYPE_CHECKING:
    from mypy_boto3_sts import STSClient

# Most of a probe's time is spent waiting.
_AT_ONCE = 8
# For an emulator that fails under many requests at once.
_FEW = 2
_LOCAL_PATIENCE_SECONDS = 40.0
# AWS tries an event again after one and two minutes.
_AWS_PATIENCE_SECONDS = 420.0


class WrongAccountError(DropcastError):
    """The credentials here reach another account than the one that was named; nothing was made."""


class LeftBehindError(DropcastError):
    """Something that a probe made could not be removed; remove it by its name."""


@contextmanager
def open_local(cloud: LocalCloud) -> Iterator[Target]:
    """Open a target on a running local cloud; what was made there is removed at the end."""
    environment = cloud_environment(cloud)
    account = assert_local_account(environment)
    target = Target(
        session=open_session(environment),
        endpoint_url=cloud.endpoint_url,
        ca_bundle=cloud.ca_bundle,
        account=account,
        patience_seconds=_LOCAL_PATIENCE_SECONDS,
    )
    with _removing(target):
        yield target


@contextmanager
def open_account(
    account: str, *, session: boto3.Session | None = None, sts: "STSClient | None" = None
) -> Iterator[Target]:
    """Open a target on AWS itself, by the shell's own credentials where no session is given.

    Raises ``WrongAccountError`` unless STS says that they are the account that was named.
    """
    opened = session or boto3.Session()
    if opened.region_name is None:
        raise WrongAccountError("no region of AWS is set; set AWS_REGION; nothing was made")
    client = sts or opened.client("sts")
    try:
        found = client.get_caller_identity()["Account"]
    finally:
        client.close()
    if found != account:
        raise WrongAccountError(
            f"the credentials here are of account {found}, and ACCOUNT={account} was named; "
            f"nothing was made"
        )
    target = Target(
        session=opened,
        endpoint_url=None,
        ca_bundle=None,
        account=account,
        patience_seconds=_AWS_PATIENCE_SECONDS,
    )
    with _removing(target):
        yield target


def rerun_probes(
    target: Target, seen: Mapping[str, str], doubtful: Sequence[Probe]
) -> dict[str, str]:
    """Return what was seen, updated by a second run of some probes.

    The second run has new resources and few probes at once.
    """
    if not doubtful:
        return dict(seen)
    other = Target(
        session=target.session,
        endpoint_url=target.endpoint_url,
        ca_bundle=target.ca_bundle,
        account=target.account,
        patience_seconds=target.patience_seconds,
    )
    with _removing(other):
        return {**seen, **run_probes(other, doubtful, at_once=_FEW)}


@contextmanager
def _removing(target: Target) -> Iterator[None]:
    try:
        yield
    finally:
        target.removals.close()
    if target.left:
        raise LeftBehindError("\n".join(("not removed; remove by hand:", *target.left)))


def run_probes(
    target: Target,
    probes: Iterable[Probe],
    on_seen: Callable[[Probe, str], None] | None = None,
    *,
    at_once: int = _AT_ONCE,
) -> dict[str, str]:
    """Return what each probe saw, by its name; ``on_seen`` is called in the table's order."""
    # The stack always has functions, and LocalStack's gaps are closed when the first is made. Where
    # none can be made, the probes show it.
    with suppress(BotoCoreError, ClientError, TimeoutError):
        target.once(make_shared_function)
    found: dict[str, str] = {}
    with ThreadPoolExecutor(at_once) as pool:
        running = [(probe, pool.submit(run_probe, probe, target)) for probe in probes]
        for probe, future in running:
            found[probe.name] = future.result()
            if on_seen is not None:
                on_seen(probe, found[probe.name])
    return found
