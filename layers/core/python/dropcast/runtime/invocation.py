"""One invocation of an asynchronous function: event in, message out, one log line either way."""

import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from dropcast.contracts.errors import DataError
from dropcast.contracts.serialization.codec import to_document
from dropcast.runtime.dependencies import Dependencies, make_dependencies
from dropcast.runtime.logs import describe_context, get_logger

Event = Mapping[str, Any]
M = TypeVar("M")


def run_step(
    name: str,
    event: Event,
    context: object,
    read: Callable[[Event], M],
    call: Callable[[M, Dependencies], object],
) -> Any:
    """Read an event as a message, call a step with it and return the step's message as JSON types.

    Every error is logged with its name and goes on to the caller: Step Functions retries or
    catches it by that name, Lambda retries an asynchronous event and then keeps it as a
    dead-letter message.
    """
    logger = get_logger()
    started = time.perf_counter()
    facts: dict[str, Any] = {"step": name, **describe_context(context)}
    try:
        result = to_document(call(read(event), make_dependencies()))
    except DataError as error:
        facts |= _describe_error(error, started)
        logger.error("refused", extra=facts)  # noqa: TRY400 - the data's fault has no stack to show
        raise
    except Exception as error:
        logger.exception("failed", extra={**facts, **_describe_error(error, started)})
        raise
    facts |= {"seconds": _measure_seconds(started), "result": _shorten(result)}
    logger.info("done", extra=facts)
    return result


def _describe_error(error: Exception, started: float) -> dict[str, Any]:
    return {
        "error": type(error).__name__,
        "error_message": str(error)[:2000],
        "seconds": _measure_seconds(started),
    }


def _measure_seconds(started: float) -> float:
    return round(time.perf_counter() - started, 3)


def _shorten(message: Any) -> dict[str, Any]:
    """Return the message's numbers, flags and short texts, which a log is searched for."""
    if not isinstance(message, Mapping):
        return {}
    return {
        key: value
        for key, value in message.items()
        if isinstance(value, bool | int | float) or (isinstance(value, str) and len(value) <= 200)
    }
