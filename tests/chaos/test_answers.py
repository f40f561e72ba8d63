import asyncio
from typing import Any

import pytest

from emulators.faults.answers import CutError, answer_badly


def answer(act: str, method: str) -> list[Any]:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(answer_badly(act, send, method=method))
    return sent


def test_an_answer_that_is_cut_ends_before_its_body_does() -> None:
    with pytest.raises(CutError):
        answer("cut", "GET")


@pytest.mark.parametrize(("act", "status"), [("cut", 500), ("fail", 500), ("throttle", 503)])
def test_a_head_is_never_answered_as_if_all_were_well(act: str, status: int) -> None:
    start, body = answer(act, "HEAD")
    assert (start["status"], body["more_body"]) == (status, False)
