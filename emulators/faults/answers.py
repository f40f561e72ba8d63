"""What an S3 in trouble answers."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]

_ANSWERS = {
    "throttle": (503, "SlowDown", "Please reduce your request rate."),
    "fail": (500, "InternalError", "We encountered an internal error. Please try again."),
}


class CutError(Exception):
    """The connection ends here, on purpose."""


async def answer_badly(act: str, send: Send, *, method: str) -> None:
    """Answer as an S3 in trouble does, or begin an answer and end the connection. A HEAD's has no
    body to be cut in: what came of it would be whole, and say that there is nothing."""
    if act == "cut" and method != "HEAD":
        await send(
            {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"9")]}
        )
        raise CutError
    status, code, message = _ANSWERS["fail" if act == "cut" else act]
    body = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>".encode()
    headers = [(b"content-type", b"application/xml"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})
