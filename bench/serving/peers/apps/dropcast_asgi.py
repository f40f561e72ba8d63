"""The predict handler behind an HTTP server: API Gateway's part, as little of it as there is."""

import os
from typing import Any

from handler import handle  # type: ignore[import-not-found] # of the deployed function's folder

KEY_ID = os.environ["DROPCAST_KEY_IDS"]


async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Serve ``POST /{dataset}/predict``."""
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    dataset = scope["path"].split("/")[1]
    response = handle(
        {
            "resource": "/{dataset}/predict",
            "httpMethod": scope["method"],
            "pathParameters": {"dataset": dataset},
            "queryStringParameters": None,
            "requestContext": {"requestId": "bench", "identity": {"apiKeyId": KEY_ID}},
            "body": body.decode(),
            "isBase64Encoded": False,
        },
        None,
    )
    text = response["body"].encode()
    headers = [(name.encode(), value.encode()) for name, value in response["headers"].items()]
    headers.append((b"content-length", str(len(text)).encode()))
    await send(
        {"type": "http.response.start", "status": response["statusCode"], "headers": headers}
    )
    await send({"type": "http.response.body", "body": text})
