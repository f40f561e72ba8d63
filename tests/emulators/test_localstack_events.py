"""What the executor corrects in LocalStack's S3 events."""

import itertools
import json
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote

from hypothesis import given
from hypothesis import strategies as st

from dropcast.storage.versions import is_newer
from emulators.localstack.executor.dropcast_executor.s3_events import (
    Sequencers,
    as_aws_describes,
    with_sequencer,
)


def make_context(*_: object, s3_object: SimpleNamespace) -> SimpleNamespace:
    return SimpleNamespace(key=s3_object.quoted)


def describe(context: SimpleNamespace, _: str | None) -> dict[str, Any]:
    described = {"key": context.key, "sequencer": "0062E99A88DC407460"}
    return {"Source": "aws.s3", "Detail": json.dumps({"object": described})}


def describe_event(s3_object: SimpleNamespace) -> dict[str, str]:
    context = with_sequencer(make_context)("request", s3_object=s3_object)
    entry = as_aws_describes(describe)(context)
    assert entry["Source"] == "aws.s3"
    described: dict[str, str] = json.loads(entry["Detail"])["object"]
    return described


def test_each_write_of_a_key_is_newer_than_the_one_before() -> None:
    taken: list[SimpleNamespace] = []
    number = Sequencers().in_order(lambda _, __, s3_object: taken.append(s3_object))

    def write(_: int) -> None:
        number(None, "raw/a.csv", SimpleNamespace(quoted="raw/a.csv"))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(200)))
    sequencers = [describe_event(s3_object)["sequencer"] for s3_object in taken]
    assert len(sequencers) == 200
    assert all(is_newer(later, than=earlier) for earlier, later in itertools.pairwise(sequencers))


@given(key=st.text(st.characters(exclude_categories=["Cs"])))
def test_eventbridge_gets_the_key_as_it_is(key: str) -> None:
    assert describe_event(SimpleNamespace(quoted=quote(key)))["key"] == key


def test_an_object_that_was_never_written_here_is_older_than_all() -> None:
    assert describe_event(SimpleNamespace(quoted="raw/a.csv"))["sequencer"] == "0"
