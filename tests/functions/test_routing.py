"""The log lines of the other functions of the API, and their answers while S3 is busy."""

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from dropcast.contracts import environment
from dropcast.contracts.api_keys import OPERATOR
from dropcast.contracts.errors import StoreBusyError
from dropcast.contracts.ports import Blob
from dropcast.runtime.dependencies import Dependencies
from dropcast.runtime.logs import get_logger
from dropcast.storage.memory import MemoryBlobStore
from functions.predict import catalogue, rollback
from tests.functions.cloud import KEY_IDS, QUICK_RECIPES, list_key_ids
from tests.functions.requests import DATASET, make_request


class Lines(logging.Handler):
    """The lines of the functions' logger, as JSON."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[dict[str, Any]] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(json.loads(self.format(record)))


@pytest.fixture
def lines() -> Iterator[list[dict[str, Any]]]:
    logger, handler = get_logger(), Lines()
    handler.setFormatter(logger.registered_formatter)
    logger.addHandler(handler)
    yield handler.lines
    logging.getLogger(logger.name).removeHandler(handler)


class BusyStore(MemoryBlobStore):
    """A bucket that does not answer."""

    def read(self, key: str) -> Blob:
        raise StoreBusyError(f"no answer for '{key}'")


@pytest.fixture
def busy() -> Dependencies:
    names = (environment.LAKE_BUCKET, environment.MODEL_BUCKET)
    return Dependencies(
        environ={environment.CODE_HASH: "code", **list_key_ids([OPERATOR])},
        recipes=QUICK_RECIPES,
        buckets={name: BusyStore() for name in names},
    )


def roll_back(dependencies: Dependencies, key_id: str | None) -> Any:
    event = make_request(
        "POST",
        "/{dataset}/rollback",
        body={"to": "model", "reason": "r"},
        key_id=key_id,
        dataset=DATASET,
    )
    return rollback.answer_request(event, None, dependencies)


@pytest.mark.parametrize("path", ["/datasets", "/{dataset}", "/{dataset}/model"])
def test_a_busy_store_is_answered_with_503_and_logged_as_an_error_with_its_trace(
    busy: Dependencies, lines: list[dict[str, Any]], path: str
) -> None:
    fields: dict[str, Any] = {"dataset": DATASET} if "{" in path else {}
    answer = catalogue.answer_request(make_request("GET", path, **fields), None, busy)
    assert answer["statusCode"] == 503
    (line,) = lines
    assert (line["level"], line["status"], line["error"]) == ("ERROR", 503, "StoreBusyError")
    assert line["instance"] == json.loads(answer["body"])["instance"] == "request-1"
    assert "Traceback" in line["exception"]


def test_a_rollback_while_the_store_is_busy_is_503(busy: Dependencies) -> None:
    assert roll_back(busy, KEY_IDS[OPERATOR])["statusCode"] == 503


def test_who_was_refused_a_rollback_stands_in_the_log(
    busy: Dependencies, lines: list[dict[str, Any]]
) -> None:
    assert roll_back(busy, "another-key")["statusCode"] == 403
    assert roll_back(busy, None)["statusCode"] == 403
    known, unknown = lines
    assert (known["level"], known["status"], known["key_id"]) == ("INFO", 403, "another-key")
    assert (known["dataset"], known["instance"]) == (DATASET, "request-1")
    assert "exception" not in known
    assert "key_id" not in unknown


def test_a_lone_surrogate_from_a_client_loses_no_log_line(
    busy: Dependencies, lines: list[dict[str, Any]]
) -> None:
    """Not even of who was refused: to a stream in UTF-8 such a line was never written."""
    event = make_request("GET", "/{dataset}", dataset="\ud800")
    assert catalogue.answer_request(event, None, busy)["statusCode"] == 404
    (line,) = lines
    assert line["dataset"] == "\ud800"
    formatter = get_logger().registered_formatter
    record = logging.LogRecord("x", logging.INFO, "", 1, "\ud800", None, None)
    assert formatter.format(record).isascii()
