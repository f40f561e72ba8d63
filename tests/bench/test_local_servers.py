"""A load waits for all of its responses, and each event has its own time limit."""

import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from bench.serving.fresh_process import HandlerFailedError, invoke_fresh
from bench.serving.http_load import BadResponseError, make_request, run_load

pytestmark = pytest.mark.enable_socket

# A Lambda runtime that responds to each event after the seconds that it names.
RUNTIME = """
import http.client, json, os, time
connection = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
prefix = "/2018-06-01/runtime/invocation/"
while True:
    connection.request("GET", prefix + "next")
    event = json.loads(connection.getresponse().read())
    time.sleep(event)
    connection.request("POST", prefix + "1/response", body=json.dumps(event))
    connection.getresponse().read()
"""


class Counting(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    requests = 0
    status = 200

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        type(self).requests += 1
        self.send_response(self.status)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        del format, args


@pytest.fixture
def handler() -> type[Counting]:
    return type("Handler", (Counting,), {"requests": 0})


@pytest.fixture
def port(handler: type[Counting]) -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()
        yield server.server_address[1]
        server.shutdown()


def test_every_request_of_a_round_gets_its_response_in_it(
    port: int, handler: type[Counting]
) -> None:
    found = run_load(port, [make_request("/", b"{}")], connections=3, seconds=0.1)
    assert found.responses == handler.requests >= 3
    assert found.per_second == found.responses / found.seconds


def test_an_error_response_ends_the_round(port: int, handler: type[Counting]) -> None:
    handler.status = 500
    with pytest.raises(BadResponseError, match="500"):
        run_load(port, [make_request("/", b"{}")], connections=1, seconds=0.1)


def test_many_events_may_take_longer_than_the_limit_of_one() -> None:
    found = invoke_fresh([sys.executable, "-c", RUNTIME], {}, [0.5] * 7, patience=3.0)
    assert found.responses == (0.5,) * 7
    assert sum(found.later_ms) >= 3_000


def test_an_event_without_a_response_ends_the_process() -> None:
    with pytest.raises(HandlerFailedError, match="gave 1 of 2 responses"):
        invoke_fresh([sys.executable, "-c", RUNTIME], {}, [0, 60], patience=3.0)
