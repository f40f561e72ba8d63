"""The deployed API by its own document: whatever is sent, it answers as the document says.

``DROPCAST_API_EXAMPLES`` is the number of requests of each operation and kind; the few of
`make test` are the same ones each time.
"""

import os
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from dropcast.contracts.api_keys import KEY_HEADER
from dropcast.openapi import build_document
from dropcast.recipes import RECIPES
from operations.client import Stack
from tests.e2e.conftest import DATASET, IS_STRICT, Trained

pytestmark = pytest.mark.e2e

EXAMPLES = int(os.environ.get("DROPCAST_API_EXAMPLES", "4"))
OPERATIONS = [
    (method.upper(), path)
    for path, operations in build_document(RECIPES)["paths"].items()
    for method in operations
]
# One predict route is as good as another where no model answers.
QUICK = [
    (method, path)
    for method, path in OPERATIONS
    if not path.endswith("/predict") or path == f"/{DATASET}/predict" or EXAMPLES > 4
]


# What no schema can say: whether a model can be explained, and which cursors were given out. The
# rows of a series must follow each other besides.
BEYOND_SCHEMA = {"explain", "models_after", "rollbacks_after"}
SERIES = {f"/{name}/predict" for name, recipe in RECIPES.items() if recipe.request_schema.series}


def _is_beyond_schema(answer: Any) -> bool:
    problems = answer.get("problems", []) if isinstance(answer, dict) else []
    return bool(problems) and {problem["field"] for problem in problems} <= BEYOND_SCHEMA


@pytest.fixture(scope="module")
def schema(stack: Stack, trained: Trained) -> Any:
    """The schema of the document that the API serves, where a model answers."""
    assert trained.run.status == "SUCCEEDED"
    status, document = stack.call_api("GET", "openapi.json")
    assert status == 200
    return schemathesis.openapi.from_dict(document)


def choose_key(stack: Stack, path: str) -> str:
    """Return the key that may do the least of those that the route takes."""
    if path.endswith("/rollback"):
        return stack.operator_key
    return stack.upload_key if path.endswith("/uploads") else stack.api_key


@pytest.mark.parametrize("mode", GenerationMode)
@pytest.mark.parametrize(("method", "path"), QUICK, ids=str)
def test_whatever_is_sent_the_answer_is_one_of_the_documents(
    stack: Stack, schema: Any, method: str, path: str, mode: GenerationMode
) -> None:
    operation = schema[path][method]
    # Any text may be a key, and so no key of the document is wrong by its form.
    fields = [one for one in operation.iter_parameters() if one.name != KEY_HEADER]
    if mode is GenerationMode.NEGATIVE and not (fields or len(operation.body)):
        return
    key = choose_key(stack, path)

    trusting: dict[str, Any] = {"verify": stack.environ.get("AWS_CA_BUNDLE", True)}

    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(
        max_examples=EXAMPLES,
        derandomize=EXAMPLES <= 4,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    def check(case: Case[Any]) -> None:
        response = case.call(
            base_url=stack.api_url,
            headers={"x-api-key": key},
            timeout=60,
            **trusting,
        )
        answer = response.json()
        if not IS_STRICT and answer == {"message": "Forbidden"}:
            return  # the gateway's own, in words that are not the stack's
        beyond = path in SERIES or _is_beyond_schema(answer)
        excluded: list[Any] = [positive_data_acceptance] if beyond else []
        if response.status_code == 413:
            excluded.append(negative_data_rejection)  # too many rows are rejected by it
        case.validate_response(
            response,
            excluded_checks=excluded,
            transport_kwargs=trusting,  # some checks ask again, without a key
        )
        assert response.status_code < 500

    check()
