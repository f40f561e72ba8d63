"""The desk: a stack to bring into disorder, reached whatever the shell's variables."""

from collections.abc import Iterator

import pytest

from tests.cli.stacks import Desk, open_desk


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    with open_desk() as opened:
        yield opened
