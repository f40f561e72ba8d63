"""The stage follows the endpoint of the shell, and the two are never at odds. No synthesis here."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolchain.endpoints import (
    LOCAL_ACCOUNTS,
    StageMismatchError,
    choose_stage,
    describe_missing_account,
    describe_variables,
    find_mixture,
    is_on_this_machine,
    require_match,
)

HERE = {"AWS_ENDPOINT_URL": "http://127.0.0.1:4566"}
LOCALSTACK = {
    "AWS_ENDPOINT_URL": "http://localhost.localstack.cloud:4566",
    "AWS_ENDPOINT_URL_S3": "http://s3.localhost.localstack.cloud:4566",
}
# What the CDK CLI adds where it found credentials.
REAL = {"CDK_DEFAULT_ACCOUNT": "123456789012", "AWS_PROFILE": "work"}
BEHIND_A_PROFILE = {"CDK_DEFAULT_ACCOUNT": "000000000000", "AWS_PROFILE": "localstack"}


@pytest.mark.parametrize(
    ("environ", "stage"),
    [
        ({}, "aws"),
        (REAL, "aws"),
        (HERE, "local"),
        (LOCALSTACK, "local"),
        (BEHIND_A_PROFILE, "local"),
        ({"AWS_ENDPOINT_URL": ""}, "aws"),
        ({"AWS_ENDPOINT_URL": "https://vpce-1.example.com"}, "aws"),
        ({**HERE, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"}, "aws"),
    ],
)
def test_the_stage_is_local_where_the_shell_leads_to_this_machine_and_else_aws(
    environ: dict[str, str], stage: str
) -> None:
    assert choose_stage(None, environ) == stage
    require_match(stage, environ)


def test_a_stage_that_is_named_is_taken() -> None:
    assert choose_stage("local", {}) == "local"
    assert choose_stage("aws", HERE) == "aws"


@pytest.mark.parametrize(
    ("stage", "environ", "says"),
    [
        ("aws", HERE, "AWS_ENDPOINT_URL=http://127.0.0.1:4566"),
        ("aws", BEHIND_A_PROFILE, "AWS_PROFILE=localstack"),
        # A tunnel to AWS, or a local cloud with an access key that could be somebody's account.
        ("local", {**HERE, **REAL}, "answers for account 123456789012, which may be a real one"),
        ("aws", {**HERE, **REAL}, "answers for account 123456789012, which may be a real one"),
        ("local", REAL, "AWS, account 123456789012: AWS_PROFILE=work"),
        ("local", {"AWS_ENDPOINT_URL_S3": "http://localhost:4566"}, "all other calls go to AWS"),
        ("aws", {"AWS_ENDPOINT_URL_S3": "http://localhost:4566"}, "all other calls go to AWS"),
        ("local", {**HERE, "AWS_ENDPOINT_URL_S3": "https://s3.example.com"}, "does not"),
    ],
)
def test_a_stage_for_another_cloud_is_refused_with_the_variables_that_lead_there(
    stage: str, environ: dict[str, str], says: str
) -> None:
    with pytest.raises(StageMismatchError, match=re.escape(says)):
        require_match(stage, environ)


def test_a_template_can_be_made_without_any_account() -> None:
    for stage in ("aws", "local"):
        require_match(stage, {})


@given(
    stage=st.sampled_from(("aws", "local")),
    endpoint=st.sampled_from(("", "http://localhost:1", "https://[::1]:2", "https://a.example")),
    account=st.sampled_from(("", "123456789012", *sorted(LOCAL_ACCOUNTS)[:3])),
)
def test_no_stage_is_accepted_that_another_environment_would_have_chosen(
    stage: str, endpoint: str, account: str
) -> None:
    environ = {
        name: value
        for name, value in (("AWS_ENDPOINT_URL", endpoint), ("CDK_DEFAULT_ACCOUNT", account))
        if value
    }
    is_near = is_on_this_machine(endpoint)
    try:
        require_match(stage, environ)
    except StageMismatchError:
        assert choose_stage(None, environ) != stage or (is_near and account == "123456789012")
    else:
        assert choose_stage(None, environ) == stage or (stage == "local" and not account)
        assert not (is_near and account == "123456789012")


@pytest.mark.parametrize("url", ["http://[::1", "", "http://", "localhost:4566"])
def test_what_is_no_address_is_not_on_this_machine(url: str) -> None:
    assert not is_on_this_machine(url)


def test_a_profile_by_which_no_account_was_found_is_named() -> None:
    assert "AWS_PROFILE=wrong" in str(describe_missing_account({"AWS_PROFILE": "wrong"}))
    assert describe_missing_account(REAL) is None
    assert describe_missing_account({}) is None


def test_no_secret_is_ever_shown() -> None:
    environ = {**HERE, "AWS_ACCESS_KEY_ID": "AKIA1", "AWS_SECRET_ACCESS_KEY": "s3cr3t"}
    shown = describe_variables(environ)
    assert "AWS_SECRET_ACCESS_KEY" in shown
    assert "s3cr3t" not in shown
    assert "AKIA1" not in shown
    assert find_mixture(environ) is None
