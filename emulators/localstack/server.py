"""LocalStack with one gap closed; run by LocalStack's own interpreter.

Its server takes a host in GATEWAY_LISTEN and then listens on every IPv4 interface; here it listens
on that host alone.
"""

import sys
from types import SimpleNamespace

from localstack.runtime import main as runtime
from localstack.runtime.server import twisted as serving
from twisted.internet import endpoints


def listen_on(host: str) -> SimpleNamespace:
    """Return what LocalStack's server takes from ``endpoints``, for one host."""

    def make_endpoint(reactor: object, port: int) -> object:
        return endpoints.TCP4ServerEndpoint(reactor, port, interface=host)

    return SimpleNamespace(
        TCP4ServerEndpoint=make_endpoint, TCP6ServerEndpoint=endpoints.TCP6ServerEndpoint
    )


if __name__ == "__main__":
    serving.endpoints = listen_on("127.0.0.1")
    sys.exit(runtime.main())
