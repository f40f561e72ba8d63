"""The bodies of uploads and rollbacks: the document and the functions' own checks agree."""

from collections.abc import Callable
from typing import Any

import jsonschema  # type: ignore[import-untyped] # it ships no types
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dropcast.api.rollback import read_rollback
from dropcast.api.uploads import read_upload
from dropcast.contracts.errors import InvalidBodyError
from dropcast.contracts.limits import (
    CONTENT_TYPES,
    MAX_NAME_CHARACTERS,
    MAX_REASON_CHARACTERS,
    MAX_UPLOAD_BYTES,
)
from dropcast.openapi import build_document
from dropcast.recipes import RECIPES

DOCUMENT = build_document(RECIPES)
NAMES = (
    st.from_regex(r"[A-Za-z0-9 ._/()+,=@-]{1,12}\.(csv|CSV|tsv\.gz|pdf|xlsx)\n?", fullmatch=True)
    | st.sampled_from([f"a{ending}" for ending in CONTENT_TYPES])
    | st.sampled_from(["a.csv\n", "x" * MAX_NAME_CHARACTERS + ".csv", "", "..csv", "a.csv/b"])
)
SIZES = st.integers(-1, 3) | st.integers(MAX_UPLOAD_BYTES - 1, MAX_UPLOAD_BYTES + 1)
TYPES = st.sampled_from(["text/csv", "text/csv; charset=utf-8", "Text/CSV", "text", "text/csv\n"])
ANY = st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=3)
REASONS = st.text(" \t\nab", max_size=4) | st.sampled_from(
    ["x" * MAX_REASON_CHARACTERS, "x" * (MAX_REASON_CHARACTERS + 1)]
)
Check = Callable[[Any], object]


def is_taken(check: Check, body: Any) -> bool:
    try:
        check(body)
    except InvalidBodyError:
        return False
    return True


def fits_schema(path: str, body: Any) -> bool:
    operation = DOCUMENT["paths"][path]["post"]
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    sound: bool = jsonschema.Draft202012Validator(schema).is_valid(body)
    return sound


@given(
    body=st.fixed_dictionaries(
        {},
        optional={
            "name": NAMES | ANY,
            "size": SIZES | ANY,
            "content_type": TYPES | ANY.filter(lambda value: value is not None),
            "bucket": ANY,
        },
    )
)
@example(body={"name": "a.csv", "size": 4.0})
@example(body={"name": "a.csv", "size": True})
@example(body={"name": "a.csv\n", "size": 1})
@example(body={"name": "a.csv", "size": 1, "content_type": "text/csv\n"})
def test_an_upload_fits_the_document_where_the_function_takes_it(body: Any) -> None:
    assert fits_schema("/{dataset}/uploads", body) == is_taken(read_upload, body)


@given(
    body=st.fixed_dictionaries(
        {},
        optional={
            "to": st.text(max_size=3) | ANY,
            "reason": REASONS | ANY,
            "from": st.text(max_size=3) | ANY.filter(lambda value: value is not None),
            "force": ANY,
        },
    )
)
@example(body={"to": "", "reason": "r"})
@example(body={"to": "a", "reason": " \n"})
def test_a_rollback_fits_the_document_where_the_function_takes_it(body: Any) -> None:
    assert fits_schema("/{dataset}/rollback", body) == is_taken(read_rollback, body)


@pytest.mark.parametrize("ending", CONTENT_TYPES)
def test_every_ending_that_is_read_fits_in_any_letters(ending: str) -> None:
    for name in (f"a{ending}", f"a{ending.upper()}"):
        assert fits_schema("/{dataset}/uploads", {"name": name, "size": 1})
    assert not fits_schema("/{dataset}/uploads", {"name": f"a{ending}.zip", "size": 1})
