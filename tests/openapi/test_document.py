"""The API document: sound by its own standard, and true of what the API takes and refuses."""

import json
import re
from copy import deepcopy
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped] # it ships no types
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openapi_spec_validator import OpenAPIV31SpecValidator

from cdk.api.routes import ROUTES
from dropcast.contracts.api_keys import API_KEYS
from dropcast.contracts.errors import PHRASES, InvalidRequestError
from dropcast.contracts.limits import MAX_ROWS
from dropcast.openapi import build_document
from dropcast.openapi.rows import make_example_row
from dropcast.recipe import Column, RequestSchema, boolean, integer, number, text, timestamp
from dropcast.recipes import RECIPES
from dropcast.runtime.http import STATUS_BY_ERROR, answer_error
from dropcast.scoring import check_rows
from functions.predict import catalogue, handler, rollback, uploads

DOCUMENT = build_document(RECIPES)
OWN_ROUTES = {("GET", "/openapi.json"), ("GET", "/docs"), ("GET", "/docs/{file}")}


def find_body(dataset: str) -> Any:
    operation = DOCUMENT["paths"][f"/{dataset}/predict"]["post"]
    return operation["requestBody"]["content"]["application/json"]


def list_problems(schema: Any, value: object) -> list[str]:
    """Return what JSON Schema has against a value; references lead into the document."""
    validator = jsonschema.Draft202012Validator({**schema, "components": DOCUMENT["components"]})
    return [error.message for error in validator.iter_errors(value)]


def read_sample(dataset: str) -> Any:
    return json.loads(Path("tests/samples", dataset, "request.json").read_text())


def test_the_document_is_sound_openapi() -> None:
    OpenAPIV31SpecValidator(DOCUMENT).validate()


def test_the_same_recipes_make_the_same_document_in_any_order() -> None:
    other = build_document(dict(reversed(RECIPES.items())))
    assert json.dumps(other) == json.dumps(DOCUMENT)


def test_every_route_of_the_functions_is_in_the_document() -> None:
    functions = (handler, catalogue, uploads, rollback)
    routes = {route for function in functions for route in function.ROUTES} - OWN_ROUTES
    expected = routes - {("POST", "/{dataset}/predict")}
    expected |= {("POST", f"/{dataset}/predict") for dataset in RECIPES}
    told = {(m.upper(), path) for path, ms in DOCUMENT["paths"].items() for m in ms}
    assert told == expected


def test_every_operation_takes_the_keys_of_the_table_of_routes() -> None:
    keys = {(route.method, route.path): set(route.keys) for route in ROUTES}
    schemes = DOCUMENT["components"]["securitySchemes"]
    assert {(one["in"], one["name"]) for one in schemes.values()} == {("header", "x-api-key")}
    for path, methods in DOCUMENT["paths"].items():
        for method, operation in methods.items():
            taken = [
                name for one in operation.get("security", DOCUMENT["security"]) for name in one
            ]
            place = re.sub(r"^/\w+/predict$", "/{dataset}/predict", path)
            assert set(taken) == keys[method.upper(), place], path
            assert set(taken) <= schemes.keys()
            # Of the keys that a person entered on the page the last one is sent.
            assert taken == sorted(taken, key=API_KEYS.index, reverse=True)
            if len(taken) < len(API_KEYS):
                assert operation["description"].endswith("key.")


def test_every_status_of_an_error_is_described() -> None:
    described = {int(name[-3:]) for name in DOCUMENT["components"]["responses"]}
    assert {status for _, status in STATUS_BY_ERROR} | {403, 429, 500, 502, 504} == described
    assert described == PHRASES.keys()
    for path, methods in DOCUMENT["paths"].items():
        for operation in methods.values():
            always = {"403", "429", "500", "502", "503", "504"}
            assert always <= operation["responses"].keys(), path


def test_a_problem_as_the_functions_tell_it_is_as_the_document_says() -> None:
    schema = DOCUMENT["components"]["schemas"]["Problem"]
    for kind, _ in STATUS_BY_ERROR:
        error = kind([]) if issubclass(kind, InvalidRequestError) else kind("what, where, remedy")
        problem = json.loads(answer_error(error, instance="request-1")["body"])
        assert list_problems(schema, problem) == []
    assert list_problems(schema, {**problem, "title": "Busy, try again"})
    assert list_problems(schema, {**problem, "type": "busy"})


def test_a_path_is_appended_to_the_server_without_a_second_slash() -> None:
    (server,) = DOCUMENT["servers"]
    assert all(path.startswith("/") for path in DOCUMENT["paths"])
    assert server["url"] == "/v1"
    assert build_document(RECIPES, server="/base/v1")["servers"] == [{"url": "/base/v1"}]


@pytest.mark.parametrize("dataset", RECIPES)
def test_the_sample_request_and_the_example_fit_the_schema_and_the_check(dataset: str) -> None:
    body = find_body(dataset)
    schema = RECIPES[dataset].request_schema
    for request in (read_sample(dataset), body["example"]):
        assert list_problems(body["schema"], request) == []
        assert check_rows(request, schema=schema, max_rows=MAX_ROWS)


@pytest.mark.parametrize("dataset", RECIPES)
def test_a_request_with_one_thing_wrong_fits_neither(dataset: str) -> None:
    body = find_body(dataset)
    schema = RECIPES[dataset].request_schema
    sound = body["example"]
    required = next(column for column in schema.columns if not column.nullable)
    wrongs: list[Any] = [{"rows": []}, {"rows": 1}, [], {"rows": sound["rows"], "model": "x"}]
    changes: list[dict[str, Any]] = [{required.name: None}, {required.name: {}}, {"no_field": 1}]
    for change in changes:
        wrong = deepcopy(sound)
        wrong["rows"][-1] |= change
        wrongs.append(wrong)
    lacking = deepcopy(sound)
    del lacking["rows"][-1][required.name]
    for name in schema.hidden:
        told = deepcopy(sound)
        told["rows"][-1][name] = 1
        wrongs.append(told)
    if schema.rows_needed > 1:
        wrongs.append({"rows": sound["rows"][1:]})
    for wrong in [*wrongs, lacking]:
        assert list_problems(body["schema"], wrong), wrong
        with pytest.raises(InvalidRequestError):
            check_rows(wrong, schema=schema, max_rows=MAX_ROWS)


@pytest.mark.parametrize("dataset", RECIPES)
def test_ranges_and_choices_are_those_of_the_columns(dataset: str) -> None:
    body = find_body(dataset)
    schema = RECIPES[dataset].request_schema
    for column in schema.columns:
        wrongs: list[Any] = []
        wrongs += [column.minimum - 1] if column.minimum is not None else []
        wrongs += [column.maximum + 1] if column.maximum is not None else []
        wrongs += ["no such choice", 99_999] if column.categories else []
        for wrong in wrongs:
            request = deepcopy(body["example"])
            request["rows"][-1][column.name] = wrong
            assert list_problems(body["schema"], request), (column.name, wrong)


COLUMNS = (
    number("a", minimum=-1, maximum=1, unit="m", description="How far"),
    number("b", nullable=True),
    integer("c", minimum=0, maximum=9),
    integer("d", categories=(1, 3), nullable=True),
    boolean("e", nullable=True),
    text("f"),
    text("g", categories=("x", "y"), nullable=True),
    timestamp("h", formats=("epoch_seconds",)),
    timestamp("i", formats=("%Y-%m-%d",), nullable=True),
)
VALUES = (
    st.none()
    | st.booleans()
    | st.integers(-3, 12)
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(["", " ", "x", "y", " x", "2024-05-01T13:00:00Z", "1"])
    | st.lists(st.none(), max_size=1)
)


def make_schema(*columns: Column) -> RequestSchema:
    return RequestSchema(
        columns=columns, ignored=("note", "a b"), hidden=("target",), series=None, rows_needed=1
    )


@given(data=st.data())
def test_what_the_schema_lets_through_the_check_lets_through(data: st.DataObject) -> None:
    from dropcast.openapi.rows import make_row_schema  # noqa: PLC0415 - beside its validator

    schema = make_schema(*COLUMNS)
    validator = jsonschema.Draft202012Validator(make_row_schema(schema))
    row = make_example_row(schema, 0)
    names = [column.name for column in COLUMNS] + ["note", "a b", "target", "other"]
    for name in data.draw(st.lists(st.sampled_from(names), max_size=2, unique=True)):
        row[name] = data.draw(VALUES)
    # A text that is an instant by its format alone is beyond JSON Schema: formats are for people.
    row["i"] = data.draw(st.sampled_from([None, "2024-05-01T13:00:00Z", "2024-05-01"]))
    if validator.is_valid(row):
        assert check_rows(row, schema=schema, max_rows=1)


def test_units_ranges_and_other_names_are_listed() -> None:
    row = DOCUMENT["components"]["schemas"]["SpotifyPreferenceRow"]
    duration = row["properties"]["duration_ms"]
    assert (duration["minimum"], duration["maximum"]) == (1000, 7_200_000)
    assert "Unit: ms." in duration["description"]
    assert "Also taken as: duration." in duration["description"]
    bars = find_body("bitcoin")["schema"]["properties"]["rows"]
    assert (bars["minItems"], bars["maxItems"]) == (31, MAX_ROWS)
