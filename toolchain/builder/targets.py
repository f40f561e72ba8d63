"""The targets that layers are built for: machine, Python, and uv's options for them.

``aws`` is what the stack declares on Lambda; ``local`` is the interpreter that runs this, because
the embedded cloud runs functions with an interpreter of the same minor version.
"""

import platform
import sys
from dataclasses import dataclass

from dropcast.contracts.errors import DropcastError, describe_unknown


class UnknownStageError(DropcastError):
    """There is no such stage to build for."""


@dataclass(frozen=True, kw_only=True)
class Target:
    """One stage's machine and Python.

    ``machine`` is spelled as ``platform.machine()`` spells it; ``python_minor`` is ``3.13``;
    ``uv_platform`` is uv's name for another machine than this one, ``None`` for this one.
    """

    stage: str
    machine: str
    python_minor: str
    uv_platform: str | None

    @property
    def cpython_tag(self) -> str:
        """The tag that compiled modules of this Python carry, such as ``cpython-313``."""
        return f"cpython-{self.python_minor.replace('.', '')}"

    @property
    def uv_options(self) -> tuple[str, ...]:
        """The options by which uv picks this target's wheels."""
        if self.uv_platform is None:
            return ()
        return ("--python-platform", self.uv_platform, "--python-version", self.python_minor)


AWS = Target(
    stage="aws",
    machine="aarch64",
    python_minor="3.13",
    uv_platform="aarch64-manylinux_2_28",
)

STAGES = ("aws", "local")


def find_target(stage: str) -> Target:
    """Return the stage's target; raise ``UnknownStageError``.

    >>> find_target("aws").cpython_tag
    'cpython-313'
    """
    if stage not in STAGES:
        raise UnknownStageError(describe_unknown("stage", stage, STAGES))
    if stage == "aws":
        return AWS
    return Target(
        stage="local",
        machine=platform.machine(),
        python_minor=f"{sys.version_info.major}.{sys.version_info.minor}",
        uv_platform=None,
    )
