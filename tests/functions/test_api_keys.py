"""Each route is answered to the API keys that the stack's table names, and to nobody else."""

import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdk.api.routes import ROUTES, Route
from dropcast.contracts import environment
from dropcast.contracts.api_keys import API_KEYS, OPERATOR, PREDICTIONS
from dropcast.contracts.errors import KeyNotAllowedError, StoreRefusedError
from dropcast.contracts.ports import Blob
from dropcast.runtime.api_keys import read_key_ids, require_key
from dropcast.runtime.dependencies import Dependencies
from dropcast.storage.memory import MemoryBlobStore
from functions.predict import handler, rollback, uploads
from tests.functions.cloud import KEY_IDS, list_key_ids
from tests.functions.predicting import Predictor
from tests.functions.requests import DATASET, make_request

CHECKED = {route.path: route for route in ROUTES if route.is_checked_by_function}
FUNCTIONS: dict[str, Any] = {"Predict": handler, "Uploads": uploads, "Rollback": rollback}
IN_WORDS = {
    "/{dataset}/predict": "the predictions key or the operator's key",
    "/{dataset}/uploads": "the uploads key or the operator's key",
    "/{dataset}/rollback": "the operator's key",
}
# What is let in finds a closed bucket, a body that lacks its fields, or no such model.
LET_IN = {"/{dataset}/predict": 500, "/{dataset}/uploads": 400, "/{dataset}/rollback": 404}
NO_KEYS = (None, "", "unknown", ",", ",".join(KEY_IDS.values()))


class ClosedStore(MemoryBlobStore):
    """A bucket that says so when it is read."""

    def read(self, key: str) -> Blob:
        raise StoreRefusedError(f"'{key}' was read")


def ask(
    route: Route, key_id: str | None, *, accepted: Sequence[str], dataset: str = DATASET
) -> tuple[int, Any]:
    """Return what the route's function answers where every bucket is closed to it."""
    environ = {environment.CODE_HASH: "code", environment.KEY_IDS: ",".join(accepted)}
    body = {"to": "a model", "reason": "r"} if route.function == "Rollback" else {}
    event = make_request(route.method, route.path, body=body, key_id=key_id, dataset=dataset)
    if route.function == "Predict":
        predictor = Predictor(models=ClosedStore())
        predictor.dependencies.key_ids = read_key_ids(environ)
        answer = handler.answer_request(event, None, predictor.dependencies)
    else:
        dependencies = Dependencies(
            environ=environ, buckets={environment.MODEL_BUCKET: ClosedStore()}
        )
        answer = FUNCTIONS[route.function].answer_request(event, None, dependencies)
    return answer["statusCode"], json.loads(answer["body"])


def test_the_routes_that_take_some_keys_are_those_of_this_page() -> None:
    assert CHECKED.keys() == IN_WORDS.keys()


@pytest.mark.parametrize("path", CHECKED)
@pytest.mark.parametrize("name", API_KEYS)
def test_a_key_is_let_in_where_the_table_says_so_and_else_refused(path: str, name: str) -> None:
    route = CHECKED[path]
    status, _ = ask(route, KEY_IDS[name], accepted=[KEY_IDS[one] for one in route.keys])
    assert status == (LET_IN[path] if name in route.keys else 403)


@pytest.mark.parametrize("path", CHECKED)
@pytest.mark.parametrize("key_id", NO_KEYS)
def test_a_caller_without_a_key_of_the_route_is_refused_before_anything_is_read(
    path: str, key_id: str | None
) -> None:
    route = CHECKED[path]
    accepted = [KEY_IDS[one] for one in route.keys]
    status, problem = ask(route, key_id, accepted=accepted)
    assert (status, problem["status"], problem["title"]) == (403, 403, "Forbidden")
    assert problem["detail"].startswith(f"POST {path} takes {IN_WORDS[path]} and no other")
    # Nor does it learn which datasets there are.
    assert ask(route, key_id, accepted=accepted, dataset="no_such")[0] == 403


@pytest.mark.parametrize("path", CHECKED)
@pytest.mark.parametrize("accepted", [[], [""], ["", ""]])
@pytest.mark.parametrize("key_id", [*KEY_IDS.values(), *NO_KEYS])
def test_a_function_that_was_given_no_ids_lets_nobody_in(
    path: str, accepted: list[str], key_id: str | None
) -> None:
    assert ask(CHECKED[path], key_id, accepted=accepted)[0] == 403
    assert read_key_ids({}) == frozenset()


@pytest.mark.parametrize("path", CHECKED)
def test_the_keys_of_every_generation_are_let_in(path: str) -> None:
    for key_id in ("old", "new"):
        assert ask(CHECKED[path], key_id, accepted=["old", "new"])[0] != 403


def test_each_function_names_the_keys_of_its_route() -> None:
    for route in CHECKED.values():
        assert route.keys == FUNCTIONS[route.function].KEYS


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"requestContext": None},
        {"requestContext": {}},
        {"requestContext": {"identity": None}},
        {"requestContext": {"identity": {"apiKeyId": None}}},
        # The caller's own words are never looked at.
        {"headers": {"x-api-key": "id"}, "queryStringParameters": {"apiKeyId": "id"}},
        {"requestContext": {"apiKeyId": "id", "identity": {"apiKey": "id"}}},
    ],
)
def test_an_event_that_names_no_key_is_refused(event: dict[str, Any]) -> None:
    event = {"httpMethod": "POST", "resource": "/x", **event}
    with pytest.raises(KeyNotAllowedError):
        require_key(event, frozenset({"id"}), [OPERATOR])


@given(
    found=st.none()
    | st.text()
    | st.integers()
    | st.lists(st.text())
    | st.sampled_from(["id", "other", "id,other", " id", "ID", ["id"], {"id": "id"}]),
)
def test_nothing_but_an_id_itself_is_let_in(found: object) -> None:
    event = {
        "httpMethod": "POST",
        "resource": "/x",
        "requestContext": {"identity": {"apiKeyId": found}},
    }
    accepted = read_key_ids({environment.KEY_IDS: "id,other"})
    if found in ("id", "other"):
        assert require_key(event, accepted, [OPERATOR]) == found
    else:
        with pytest.raises(KeyNotAllowedError):
            require_key(event, accepted, [OPERATOR])


def test_a_refused_prediction_leaves_a_line_that_says_whose_key_it_was() -> None:
    predictor = Predictor(models=ClosedStore(), key_id=KEY_IDS["uploads"])
    status, problem = predictor.ask({})
    assert (status, problem["instance"]) == (403, "request-1")
    (line,) = predictor.read_lines()
    assert (line["level"], line["status"], line["error"]) == ("INFO", 403, "KeyNotAllowedError")
    assert (line["key_id"], line["dataset"], line["asked_for"]) == (
        KEY_IDS["uploads"],
        "none",
        DATASET,
    )
    assert (line["requests"], line["errors"]) == (1, 0)
    assert list_key_ids([PREDICTIONS, OPERATOR]) == {
        environment.KEY_IDS: "id-of-predictions,id-of-operator"
    }
