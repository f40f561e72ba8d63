"""The bucket over real HTTP: what it finds, refuses, and outlives."""

import socket
import threading
from http.server import BaseHTTPRequestHandler

import pytest

from dropcast.contracts.errors import (
    ObjectNotFoundError,
    StoreBusyError,
    StoreRefusedError,
    TransientError,
)
from dropcast.storage.http.bucket import ATTEMPTS, S3HttpBucket
from dropcast.storage.http.connection import MAX_ANSWER_BYTES
from tests.storage.http_bucket import (
    BODY,
    Connect,
    HttpBucket,
    Misbehave,
    name_etag,
    reset,
    say,
)

pytestmark = pytest.mark.enable_socket
CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"


def test_an_object_is_read_whole_with_its_etag(connect: Connect) -> None:
    blob = connect().read("champions/songs.json")
    assert (blob.body, blob.etag) == (BODY, name_etag(BODY))


@pytest.mark.parametrize("key", ["a b/ü+~*'().json", "100%25/&=?#x", "..a/./b", "-_.~"])
def test_a_key_of_any_letters_is_signed_as_the_server_reads_it(
    served: HttpBucket, connect: Connect, key: str
) -> None:
    served.objects[key] = b"here"
    assert connect().read(key).body == b"here"


def test_an_object_is_read_again_only_where_it_changed(
    served: HttpBucket, connect: Connect
) -> None:
    bucket = connect()
    etag = bucket.read("champions/songs.json").etag
    assert bucket.read_if_changed("champions/songs.json", etag) is None
    served.objects["champions/songs.json"] = b"other"
    changed = bucket.read_if_changed("champions/songs.json", etag)
    assert changed is not None
    assert (changed.body, changed.etag) == (b"other", name_etag(b"other"))


def test_requests_share_one_connection(served: HttpBucket, connect: Connect) -> None:
    bucket = connect()
    for _ in range(5):
        bucket.read("champions/songs.json")
    with pytest.raises(ObjectNotFoundError):
        bucket.read("none")
    bucket.read("champions/songs.json")
    assert len(served.connections) == 1


def test_a_missing_object_is_named_by_its_key_and_is_not_asked_for_twice(
    served: HttpBucket,
    connect: Connect,
) -> None:
    with pytest.raises(ObjectNotFoundError, match="no object 'none' in bucket 'models'"):
        connect().read("none")
    with pytest.raises(ObjectNotFoundError):
        connect().read_if_changed("none", '"1"')
    assert len(served.asked) == 2


def test_a_refusal_names_the_code_and_is_not_tried_again(
    served: HttpBucket, connect: Connect
) -> None:
    environ = {**served.environ, "AWS_SECRET_ACCESS_KEY": "another"}
    bucket = connect(environ=environ)
    with pytest.raises(StoreRefusedError, match="403 SignatureDoesNotMatch"):
        bucket.read("champions/songs.json")
    assert len(served.asked) == 1


def test_credentials_are_those_of_the_moment(served: HttpBucket, connect: Connect) -> None:
    environ = {**served.environ, "AWS_SECRET_ACCESS_KEY": "another"}
    bucket = connect(environ=environ)
    with pytest.raises(StoreRefusedError):
        bucket.read("champions/songs.json")
    environ |= served.environ
    assert bucket.read("champions/songs.json").body == BODY


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b"", ObjectNotFoundError),
        (b"<Error><Code>NoSuchKey</Code></Error>", ObjectNotFoundError),
        (b"<Error><Code>NoSuchBucket</Code></Error>", StoreRefusedError),
    ],
)
def test_a_bucket_that_is_not_there_is_no_missing_object(
    served: HttpBucket, connect: Connect, body: bytes, error: type[Exception]
) -> None:
    served.tricks = [say(f"HTTP/1.1 404 x\r\nContent-Length: {len(body)}\r\n\r\n".encode(), body)]
    with pytest.raises(error):
        connect().read("champions/songs.json")


TROUBLES: dict[str, Misbehave] = {
    "busy": say(b"HTTP/1.1 503 Slow Down\r\nContent-Length: 0\r\n\r\n", close=False),
    "broken inside": say(
        b"HTTP/1.1 500 x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nno\r\n0\r\n\r\n"
    ),
    "nothing": say(),
    "reset": reset,
    "half a status": say(b"HTTP/1.1 2"),
    "another protocol": say(b"SSH-2.0-OpenSSH_9.6\r\n"),
    "no number": say(b"HTTP/1.1 two hundred\r\n\r\n"),
    "half the body": say(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort"),
    "half a chunk": say(b"HTTP/1.1 200 OK\r\n", CHUNKED, b"ff\r\nshort"),
    "a chunk too long": say(b"HTTP/1.1 200 OK\r\n", CHUNKED, b"1\r\nlong\r\n"),
    "a size that is none": say(b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n"),
    "a size beyond bounds": say(
        f"HTTP/1.1 200 OK\r\nContent-Length: {MAX_ANSWER_BYTES + 1}\r\n\r\n".encode()
    ),
    "a size with a sign": say(b"HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\nshort"),
    "a size with a line under it": say(
        b"HTTP/1.1 200 OK\r\nContent-Length: 1_0\r\n\r\n" + b"x" * 10
    ),
    "a chunk's size with a sign": say(b"HTTP/1.1 200 OK\r\n", CHUNKED, b"-0\r\n\r\n"),
    "a coding that is not known": say(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n2\r\nno\r\n0\r\n\r\n"
    ),
    "not modified, which nobody asked": say(b"HTTP/1.1 304 Not Modified\r\n\r\n"),
    "a signature that grew old": say(
        b"HTTP/1.1 403 x\r\nContent-Length: 40\r\n\r\n<Error><Code>RequestTimeTooSkewed</Code>"
    ),
    "a header that is none": say(b"HTTP/1.1 200 OK\r\nno header\r\n\r\n"),
    "headers without end": say(b"HTTP/1.1 200 OK\r\n", b"a: b\r\n" * 1000),
    "a line without end": say(b"HTTP/1.1 200 OK\r\na: ", b"b" * 100_000),
}


@pytest.mark.parametrize("trouble", TROUBLES)
def test_a_server_in_trouble_is_asked_again(
    served: HttpBucket, connect: Connect, trouble: str
) -> None:
    served.tricks = [TROUBLES[trouble]] * (ATTEMPTS - 1)
    pauses: list[float] = []
    assert connect(pause=pauses.append).read("champions/songs.json").body == BODY
    assert pauses == [0.05, 0.2]


@pytest.mark.parametrize("trouble", TROUBLES)
def test_a_server_that_stays_in_trouble_is_busy_and_that_is_transient(
    served: HttpBucket, connect: Connect, trouble: str
) -> None:
    served.tricks = [TROUBLES[trouble]] * ATTEMPTS
    with pytest.raises(StoreBusyError, match=f"'champions/songs.json' in {ATTEMPTS} attempts"):
        connect().read("champions/songs.json")
    assert issubclass(StoreBusyError, TransientError)


def test_a_server_that_is_silent_is_given_up(served: HttpBucket, connect: Connect) -> None:
    released = threading.Event()
    served.tricks = [lambda handler: _wait(handler, released)] * ATTEMPTS
    try:
        with pytest.raises(StoreBusyError, match="timed out"):
            connect(read_seconds=0.01).read("champions/songs.json")
    finally:
        released.set()


def _wait(handler: BaseHTTPRequestHandler, released: threading.Event) -> None:
    released.wait(10)
    handler.close_connection = True


def test_a_server_that_is_not_there_is_busy() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
    bucket = S3HttpBucket(
        bucket="models",
        environ={"AWS_ENDPOINT_URL": url, "AWS_ACCESS_KEY_ID": "1", "AWS_SECRET_ACCESS_KEY": "1"},
        pause=lambda _: None,
    )
    with pytest.raises(StoreBusyError, match="ConnectionRefusedError"):
        bucket.read("champions/songs.json")


def test_a_connection_that_was_closed_meanwhile_costs_no_attempt(
    served: HttpBucket, connect: Connect
) -> None:
    pauses: list[float] = []
    bucket = connect(pause=pauses.append)
    closing = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"  # and then hang up, unsaid
    served.tricks = [say(closing)]
    assert bucket.read("champions/songs.json").body == b"ok"
    assert bucket.read("champions/songs.json").body == BODY
    assert pauses == []
    assert len(served.connections) == 2


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\n" + CHUNKED + b"1;x=y\r\no\r\n1\r\nk\r\n0\r\nt: x\r\n\r\n",
        b"HTTP/1.0 200 OK\r\n\r\nok",
        b"HTTP/1.1 200\nContent-Length:2\n\nok",
    ],
)
def test_an_answer_may_have_any_form_that_http_has(
    served: HttpBucket, connect: Connect, answer: bytes
) -> None:
    served.tricks = [say(answer)]
    assert connect().read("champions/songs.json").body == b"ok"


def test_threads_do_not_share_a_connection_at_a_time(connect: Connect) -> None:
    bucket = connect()
    found: list[bytes] = []
    threads = [
        threading.Thread(
            target=lambda: found.extend(bucket.read("champions/songs.json").body for _ in range(10))
        )
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [len(body) for body in found] == [len(BODY)] * 40
    assert set(found) == {BODY}
