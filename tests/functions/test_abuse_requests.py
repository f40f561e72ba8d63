"""Requests that are too deep, too large or said to be something else: a clear 4xx each."""

import base64
import gzip
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropcast.contracts.api_keys import OPERATOR, UPLOADS
from dropcast.contracts.errors import InvalidRequestError, MediaTypeError
from dropcast.contracts.limits import MAX_ROWS
from dropcast.recipe import Column, text
from dropcast.recipes import RECIPES
from dropcast.runtime.http import answer_error, read_json_body
from dropcast.scoring.values import check_value
from tests.batch.programs import make_recipe_program
from tests.functions.cloud import KEY_IDS, Cloud
from tests.functions.predicting import Predictor, make_models
from tests.functions.requests import DATASET, ask

_PROGRAM = make_recipe_program(RECIPES[DATASET])
TRICKS = (
    "../models",
    "..%2f..%2fmodels",
    "%2e%2e",
    "a/b",
    "",
    "\ud800",
    "x" * 8_000,
    "DATASETS",
    f"{DATASET}\n",
)
NAMES = (
    *("../a.csv", "a/../b.csv", "a//b.csv", ".csv"),
    *("a\n.csv", "a\0.csv", "\ud800.csv", "a\u202e.csv"),
)
NAME: Column = text("name", nullable=True)


@pytest.fixture(scope="module")
def predictor() -> Predictor:
    return Predictor(models=make_models(_PROGRAM))


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ("[" * 100_000, "nested too deep"),
        ('{"a":' * 100_000, "nested too deep"),
        ('{"energy": ' + "1" * 5_000 + "}", "an integer has thousands of digits"),
        ('{"energy": 1, "energy": 0}', "field 'energy' is given twice"),
        ('{"rows": [{"energy": 1, "energy": 0}]}', "field 'energy' is given twice"),
        ("", "the body is not JSON"),
        ("null", "the body is null"),
        ('"\\ud800"', "the body is"),
        ("energy=1", "the body is not JSON"),
        ('{"energy": "' + "x" * 900_000 + '"}', "is not a number"),
        ('{"' + "x" * 900_000 + '": 1}', "no such field"),
        ('{"rows": ' + "[" * 900 + "]" * 900 + "}", "a row is a JSON object"),
        ('{"energy": ' + "9" * 400 + "}", "not a finite number"),
    ],
)
def test_a_body_out_of_bounds_is_told_in_a_small_answer(
    predictor: Predictor, body: str, sentence: str
) -> None:
    status, problem = predictor.ask(body)
    text = json.dumps(problem, ensure_ascii=False)
    assert (status, sentence in text) == (400, True), text[:500]
    assert "Traceback" not in text
    assert "set_int_max_str_digits" not in text
    assert len(text) < 20_000


def test_many_rows_of_many_wrong_fields_are_listed_a_hundred_times(predictor: Predictor) -> None:
    rows = [{f"f{n}": n for n in range(60)} for _ in range(MAX_ROWS)]
    status, problem = predictor.ask({"rows": rows})
    assert status == 400
    assert len(problem["problems"]) == 101
    assert "more problem(s)" in problem["problems"][-1]["problem"]


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (gzip.compress(b"{}", mtime=0), "compressed with gzip"),
        (b'{"a": "\xff"}', "not UTF-8"),
        (b"\xed\xa0", "not UTF-8"),
    ],
)
def test_bytes_that_are_no_text_are_reported(data: bytes, sentence: str) -> None:
    event = {"body": base64.b64encode(data).decode(), "isBase64Encoded": True}
    with pytest.raises(InvalidRequestError) as caught:
        read_json_body(event)
    assert sentence in str(caught.value.problems[0]["problem"])


def test_a_byte_order_mark_is_read_over() -> None:
    assert read_json_body({"body": '\ufeff{"a": 1}'}) == {"a": 1}
    encoded = base64.b64encode(b'\xef\xbb\xbf{"a": 1}').decode()
    assert read_json_body({"body": encoded, "isBase64Encoded": True}) == {"a": 1}


@pytest.mark.parametrize("name", ["Content-Type", "content-type", "CONTENT-TYPE"])
@pytest.mark.parametrize(
    "found",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "json"],
)
def test_a_body_that_is_said_to_be_something_else_is_415(name: str, found: str) -> None:
    with pytest.raises(MediaTypeError, match="Content-Type: application/json") as caught:
        read_json_body({"body": "{}", "headers": {"Host": "x", name: found}})
    assert answer_error(caught.value, instance="i")["statusCode"] == 415


@pytest.mark.parametrize(
    "headers",
    [
        None,
        {},
        {"Content-Type": ""},
        {"Content-Type": "application/json"},
        {"content-type": "Application/JSON; charset=UTF-8"},
        {"Content-Type": "application/vnd.rows+json"},
    ],
)
def test_a_body_that_is_said_to_be_json_or_nothing_is_read(headers: dict[str, str] | None) -> None:
    assert read_json_body({"body": "{}", "headers": headers}) == {}


@given(
    st.text() | st.binary().map(lambda b: b.decode("utf-8", "surrogatepass") if b.isascii() else "")
)
def test_any_text_as_a_body_has_an_answer_that_can_be_sent(body: str) -> None:
    predictor = Predictor(models=make_models(_PROGRAM))
    status, problem = predictor.ask(body)
    assert status in (400, 413)
    json.dumps(problem).encode()
    assert all(line.isascii() for line in predictor.lines)


def test_a_lone_surrogate_is_no_value_of_a_text() -> None:
    value, problem = check_value("a\ud800", NAME)
    assert value is None
    assert problem == "'a\\ud800' is not a text: it holds a lone surrogate"
    assert check_value("é🎵", NAME) == ("é🎵", None)


@pytest.mark.parametrize("dataset", TRICKS)
def test_a_dataset_with_a_path_in_it_is_not_found(
    cloud: Cloud, predictor: Predictor, dataset: str
) -> None:
    assert predictor.ask({}, dataset=dataset)[0] == 404
    before = [cloud.list_keys(bucket) for bucket in ("raw", "lake", "models")]
    asked: tuple[tuple[str, str, Any], ...] = (
        ("GET", "/{dataset}", None),
        ("GET", "/{dataset}/model", None),
        ("GET", "/{dataset}/versions", None),
        ("POST", "/{dataset}/uploads", {"name": "a.csv", "size": 1}),
        ("POST", "/{dataset}/rollback", {"to": "x", "reason": "y"}),
    )
    for method, route, body in asked:
        status, problem = ask(
            cloud, method, route, body=body, dataset=dataset, key_id=KEY_IDS[OPERATOR]
        )
        assert (status, problem["status"]) == (404, 404), (route, dataset)
    assert [cloud.list_keys(bucket) for bucket in ("raw", "lake", "models")] == before


@pytest.mark.parametrize(
    "name",
    [
        "../a.csv",
        "a/../b.csv",
        "a//b.csv",
        "a\n.csv",
        "a\0.csv",
        ".csv",
        "\ud800.csv",
        "a\u202e.csv",
    ],
)
def test_a_form_is_signed_for_no_name_with_a_path_in_it(cloud: Cloud, name: str) -> None:
    status, problem = ask(
        cloud,
        "POST",
        "/{dataset}/uploads",
        body={"name": name, "size": 1},
        dataset=DATASET,
        key_id=KEY_IDS[UPLOADS],
    )
    assert status == 400
    assert problem["problems"][0]["field"] == "name"


@pytest.mark.parametrize("to", ["../x", "\ud800", "x" * 100_000, "a\n", "champions/x"])
def test_a_model_with_a_path_in_it_was_never_champion(cloud: Cloud, to: str) -> None:
    status, problem = ask(
        cloud,
        "POST",
        "/{dataset}/rollback",
        body={"to": to, "reason": "r"},
        dataset=DATASET,
        key_id=KEY_IDS[OPERATOR],
    )
    assert status == 404
    assert len(json.dumps(problem)) < 2_000
    assert cloud.list_keys("models") == []


def test_a_reason_with_a_lone_surrogate_is_refused_before_it_is_kept(cloud: Cloud) -> None:
    status, problem = ask(
        cloud,
        "POST",
        "/{dataset}/rollback",
        body={"to": "x", "reason": "\ud800"},
        dataset=DATASET,
        key_id=KEY_IDS[OPERATOR],
    )
    assert status == 400
    assert "holds a lone surrogate" in problem["problems"][0]["problem"]
