"""Which account a command acts on: its stage, and the refusal of any other account.

Every command that changes something opens its cloud here, so that neither a forgotten variable nor
a forgotten option makes it act anywhere else than its user means.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace

from dropcast.contracts.errors import DropcastError, describe_unknown
from operations.clouds import Cloud, reach_cloud
from operations.preflight.facts import read_reached
from operations.preflight.findings import Reached
from operations.preflight.judgement import describe_reached, judge_account
from toolchain.endpoints import STAGES, choose_stage
from toolchain.project import read_context


class WrongCloudError(DropcastError):
    """The command would act on another account than the one that is meant; nothing was done."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a command acts, after the check that it may."""

    stage: str
    cloud: Cloud
    reached: Reached

    @property
    def description(self) -> str:
        """The account, the caller and the place, in words."""
        return describe_reached(self.reached)


def resolve_stage(stage: str | None, *, local: bool, environ: Mapping[str, str]) -> str:
    """Return the stage that the options and the shell mean.

    Raises :class:`WrongCloudError` for a name that is none.

    >>> resolve_stage(None, local=True, environ={}), resolve_stage(None, local=False, environ={})
    ('local', 'aws')
    """
    if stage is not None and stage not in STAGES:
        raise WrongCloudError(describe_unknown("stage", stage, STAGES))
    if local and stage == "aws":
        raise WrongCloudError(
            "--local means the cloud of `make demo`, and the stage 'aws' is not for it: leave one "
            "of the two out"
        )
    if local:
        return "local"
    return choose_stage(stage or str(read_context().get("stage") or "") or None, environ)


def resolve_reached_stage(
    stage: str | None, *, local: bool, environ: Mapping[str, str], reached: Reached
) -> str:
    """Return the stage as :func:`resolve_stage` does, once it is known what was reached.

    Where nothing names a stage, a profile that leads to this machine means ``local``, as the
    variable does.
    """
    resolved = resolve_stage(stage, local=local, environ=environ)
    named = stage or read_context().get("stage")
    return "local" if named is None and reached.is_near else resolved


def open_place(
    *, stage: str | None, account: str | None, local: bool, must_name: bool = False
) -> Place:
    """Return where a command acts.

    With ``must_name`` a real account is refused unless ``account`` names it. Raises
    :class:`WrongCloudError` where the account or the stage is not the one that the options name.
    """
    resolve_stage(stage, local=local, environ=os.environ)
    cloud = reach_cloud(local=local)
    reached = read_reached(cloud)
    if local:
        reached = replace(reached, variables="--local")
    resolved = resolve_reached_stage(stage, local=local, environ=os.environ, reached=reached)
    named = account or (None if must_name or reached.is_local else reached.account)
    finding = judge_account(stage=resolved, named=named, reached=reached)
    if finding.level != "ok":
        raise WrongCloudError(f"{finding.text}; {finding.remedy}; nothing was done")
    return Place(stage=resolved, cloud=cloud, reached=reached)
