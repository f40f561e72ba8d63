"""Gzip streams of many members: the content of each, and no more of them than there may be."""

import gzip
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropcast.contracts.errors import FileRefusedError
from dropcast.ingest.source.gzip_members import read_members

EMPTY = gzip.compress(b"", mtime=0)


@given(
    parts=st.lists(st.binary(max_size=40) | st.just(bytes(200_000)), min_size=1, max_size=4),
    padding=st.integers(0, 9),
    chunk_bytes=st.integers(1, 70_000),
)
def test_the_content_is_what_the_library_reads(
    parts: list[bytes], padding: int, chunk_bytes: int
) -> None:
    body = b"".join(gzip.compress(part) + bytes(padding) for part in parts)
    if sum(map(len, parts)) > 1000:
        chunk_bytes = max(chunk_bytes, 1000)
    chunks = list(read_members(io.BytesIO(body), chunk_bytes=chunk_bytes))
    assert b"".join(chunks) == gzip.decompress(body)
    assert all(0 < len(chunk) <= chunk_bytes for chunk in chunks)


@given(st.data())
def test_a_stream_that_is_cut_is_damaged(data: st.DataObject) -> None:
    body = gzip.compress(b"x,target\n" * 9)
    cut = data.draw(st.integers(1, len(body) - 1))
    with pytest.raises(EOFError):
        list(read_members(io.BytesIO(body[:cut]), chunk_bytes=5))
    with pytest.raises(gzip.BadGzipFile, match="begins with 78"):
        list(read_members(io.BytesIO(body + b"x"), chunk_bytes=5))


def test_members_without_end_are_refused_though_they_hold_nothing() -> None:
    body = EMPTY * 11
    assert list(read_members(io.BytesIO(body), chunk_bytes=5, most_members=11)) == []
    with pytest.raises(FileRefusedError, match="at most 10 gzip streams"):
        list(read_members(io.BytesIO(body), chunk_bytes=5, most_members=10))
