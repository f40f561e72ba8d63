"""Sending again what a look at a stack has found, each kind in its own way."""

from collections.abc import Callable, Mapping, Sequence

from botocore.exceptions import BotoCoreError, ClientError

from dropcast.contracts.errors import StaleRunError
from operations.recovery.dead_letters import send_again
from operations.recovery.drops import take_in_again
from operations.recovery.findings import Dead, Kind
from operations.recovery.runs import start_again
from operations.recovery.versions import build_again
from operations.stacks import DeployedStack


def redrive_all(
    stack: DeployedStack, found: Sequence[Dead], *, discard: bool = False
) -> list[tuple[Dead, str, bool]]:
    """Send each finding again in its kind's own way; return what was done, and whether it was."""
    messages = {one.handle: one for one in found if one.kind == "dead-letter"}
    sent = send_again(stack, messages.keys(), discard=discard) if messages else {}
    done = [
        (
            one,
            sent.get(handle, "hidden just now: somebody else sends it, or try again soon"),
            handle in sent and not sent[handle].startswith("kept"),
        )
        for handle, one in messages.items()
    ]
    return done + [_redrive_one(stack, one) for one in found if one.kind != "dead-letter"]


def _redrive_one(stack: DeployedStack, one: Dead) -> tuple[Dead, str, bool]:
    try:
        return one, _WAYS[one.kind](stack, one), True
    except (ClientError, BotoCoreError) as error:
        # The others are sent all the same.
        return one, f"failed: {error}", False


def _redrive_run(stack: DeployedStack, one: Dead) -> str:
    if one.error == StaleRunError.__name__:
        # The recipe is another one now: its features are not built, and no such run was started.
        return build_again(stack, str(one.dataset))
    return start_again(stack, one.handle)


_WAYS: Mapping[Kind, Callable[[DeployedStack, Dead], str]] = {
    "run": _redrive_run,
    "drop": lambda stack, one: take_in_again(stack, str(one.key), str(one.version_id)),
    "version": lambda stack, one: build_again(stack, str(one.dataset)),
}
