"""LocalStack's S3 events for EventBridge, corrected in two fields.

AWS gives each write of a key a sequencer that is larger than the one before; LocalStack gives every
write the same. AWS sends EventBridge a key unchanged; LocalStack sends it quoted for a URL.

Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
"""

import json
import threading
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

_NAME = "dropcast_sequencer"


class Sequencers:
    """Numbers the writes of a key store, in the order in which the store took them."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._last = 0

    def in_order(self, store: Callable[..., Any]) -> Callable[..., Any]:
        """Return a key store's ``set`` that gives each object its number."""

        def set_numbered(keys: Any, object_key: str, s3_object: Any) -> Any:
            with self._guard:
                # By the clock, so that numbers grow over a restart too.
                self._last = max(self._last + 1, time.time_ns())
                setattr(s3_object, _NAME, f"{self._last:016X}")
                return store(keys, object_key, s3_object)

        return set_numbered


def with_sequencer(make: Callable[..., Any]) -> Callable[..., Any]:
    """Return ``make``, the maker of an event's context, which then carries the object's number."""

    def make_numbered(*arguments: Any, s3_object: Any, **named: Any) -> Any:
        context = make(*arguments, s3_object=s3_object, **named)
        setattr(context, _NAME, getattr(s3_object, _NAME, "0"))
        return context

    return make_numbered


def as_aws_describes(describe: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    """Return ``describe``, the maker of an event's entry, with unquoted key and sequencer."""

    def describe_exactly(context: Any, config_id: str | None = None) -> dict[str, Any]:
        entry = describe(context, config_id)
        detail = json.loads(entry["Detail"])
        described = detail["object"]
        described["key"] = unquote(described["key"])
        if "sequencer" in described:
            described["sequencer"] = getattr(context, _NAME, "0")
        return {**entry, "Detail": json.dumps(detail)}

    return describe_exactly
