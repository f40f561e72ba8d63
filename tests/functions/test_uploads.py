"""A form for one file: bound to its key, its type, its size and a quarter of an hour."""

import base64
import json
import shlex
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropcast.api.uploads import read_upload
from dropcast.contracts.api_keys import UPLOADS
from dropcast.contracts.errors import InvalidBodyError
from dropcast.contracts.keys import RAW
from dropcast.contracts.limits import CONTENT_TYPES, MAX_UPLOAD_BYTES
from dropcast.recipes import RECIPES
from tests.functions.cloud import KEY_IDS, Cloud, open_cloud
from tests.functions.requests import DATASET, ask

ASKED = {"name": "may/songs 1.csv", "size": 1000}


def open_upload(cloud: Cloud, body: object, dataset: str = DATASET) -> tuple[int, Any]:
    return ask(
        cloud, "POST", "/{dataset}/uploads", body=body, dataset=dataset, key_id=KEY_IDS[UPLOADS]
    )


def read_policy(form: Any) -> Any:
    return json.loads(base64.b64decode(form["fields"]["policy"]))


def test_a_form_is_bound_to_one_key_one_type_a_size_and_a_time(cloud: Cloud) -> None:
    status, form = open_upload(cloud, ASKED)
    assert status == 201
    key = f"raw/{DATASET}/may/songs 1.csv"
    assert form["key"] == form["fields"]["key"] == key
    policy = read_policy(form)
    assert {"key": key} in policy["conditions"]
    assert {"bucket": "raw"} in policy["conditions"]
    assert {"Content-Type": "text/csv"} in policy["conditions"]
    assert ["content-length-range", 1, 1000] in policy["conditions"]
    assert not [c for c in policy["conditions"] if isinstance(c, list) and c[0] == "starts-with"]
    minutes = (datetime.fromisoformat(form["expires_at"]) - datetime.now(UTC)).total_seconds() / 60
    assert 13 < minutes <= 15
    assert policy["expiration"][:16] == form["expires_at"][:16]


def test_the_line_of_curl_has_every_field_and_the_file_last(cloud: Cloud) -> None:
    _, form = open_upload(cloud, ASKED)
    words = shlex.split(form["curl"])
    assert words[0] == "curl"
    assert words[-1] == form["url"]
    assert words[-3:-1] == ["-F", 'file=@"songs 1.csv"']
    sent = [words[i + 1] for i, word in enumerate(words) if word == "--form-string"]
    assert sent == [f"{name}={value}" for name, value in form["fields"].items()]


def test_a_type_that_is_given_is_the_one_that_is_bound(cloud: Cloud) -> None:
    _, form = open_upload(cloud, {**ASKED, "content_type": "text/plain; charset=utf-8"})
    assert form["fields"]["Content-Type"] == "text/plain; charset=utf-8"


def test_a_name_that_is_no_dataset_is_not_found(cloud: Cloud) -> None:
    status, problem = open_upload(cloud, ASKED, "songs")
    assert status == 404
    assert "spotify_preference" in problem["detail"]


def test_a_reference_table_takes_files_too() -> None:
    with open_cloud(RECIPES) as cloud:
        status, form = open_upload(cloud, ASKED, "police_stations")
    assert (status, form["key"]) == (201, "raw/police_stations/may/songs 1.csv")


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, {"name", "size"}),
        ({"name": "a.csv", "size": 0}, {"size"}),
        ({"name": "a.csv", "size": True}, {"size"}),
        ({"name": "a.csv", "size": 1.5}, {"size"}),
        ({"name": "a.csv", "size": MAX_UPLOAD_BYTES + 1}, {"size"}),
        ({"name": "a.pdf", "size": 1}, {"name"}),
        ({"name": "a", "size": 1}, {"name"}),
        ({"name": "../a.csv", "size": 1}, {"name"}),
        ({"name": "/a.csv", "size": 1}, {"name"}),
        ({"name": "a//b.csv", "size": 1}, {"name"}),
        ({"name": "a\n.csv", "size": 1}, {"name"}),
        ({"name": 'a".csv', "size": 1}, {"name"}),
        ({"name": "a.csv/", "size": 1}, {"name"}),
        ({"name": "x" * 200 + ".csv", "size": 1}, {"name"}),
        ({"name": "a.csv", "size": 1, "content_type": "text"}, {"content_type"}),
        ({"name": "a.csv", "size": 1, "content_type": 7}, {"content_type"}),
        ({"name": "a.csv", "size": 1, "bucket": "lake"}, {"bucket"}),
        ({"name": 1, "size": "1", "acl": "x"}, {"name", "size", "acl"}),
        ([1], {None}),
        ("{", {None}),
    ],
)
def test_what_is_asked_wrongly_gets_every_problem(
    cloud: Cloud, body: object, fields: set[str | None]
) -> None:
    status, problem = open_upload(cloud, body)
    assert status == 400
    assert {p["field"] for p in problem["problems"]} == fields


@pytest.mark.parametrize("ending", CONTENT_TYPES)
def test_every_format_that_is_read_has_its_type(ending: str) -> None:
    asked = read_upload({"name": f"A{ending.upper()}", "size": 1})
    assert asked.content_type == CONTENT_TYPES[ending]


@given(name=st.text(min_size=1, max_size=60) | st.from_regex(r"[ -~]{1,40}\.csv", fullmatch=True))
def test_a_name_that_is_taken_makes_a_key_of_its_dataset_alone(name: str) -> None:
    try:
        asked = read_upload({"name": name, "size": 1})
    except InvalidBodyError:
        return
    key = RAW.format(dataset=DATASET, name=asked.name)
    assert RAW.parse(key) == {"dataset": DATASET, "name": name}
    assert ".." not in key.split("/")
    assert key.isprintable()
