"""The responses of an S3 that fails."""

import asyncio
from typing import Any

import pytest

from emulators.faults.error_responses import CutError, send_error


def collect(action: str, method: str) -> list[Any]:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(send_error(action, send, method=method))
    return sent


def test_a_response_that_is_cut_ends_before_its_body_does() -> None:
    with pytest.raises(CutError):
        collect("cut", "GET")


@pytest.mark.parametrize(("action", "status"), [("cut", 500), ("fail", 500), ("throttle", 503)])
def test_a_head_never_gets_a_successful_response(action: str, status: int) -> None:
    start, body = collect(action, "HEAD")
    assert (start["status"], body["more_body"]) == (status, False)
