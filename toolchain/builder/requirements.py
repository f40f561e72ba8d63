"""Which versions a layer holds: those of uv.lock, so what was tested is what is deployed."""

import re
from collections.abc import Iterable
from pathlib import Path

from toolchain.project import find_uv, run_tool

# Lambda's Python runtime has these, and the embedded cloud's environment too.
RUNTIME_OWNS = frozenset({"boto3", "botocore", "s3transfer"})


def export_requirements(root: Path, group: str) -> str:
    """Return a dependency group of uv.lock as requirements, one exact version a line."""
    text = run_tool(
        [
            find_uv(root),
            "export",
            "--quiet",
            "--frozen",
            "--only-group",
            group,
            "--no-hashes",
            "--no-emit-project",
            "--no-header",
            "--no-annotate",
        ],
        cwd=root,
    )
    return drop_runtime_owned(text)


def drop_runtime_owned(text: str) -> str:
    r"""Leave out what the runtime brings itself.

    >>> drop_runtime_owned("boto3==1.44.5\njmespath==1.1.0\n")
    'jmespath==1.1.0\n'
    """
    kept = [line for line in text.splitlines() if _name(line) not in RUNTIME_OWNS]
    return "".join(f"{line}\n" for line in kept)


def drop_held(text: str, beside: Iterable[str]) -> str:
    r"""Leave out the packages that requirements of layers beside this one name.

    >>> drop_held("numpy==2.5.5\nxgboost-cpu==3.4.1\n", ["numpy==2.5.5\nscipy==1.18.1\n"])
    'xgboost-cpu==3.4.1\n'
    """
    held = {_name(line) for other in beside for line in other.splitlines()}
    return "".join(f"{line}\n" for line in text.splitlines() if _name(line) not in held)


def _name(requirement: str) -> str:
    return re.split(r"[=<>!~;\[ ]", requirement, maxsplit=1)[0].lower().replace("_", "-")
