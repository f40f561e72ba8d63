"""What a call to the bucket may take, and what a frozen process finds when it thaws."""

import itertools
from http.server import BaseHTTPRequestHandler

import pytest

from dropcast.contracts.errors import StoreBusyError
from dropcast.contracts.limits import MAX_PROGRAM_BYTES
from dropcast.storage.http.connection import MAX_ANSWER_BYTES
from dropcast.storage.http.sockets import Allowance
from tests.storage.http_bucket import BODY, Connect, HttpBucket, say

KEY = "champions/songs.json"
HOUR = 3600.0


class Time:
    """Seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def pass_by(self, seconds: float) -> None:
        self.now += seconds


def test_an_allowance_is_shared_by_all_that_is_waited_for() -> None:
    time, given = Time(), []

    def wait(seconds: float) -> None:
        given.append(seconds)
        time.pass_by(1.5)

    allowance = Allowance(3.0, time)
    allowance.wait(wait, most=2.0)
    allowance.wait(wait, most=2.0)
    with pytest.raises(TimeoutError, match="time is over"):
        allowance.wait(wait, most=2.0)
    assert given == [2.0, 1.5]


def test_a_wait_in_which_the_process_stood_still_counts_for_nothing() -> None:
    time = Time()
    allowance = Allowance(3.0, time)
    allowance.wait(lambda _: time.pass_by(HOUR), most=2.0)
    given: list[float] = []
    allowance.wait(given.append, most=9.0)
    assert given == [3.0]


def test_a_look_up_that_nothing_bounds_counts_whole() -> None:
    time = Time()
    allowance = Allowance(3.0, time)
    allowance.count(lambda: time.pass_by(HOUR))
    with pytest.raises(TimeoutError):
        allowance.wait(lambda _: None, most=1.0)


def test_a_wait_that_fails_counts_too() -> None:
    time = Time()

    def fail(seconds: float) -> None:
        time.pass_by(seconds)
        raise ConnectionResetError

    allowance = Allowance(3.0, time)
    for _ in range(2):
        with pytest.raises(ConnectionResetError):
            allowance.wait(fail, most=1.5)
    with pytest.raises(TimeoutError):
        allowance.wait(fail, most=1.5)


@pytest.mark.enable_socket
def test_a_check_is_given_up_sooner_than_a_first_read(connect: Connect) -> None:
    """Each look at the time is 0.7 s after the one before: a call that waits four times takes 3."""
    ticks = itertools.count()
    pauses: list[float] = []
    bucket = connect(ticks=lambda: next(ticks) * 0.7, pause=pauses.append)
    assert bucket.read(KEY).body[:9] == BODY[:9]
    bucket.close()
    with pytest.raises(StoreBusyError, match="time is over"):
        bucket.read_if_changed(KEY, '"other"')


@pytest.mark.enable_socket
def test_an_answer_that_lay_there_for_an_hour_is_taken(
    served: HttpBucket, connect: Connect
) -> None:
    time = Time()

    def stand_still(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n")
        time.pass_by(HOUR)
        handler.wfile.write(b"\r\nok")

    served.tricks = [stand_still]
    assert connect(ticks=time).read(KEY).body == b"ok"
    assert len(served.asked) == 1


@pytest.mark.enable_socket
def test_every_sending_has_a_signature_of_its_own_time(
    served: HttpBucket, connect: Connect
) -> None:
    """A kept connection that is dead is found out by sending on it; the next sending may be an
    hour later."""
    moments: list[float] = []

    def look() -> float:
        moments.append(1_714_568_400.0 + HOUR * len(moments))
        return moments[-1]

    bucket = connect(clock=look)
    served.tricks = [say(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")]
    assert bucket.read(KEY).body == b"ok"
    assert bucket.read(KEY).body == BODY
    assert len(moments) == 3


def test_an_answer_may_be_as_large_as_a_program() -> None:
    assert MAX_ANSWER_BYTES == MAX_PROGRAM_BYTES
