"""Where a bucket is asked: at its own place in AWS, or where the environment says."""

import pytest

from dropcast.contracts.errors import StoreRefusedError
from dropcast.storage.http.bucket import find_endpoint
from dropcast.storage.http.sockets import Address


@pytest.mark.parametrize(
    ("place", "environ", "host", "prefix", "secure"),
    [
        (("models", "eu-west-1"), {}, "models.s3.eu-west-1.amazonaws.com", "", True),
        (("my.models", "eu-west-1"), {}, "s3.eu-west-1.amazonaws.com", "/my.models", True),
        (("models", "cn-north-1"), {}, "models.s3.cn-north-1.amazonaws.com.cn", "", True),
        (("m", "x"), {"AWS_ENDPOINT_URL": "http://h:1"}, "h:1", "/m", False),
        (("m", "x"), {"AWS_ENDPOINT_URL": "https://h/base/"}, "h", "/base/m", True),
        (("m", "x"), {"AWS_ENDPOINT_URL": "https://[::1]"}, "[::1]", "/m", True),
        (
            ("m", "x"),
            {"AWS_ENDPOINT_URL": "http://h:1", "AWS_ENDPOINT_URL_S3": "http://s:2"},
            "s:2",
            "/m",
            False,
        ),
    ],
)
def test_the_endpoint_is_the_buckets_own_unless_the_environment_names_another(
    place: tuple[str, str], environ: dict[str, str], host: str, prefix: str, secure: bool
) -> None:
    address, found, before = find_endpoint(*place, environ)
    assert (found, before, address.secure) == (host, prefix, secure)
    assert address.port == (443 if secure else int(host.rpartition(":")[2]))


def test_an_address_of_ipv6_stands_in_brackets() -> None:
    address, host, _ = find_endpoint("m", "x", {"AWS_ENDPOINT_URL": "http://[::1]:4566"})
    assert address == Address(host="::1", port=4566, secure=False)
    assert host == "[::1]:4566"


@pytest.mark.parametrize(
    "url",
    [
        "127.0.0.1:4566",
        "ftp://h",
        "http://",
        "http://:4566",
        "http://h:port",
        "http://h:-1",
        "http://user:secret@h:1",
        "http://h?x=y",
        "http://h h",
        "http://::1",
        "http://[::1",
        "http://[h]:1",
        "http://[::1]x:1",
        "http://ü.example",
        "http://h:1\r\nx: y",
    ],
)
def test_an_endpoint_that_is_none_is_refused_with_a_sentence(url: str) -> None:
    with pytest.raises(StoreRefusedError, match="it must be like http://127"):
        find_endpoint("models", "eu-west-1", {"AWS_ENDPOINT_URL": url})
