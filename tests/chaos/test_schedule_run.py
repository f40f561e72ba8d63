"""A schedule that hangs or fails is reported with its seed, and no error of it is lost."""

import urllib.error
from collections.abc import Callable
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any, cast

import pytest

from proofs.chaos.actions import NoResponseError, call_api, perform, requesting_predictions
from proofs.chaos.cloud_setup import CloudSetup, NotIdleError
from proofs.chaos.files import DrawnFile
from proofs.chaos.promises.serving import PredictionCall, check_last_call
from proofs.chaos.schedule import Action, draw_schedule
from proofs.chaos.schedule_run import run_schedule


class Unreachable(CloudSetup):
    """A setup without a cloud, which never becomes idle."""

    def __init__(self, call_api: Callable[..., Any] | None = None) -> None:
        stack = SimpleNamespace(call_api=call_api)
        super().__init__(cloud=cast("Any", None), stack=cast("Any", stack))
        object.__setattr__(self, "done", [])

    done: list[str]

    def wait_until_idle(self, *, timeout_seconds: float = 0) -> None:
        raise NotIdleError(f"after {timeout_seconds} s something still goes on")

    def control(self, verb: str, **given: Any) -> Any:
        del given
        self.done.append(verb)
        return {"fired": [{"kind": "before kill"}]}

    def recover(self) -> None:
        self.done.append("recover")

    def put(self, bucket: str, key: str, body: bytes) -> str:
        raise urllib.error.URLError(f"{bucket} {key} {len(body)}")


def test_a_schedule_that_does_not_end_breaks_a_promise_and_the_setup_is_recovered() -> None:
    setup = Unreachable()
    result = run_schedule(setup, draw_schedule(7, ()), code_hash="c")
    (broken,) = result.broken
    assert (broken.promise, broken.where) == (0, "seed 7")
    assert broken.what == "NotIdleError: after 0 s something still goes on"
    assert result.fired == [{"kind": "before kill"}]
    assert setup.done == ["status", "recover"]


def test_a_call_without_a_response_has_no_status() -> None:
    def refuse(*_given: object, **_named: object) -> Any:
        raise urllib.error.URLError("connection refused")

    setup, calls = Unreachable(refuse), list[PredictionCall]()
    with requesting_predictions(setup, calls, enabled=True):
        pass
    assert {one.status for one in calls} == {0}
    assert "connection refused" in calls[-1].response
    assert list(check_last_call(calls)) != []
    with pytest.raises(NoResponseError, match="connection refused"):
        call_api(setup, "GET", "somewhere")


def test_without_a_client_there_are_no_calls() -> None:
    calls: list[PredictionCall] = []
    with requesting_predictions(Unreachable(), calls, enabled=False):
        pass
    assert calls == []


def test_an_error_of_the_client_is_raised() -> None:
    def fail(*_given: object, **_named: object) -> Any:
        raise KeyError("a fault of the suite itself")

    with (
        pytest.raises(KeyError, match="a fault of the suite"),
        requesting_predictions(Unreachable(fail), [], enabled=True),
    ):
        pass


def test_an_error_of_a_drop_is_raised(tmp_path: Path) -> None:
    file = DrawnFile(body=b"a", rows=0, bad=0, kind="clean")
    action = Action(kind="drop at once", key="raw/a/b.csv", file=file, second=file)
    with pytest.raises(urllib.error.URLError, match=r"raw raw/a/b"):
        perform(Unreachable(), action, Random(1), tmp_path / "canary")
