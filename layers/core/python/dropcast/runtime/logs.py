"""One structured line a step: numbers as numbers, no payloads, no secrets."""

import json
from functools import cache, partial
from typing import Any

from aws_lambda_powertools import Logger


@cache
def get_logger() -> Logger:
    """Return this process's logger; its service and level come from the environment."""
    # ASCII, because a client may send a lone surrogate, with which no log could be written.
    return Logger(utc=True, json_serializer=partial(json.dumps, default=str, separators=(",", ":")))


def describe_context(context: Any) -> dict[str, str]:
    """Return the request's id where the caller gave a Lambda context."""
    request_id = getattr(context, "aws_request_id", None)
    return {"request_id": request_id} if request_id else {}
