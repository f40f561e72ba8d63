"""What S3 and its client have against a call, as the errors of this project."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import (
    ConnectTimeoutError,
    EndpointConnectionError,
    ReadTimeoutError,
)
from botocore.stub import Stubber

from dropcast.contracts.errors import ContendedError, StoreBusyError, StoreRefusedError
from dropcast.storage.s3 import S3BlobStore
from tests.moto_clients import open_session

Call = Callable[[S3BlobStore], object]
CALLS: dict[str, Call] = {
    "get_object": lambda store: store.read("k"),
    "head_object": lambda store: store.find_version_id("k"),
    "list_objects_v2": lambda store: store.list_keys("k"),
    "put_object": lambda store: store.write("k", b"1", "x/y"),
}
MORE: dict[str, Call] = {
    "open": lambda store: store.open("k"),
    "create": lambda store: store.create("k", b"1", "x/y"),
    "swap": lambda store: store.swap("k", b"1", "x/y", "etag"),
}


@pytest.fixture
def client() -> Any:
    config = Config(retries={"mode": "standard", "total_max_attempts": 1})
    return open_session().client("s3", config=config)


@pytest.fixture
def stubber(client: Any) -> Iterator[Stubber]:
    with Stubber(client) as opened:
        yield opened


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("SlowDown", 503),
        ("InternalError", 500),
        ("503", 503),
        ("RequestTimeout", 400),
        ("RequestTimeTooSkewed", 403),
    ],
)
@pytest.mark.parametrize("operation", CALLS)
def test_a_store_that_asks_for_patience_is_busy(
    client: Any, stubber: Stubber, operation: str, code: str, status: int
) -> None:
    stubber.add_client_error(operation, code, http_status_code=status)
    with pytest.raises(StoreBusyError, match="the same call may succeed later"):
        CALLS[operation](S3BlobStore(client=client, bucket="lake"))


@pytest.mark.parametrize("operation", CALLS)
def test_a_store_that_refuses_is_not_busy(client: Any, stubber: Stubber, operation: str) -> None:
    stubber.add_client_error(operation, "AccessDenied", http_status_code=403)
    with pytest.raises(StoreRefusedError, match="'lake' does not let this function touch 'k'"):
        CALLS[operation](S3BlobStore(client=client, bucket="lake"))


def test_a_write_under_way_is_contended(client: Any, stubber: Stubber) -> None:
    stubber.add_client_error("put_object", "ConditionalRequestConflict", http_status_code=409)
    with pytest.raises(ContendedError):
        S3BlobStore(client=client, bucket="lake").create("k", b"1", "x/y")


@pytest.mark.parametrize("error", [EndpointConnectionError, ConnectTimeoutError, ReadTimeoutError])
@pytest.mark.parametrize("call", CALLS | MORE)
def test_a_store_that_is_not_reached_is_busy(
    client: Any, call: str, error: Callable[..., Exception]
) -> None:
    def fail(**_: object) -> None:
        raise error(endpoint_url="https://s3")

    client.meta.events.register("before-send.s3", fail)
    with pytest.raises(StoreBusyError):
        (CALLS | MORE)[call](S3BlobStore(client=client, bucket="lake"))


def test_a_file_that_could_not_be_sent_is_busy_and_one_that_may_not_be_is_refused(
    client: Any, tmp_path: Path
) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"rows")
    store = S3BlobStore(client=client, bucket="lake")
    answers = [(503, "SlowDown"), (403, "AccessDenied")]

    def answer(**_: object) -> Any:
        status, code = answers.pop(0)
        return _Answer(status, f"<Error><Code>{code}</Code></Error>".encode())

    client.meta.events.register("before-send.s3", answer)
    with pytest.raises(StoreBusyError, match="SlowDown"):
        store.write_file("k", path, "x/y")
    with pytest.raises(StoreRefusedError, match="lacks the right"):
        store.write_file("k", path, "x/y")


class _Answer:
    """As much of an HTTP answer as the client reads of a refusal."""

    def __init__(self, status: int, body: bytes) -> None:
        self.status_code = status
        self.content = body
        self.headers: dict[str, str] = {}
        self.raw = None
