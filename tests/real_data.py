"""Where the real files are, for tests that run on them; without them such a test is skipped."""

import os
from pathlib import Path

import pytest

REAL_DATA = Path(os.environ.get("DROPCAST_REAL_DATA", "../shared/data"))


def real_data(path: str) -> Path:
    """Return the path of a real file, or skip the test that asks for it."""
    found = REAL_DATA / path
    if not found.exists():
        pytest.skip(f"real data file {path} is not in {REAL_DATA} (set DROPCAST_REAL_DATA)")
    return found
