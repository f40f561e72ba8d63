"""Signatures are those of botocore, byte for byte."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropcast.contracts.errors import StoreRefusedError
from dropcast.storage.http.signing import Credentials, encode_path, read_credentials, sign_get
from tests.storage.http_bucket import REGION, SECRET, sign_with_botocore

KEYS = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cs"]) | st.sampled_from(" +~*'()%/&=:@ü"),
    min_size=1,
    max_size=60,
)


@given(
    key=KEYS,
    etag=st.none() | st.just('"0123"'),
    token=st.none() | st.just("a+token=="),
    seconds=st.integers(0, 4_000_000_000),
)
def test_a_signature_is_botocores_for_any_key_and_time(
    key: str, etag: str | None, token: str | None, seconds: int
) -> None:
    host = "models.s3.eu-west-1.amazonaws.com"
    path = encode_path(f"/{key}")
    signed = sign_get(
        host=host,
        path=path,
        headers={} if etag is None else {"if-none-match": etag},
        region=REGION,
        credentials=Credentials(access_key="AKID", secret_key=SECRET, token=token),
        seconds=seconds,
    )
    given_headers = {name: value for name, value in signed.items() if name != "authorization"}
    assert signed["authorization"] == sign_with_botocore(
        f"https://{host}{path}", given_headers, token
    )


def test_a_published_example_of_aws_has_its_published_signature() -> None:
    """Amazon S3 API Reference, "Signature Calculations for the Authorization Header", example GET
    Object: 24 May 2013, bucket examplebucket, key test.txt, range bytes=0-9."""
    signed = sign_get(
        host="examplebucket.s3.amazonaws.com",
        path="/test.txt",
        headers={"range": "bytes=0-9"},
        region="us-east-1",
        credentials=Credentials(
            access_key="AKIAIOSFODNN7EXAMPLE",
            secret_key="wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            token=None,
        ),
        seconds=1369353600.0,
    )
    assert signed["x-amz-date"] == "20130524T000000Z"
    assert signed["authorization"].endswith(
        "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, "
        "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
    )


def test_an_environment_without_keys_says_which_is_missing() -> None:
    with pytest.raises(StoreRefusedError, match="no AWS_SECRET_ACCESS_KEY"):
        read_credentials({"AWS_ACCESS_KEY_ID": "AKID"})
