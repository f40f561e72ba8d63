"""What hangs or breaks off while a schedule is played is told with its seed, and never lost."""

import urllib.error
from collections.abc import Callable
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any, cast

import pytest

from proofs.chaos.acts import NoAnswerError, ask, calling, do
from proofs.chaos.files import DrawnFile
from proofs.chaos.ground import Ground, UnquietError
from proofs.chaos.play import play
from proofs.chaos.promises.serving import Answered, check_served
from proofs.chaos.schedule import Act, draw_schedule


class Unreached(Ground):
    """A ground without a cloud, that comes to no rest until it is recovered."""

    def __init__(self, call_api: Callable[..., Any] | None = None) -> None:
        stack = SimpleNamespace(call_api=call_api)
        super().__init__(cloud=cast("Any", None), stack=cast("Any", stack))
        object.__setattr__(self, "done", [])

    done: list[str]

    def rest(self, *, timeout_seconds: float = 0) -> None:
        raise UnquietError(f"after {timeout_seconds} s something still goes on")

    def control(self, verb: str, **asked: Any) -> Any:
        del asked
        self.done.append(verb)
        return {"fired": [{"kind": "before kill"}]}

    def recover(self) -> None:
        self.done.append("recover")

    def put(self, bucket: str, key: str, body: bytes) -> str:
        raise urllib.error.URLError(f"{bucket} {key} {len(body)}")


def test_a_schedule_without_an_end_breaks_a_promise_and_the_ground_is_recovered() -> None:
    ground = Unreached()
    played = play(ground, draw_schedule(7, ()), code_hash="c")
    (broken,) = played.broken
    assert (broken.promise, broken.where) == (0, "seed 7")
    assert broken.what == "UnquietError: after 0 s something still goes on"
    assert played.fired == [{"kind": "before kill"}]
    assert ground.done == ["tell", "recover"]


def test_a_call_without_an_answer_is_one_without_a_status() -> None:
    def refuse(*_asked: object, **_named: object) -> Any:
        raise urllib.error.URLError("connection refused")

    ground, answered = Unreached(refuse), list[Answered]()
    with calling(ground, answered, calls=True):
        pass
    assert {one.status for one in answered} == {0}
    assert "connection refused" in answered[-1].answer
    assert list(check_served(answered)) != []
    with pytest.raises(NoAnswerError, match="connection refused"):
        ask(ground, "GET", "somewhere")


def test_who_asks_nothing_has_no_answers() -> None:
    answered: list[Answered] = []
    with calling(Unreached(), answered, calls=False):
        pass
    assert answered == []


def test_an_error_of_a_caller_is_raised() -> None:
    def fail(*_asked: object, **_named: object) -> Any:
        raise KeyError("a fault of the suite itself")

    with (
        pytest.raises(KeyError, match="a fault of the suite"),
        calling(Unreached(fail), [], calls=True),
    ):
        pass


def test_an_error_of_one_who_drops_is_raised(tmp_path: Path) -> None:
    file = DrawnFile(body=b"a", rows=0, bad=0, kind="clean")
    act = Act(deed="drop at once", key="raw/a/b.csv", file=file, second=file)
    with pytest.raises(urllib.error.URLError, match=r"raw raw/a/b"):
        do(Unreached(), act, Random(1), tmp_path / "canary")
