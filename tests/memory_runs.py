"""A program in a process of its own, that tells its peak of memory: for tests marked memory."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]


def run_measured(program: str, *arguments: object) -> dict[str, Any]:
    """Run a program's text with the project's packages; return the JSON object that it prints."""
    finished = subprocess.run(
        [sys.executable, "-c", program, *map(str, arguments)],
        env={"PYTHONPATH": str(ROOT / "layers/core/python")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    found: dict[str, Any] = json.loads(finished.stdout)
    print(found)  # noqa: T201 - the figure is what a person wants to see
    return found
