"""What a check finds, and the facts that checks look at."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from emulators.clouds import DEFAULT_CLOUD

Level = Literal["ok", "warning", "refused"]


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One line of `doctor`; ``remedy`` is empty where all is well."""

    check: str
    level: Level
    text: str
    remedy: str = ""


@dataclass(frozen=True, kw_only=True)
class Reached:
    """Where a deployment would go.

    ``endpoint_url`` is ``None`` for AWS; ``account`` is ``None`` where ``error`` says why nobody
    answers. ``variables`` are those of the shell that lead there, and ``mixture`` says where they
    lead to two places. ``is_near`` is true of an endpoint on this machine, ``is_local`` where the
    account is one that only local clouds have.
    """

    endpoint_url: str | None
    region: str | None
    credentials: str | None
    account: str | None
    caller: str | None
    error: str = ""
    is_local: bool = False
    is_near: bool = False
    variables: str = "the shell's variables"
    mixture: str | None = None


@dataclass(frozen=True, kw_only=True)
class Account:
    """What the account allows; ``None`` is what could not be looked up.

    ``quotas`` are values by (service, quota's name); ``stack_status`` is that of a stack which is
    there already.
    """

    missing_services: tuple[str, ...] = ()
    concurrent_executions: int | None = None
    code_bytes: int | None = None
    quotas: Mapping[tuple[str, str], float | None] = field(default_factory=dict)
    bootstrap_version: int | None = None
    bootstrap_error: str = ""
    stack_status: str | None = None


@dataclass(frozen=True, kw_only=True)
class Tools:
    """Versions as they are, ``None`` where the tool is not there, and as they are pinned."""

    python: tuple[int, int]
    node: str | None
    cdk: str | None
    cdk_pinned: str


@dataclass(frozen=True, kw_only=True)
class Built:
    """What lies in ``build/`` and ``cdk.out/``.

    ``bytecode`` is false where layers have none; ``required_bootstrap`` is ``None`` where no
    assembly was synthesised.
    """

    missing_layers: tuple[str, ...]
    stale_files: tuple[str, ...]
    overruns: tuple[str, ...]
    largest_bytes: int
    bytecode: bool
    required_bootstrap: int | None


@dataclass(frozen=True, kw_only=True)
class Emulator:
    """The local cloud by its name for ``CLOUD=``: ``version`` is ``None`` where none runs."""

    version: str | None
    pinned: str
    name: str = DEFAULT_CLOUD
    error: str = ""


@dataclass(frozen=True, kw_only=True)
class Facts:
    """All that the checks look at.

    ``named_account`` is the one that the operator means; ``tools`` and ``built`` are ``None`` where
    there is no checkout to look at.
    """

    stage: str
    named_account: str | None
    reached: Reached
    account: Account
    tools: Tools | None
    built: Built | None
    emulator: Emulator | None


def accept(check: str, text: str) -> Finding:
    """Return the finding that all is well."""
    return Finding(check=check, level="ok", text=text)


def warn(check: str, text: str, remedy: str) -> Finding:
    """Return a finding that stops nothing."""
    return Finding(check=check, level="warning", text=text, remedy=remedy)


def refuse(check: str, text: str, remedy: str) -> Finding:
    """Return a finding with which nothing must be deployed."""
    return Finding(check=check, level="refused", text=text, remedy=remedy)
