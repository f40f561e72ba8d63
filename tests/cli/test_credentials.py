"""Every way to credentials that boto3 knows has words for a person."""

from typing import Any

import botocore.credentials
import pytest
from moto import mock_aws

from operations.preflight.credentials import name_source
from operations.preflight.facts import read_reached
from tests.cli.stacks import FakedCloud
from tests.moto_clients import open_session

METHODS = sorted(
    {
        str(method)
        for kind in vars(botocore.credentials).values()
        if isinstance(kind, type) and (method := getattr(kind, "METHOD", None))
    }
)


@pytest.mark.parametrize("method", METHODS)
def test_a_way_to_credentials_has_words(method: str) -> None:
    words = name_source(method, is_local=False)
    assert words != method
    assert " " in words
    assert words[0].islower() or words.startswith(("IAM", "`"))


def test_there_are_ways_to_credentials() -> None:
    assert {"env", "sso", "assume-role", "iam-role"} <= set(METHODS)


class FakeMeta:
    endpoint_url = "http://127.0.0.1:4566"


class FakeSts:
    meta = FakeMeta()

    def get_caller_identity(self) -> Any:
        return {"Account": "000000000000", "Arn": "arn:aws:iam::000000000000:root"}


@pytest.mark.parametrize(
    ("endpoint", "words"),
    [("http://127.0.0.1:4566", "the local cloud itself"), (None, "the program that calls")],
)
def test_keys_that_a_program_gives_are_the_local_clouds_on_this_machine_alone(
    endpoint: str | None, words: str
) -> None:
    with mock_aws():
        fakes = {"sts": FakeSts()}
        cloud = FakedCloud(session=open_session(), endpoint_url=endpoint, environ={}, fakes=fakes)
        assert read_reached(cloud).credentials == words
