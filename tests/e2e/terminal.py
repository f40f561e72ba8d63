"""Run a script as a person does, at a terminal, and confirm what programs ask."""

import os
import pty
import re
import select
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from toolchain.project import ROOT

# Our program, as `make setup` puts it into the project's environment.
PROGRAM = str(ROOT / ".venv/bin/dropcast")
# The prompts of the CDK CLI and of ours.
_QUESTION = re.compile(r"(\(y/n\)|\[y/N\]:?|\(y/N\))\s*$", re.IGNORECASE)
_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\r")


@dataclass(frozen=True, kw_only=True)
class Ran:
    """What a script printed, without colours, and its exit status."""

    text: str
    status: int
    questions: int


def run_at_terminal(
    script: str, *, environ: Mapping[str, str], cwd: Path, timeout_seconds: float = 900
) -> Ran:
    """Run a shell script whose input and output are a terminal, and confirm prompts with ``y``."""
    ours, theirs = pty.openpty()
    running = subprocess.Popen(
        ["sh", "-ec", script],
        cwd=cwd,
        env={**environ, "TERM": "dumb", "COLUMNS": "200"},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    text, questions = "", 0
    deadline = time.monotonic() + timeout_seconds
    try:
        while time.monotonic() < deadline:
            ready, _, _ = select.select([ours], [], [], 0.5)
            if not ready:
                continue
            try:
                read = os.read(ours, 65536)
            except OSError:  # the other end is closed
                break
            if not read:
                break
            text += _CONTROL.sub("", read.decode(errors="replace"))
            if _QUESTION.search(text[-200:]):
                questions += 1
                text += "\n"
                os.write(ours, b"y\n")
        status = running.wait(timeout=max(1.0, deadline - time.monotonic()))
    finally:
        running.kill()
        running.wait()
        os.close(ours)
    return Ran(text=text, status=status, questions=questions)
