"""No call for the local cloud may reach another one. No cloud is needed here."""

import pytest

from emulators.account import (
    NotLocalError,
    assert_local_account,
    cloud_environment,
    make_child_environment,
    open_session,
)
from tests.emulators.made_clouds import make_cloud
from toolchain.endpoints import LOCAL_ACCOUNTS

CLOUD = make_cloud()


def test_without_an_endpoint_nothing_is_called() -> None:
    with pytest.raises(NotLocalError, match="AWS itself would be called"):
        assert_local_account({"AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_REGION": "us-east-1"})


@pytest.mark.parametrize(
    "url",
    [
        "https://sts.amazonaws.com",
        "https://sts.us-east-1.amazonaws.com",
        "http://localhost.example:4566",
        "http://127.0.0.1.example:4566",
        "http://user@10.0.0.1:4566",
        "http://127.0.0.1@example.com",
        "",
    ],
)
def test_an_endpoint_elsewhere_is_refused_before_any_call(url: str) -> None:
    # Sockets are closed in this test: a call would fail in another way.
    with pytest.raises(NotLocalError, match="not an endpoint on this machine"):
        assert_local_account({**cloud_environment(CLOUD), "AWS_ENDPOINT_URL": url})


def test_one_services_own_endpoint_elsewhere_is_refused_too() -> None:
    environment = {
        **cloud_environment(CLOUD),
        "AWS_ENDPOINT_URL_S3": "https://s3.us-east-1.amazonaws.com",
    }
    with pytest.raises(NotLocalError, match="AWS_ENDPOINT_URL_S3"):
        assert_local_account(environment)


def test_a_child_gets_none_of_the_operators_own_settings() -> None:
    base = {
        "PATH": "/bin",
        "AWS_PROFILE": "production",
        "AWS_SESSION_TOKEN": "secret",
        "AWS_ENDPOINT_URL_S3": "https://s3.amazonaws.com",
    }
    child = make_child_environment(base, CLOUD)
    assert child == {"PATH": "/bin", **cloud_environment(CLOUD)}
    assert "AWS_PROFILE" not in child


def test_a_session_reads_no_profile_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "no-such-profile")
    session = open_session(cloud_environment(CLOUD, "000000000007"))
    credentials = session.get_credentials()
    assert credentials is not None
    assert credentials.access_key == "000000000007"
    assert session.region_name == "us-east-1"


def test_local_accounts_are_twelve_digits_that_nobody_owns() -> None:
    assert {len(account) for account in LOCAL_ACCOUNTS} == {12}
    assert max(LOCAL_ACCOUNTS) == "000000000099"
