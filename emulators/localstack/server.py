"""LocalStack with two changes; LocalStack's own interpreter runs it.

Its server takes a host in GATEWAY_LISTEN and still listens on every IPv4 interface; here it listens
on that host alone.

On SIGTERM it stops its services one by one, which takes long; nothing of them is kept, so here it
ends at once. Its functions have the cloud's mark and are ended by that.
"""

import os
import signal
import sys
from types import SimpleNamespace

from localstack.runtime import main as runtime
from localstack.runtime.server import twisted as serving
from twisted.internet import endpoints


def listen_on(host: str) -> SimpleNamespace:
    """Return a stand-in for Twisted's ``endpoints`` that listens on one host alone."""

    def make_endpoint(reactor: object, port: int) -> object:
        return endpoints.TCP4ServerEndpoint(reactor, port, interface=host)

    return SimpleNamespace(
        TCP4ServerEndpoint=make_endpoint, TCP6ServerEndpoint=endpoints.TCP6ServerEndpoint
    )


def end_now(*_: object) -> None:
    """End the process on a signal."""
    os._exit(0)


if __name__ == "__main__":
    serving.endpoints = listen_on("127.0.0.1")
    runtime.signal = SimpleNamespace(
        SIGINT=signal.SIGINT,
        SIGTERM=signal.SIGTERM,
        signal=lambda number, _: signal.signal(number, end_now),
    )
    sys.exit(runtime.main())
