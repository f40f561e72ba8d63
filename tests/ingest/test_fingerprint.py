import gzip
import hashlib
import io
from typing import BinaryIO, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropcast.contracts.errors import FileRefusedError
from dropcast.ingest import Fingerprint, InvalidByte, fingerprint_file, name_part


class Trickle:
    """A stream that cannot seek and gives few bytes a read, like one over a network."""

    def __init__(self, body: bytes, size: int) -> None:
        self._stream = io.BytesIO(body)
        self._size = size
        self.closed = False

    def read(self, size: int) -> bytes:
        return self._stream.read(min(size, self._size))

    def __enter__(self) -> "Trickle":
        return self

    def __exit__(self, *_: object) -> None:
        self.closed = True


def fingerprint(body: bytes, size: int = 2**20) -> Fingerprint:
    stream = Trickle(body, size)
    found = fingerprint_file(lambda: cast("BinaryIO", stream))
    assert stream.closed
    return found


def test_plain_text_has_the_hash_and_size_of_its_bytes() -> None:
    found = fingerprint(b"a,b\n1,2\n")
    assert found == Fingerprint(
        sha256=hashlib.sha256(b"a,b\n1,2\n").hexdigest(),
        size_bytes=8,
        compression=None,
        content_bytes=8,
        is_utf8=True,
        first_invalid_byte=None,
        has_bom=False,
        head=b"a,b\n1,2\n",
    )


def test_gzip_is_known_by_its_bytes_and_hashed_as_it_is() -> None:
    body = gzip.compress(b"\xef\xbb\xbfa\n\0\n" * 9, mtime=0)
    found = fingerprint(body, size=5)
    assert (found.sha256, found.size_bytes) == (hashlib.sha256(body).hexdigest(), len(body))
    assert (found.compression, found.content_bytes) == ("gzip", 63)
    assert (found.has_bom, found.is_utf8) == (True, True)


def test_gzip_of_several_members_is_one_content() -> None:
    found = fingerprint(gzip.compress(b"a,b\n") + gzip.compress(b"1,2\n"))
    assert (found.content_bytes, found.head) == (8, b"a,b\n1,2\n")


@pytest.mark.parametrize(
    "damage",
    [
        lambda body: body[:-9],
        lambda body: body[:40] + b"\0\0\0\0" + body[44:],
        lambda body: body[:-5] + b"12345",
        lambda body: body + b"rubbish",
        lambda body: body[: 1 + 1],
    ],
)
def test_a_damaged_gzip_is_refused(damage: object) -> None:
    body = gzip.compress(bytes(range(256)) * 9, mtime=0)
    with pytest.raises(FileRefusedError, match=r"(?s)gzip and damaged.*Remedy"):
        fingerprint(damage(body))  # type: ignore[operator]


def test_an_empty_file_has_a_fingerprint_too() -> None:
    found = fingerprint(b"")
    assert (found.size_bytes, found.compression, found.is_utf8) == (0, None, True)


@given(
    before=st.text(max_size=12).map(str.encode),
    bad=st.sampled_from([b"\xff", b"\xc3", b"\xe9x", b"\xf0\x9f\x98", b"\xed\xa0\x80"]),
    size=st.integers(1, 8),
)
def test_the_first_invalid_byte_is_found_however_the_reads_fall(
    before: bytes, bad: bytes, size: int
) -> None:
    body = b"x" + before + bad
    with pytest.raises(UnicodeDecodeError) as caught:
        body.decode()
    start = caught.value.start
    lines = body[:start].replace(b"\r\n", b"\n").replace(b"\r", b"\n").count(b"\n")
    assert fingerprint(body, size).first_invalid_byte == InvalidByte(offset=start, line=lines + 1)


@given(text=st.text(max_size=20), size=st.integers(1, 5))
def test_every_text_is_utf8_however_the_reads_fall(text: str, size: int) -> None:
    assert fingerprint(b"x" + text.encode(), size).first_invalid_byte is None


def test_a_part_is_named_by_bytes_and_columns_alone() -> None:
    name = name_part(raw_sha256="a" * 64, schema_hash="b" * 64)
    assert name == name_part(raw_sha256="a" * 64, schema_hash="b" * 64)
    assert name != name_part(raw_sha256="b" * 64, schema_hash="a" * 64)
    assert len(bytes.fromhex(name)) == 32
