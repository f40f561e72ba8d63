"""The responses of an S3 that fails."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]

_ERRORS = {
    "throttle": (503, "SlowDown", "Please reduce your request rate."),
    "fail": (500, "InternalError", "We encountered an internal error. Please try again."),
}


class CutError(Exception):
    """The connection ends here, on purpose."""


async def send_error(action: str, send: Send, *, method: str) -> None:
    """Send an error as S3 does, or begin a response and end the connection.

    The response to a HEAD has no body that could be cut: it would arrive whole and say that the
    object is empty, so a cut HEAD fails with status 500 instead.
    """
    if action == "cut" and method != "HEAD":
        await send(
            {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"9")]}
        )
        raise CutError
    status, code, message = _ERRORS["fail" if action == "cut" else action]
    body = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>".encode()
    await send_body(send, body, status=status, content_type=b"application/xml")


async def send_body(send: Send, body: bytes, *, status: int, content_type: bytes) -> None:
    """Send a whole response."""
    headers = [(b"content-type", content_type), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})
