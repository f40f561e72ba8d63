import gzip
import io
import zipfile
from pathlib import Path

import pytest

from dropcast.contracts.errors import FileRefusedError
from dropcast.recipe import Source, text
from tests.ingest.files import make_recipe, read_bytes

TEXT = "x,target,name\n1,0,é\n2,1,“q”\n"
NAMED = text("name", nullable=True)
WESTERN = make_recipe(NAMED, source=Source(fallback_encoding="cp1252"))
UTF8_ONLY = make_recipe(NAMED)


def zip_of(*names: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in names:
            archive.writestr(name, "content")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("body", "what", "remedy"),
    [
        (b"", "The file is empty", "when it is whole"),
        (gzip.compress(b"", mtime=0), "empty once decompressed", "when it is whole"),
        (zip_of("[Content_Types].xml", "xl/workbook.xml"), "workbook and damaged", "as CSV"),
        (zip_of("songs.csv"), "a ZIP archive and no workbook", "unpack it"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512), "workbook and damaged", "as CSV"),
        (b"PAR1" + bytes(64), "Parquet and damaged", "write or copy"),
        (b"PARE" + bytes(64), "encrypted footer", "without encryption"),
        (b"%PDF-1.7", "a PDF document", "as CSV"),
        (b'[{"x": 1, "target": 0}]', "JSON, and not one object a line", "jq -c"),
        (b'\xef\xbb\xbf{\n "x": 1,\n "target": 0\n}\n', "not one object a line", "jq -c"),
        (
            gzip.compress(gzip.compress(TEXT.encode(), mtime=0), mtime=0),
            "gzip file inside",
            "once only",
        ),
        (TEXT.encode("utf-16"), "UTF-16 text", "CSV UTF-8"),
        (TEXT.encode("utf-16-le"), "many NUL bytes", "CSV in UTF-8"),
    ],
)
def test_what_is_no_delimited_text_is_named_with_its_remedy(
    body: bytes, what: str, remedy: str, tmp_path: Path
) -> None:
    for recipe in (WESTERN, UTF8_ONLY):
        with pytest.raises(FileRefusedError, match=rf"(?s){what}.*Remedy: .*{remedy}"):
            read_bytes(body, tmp_path, recipe)
    assert list(tmp_path.iterdir()) == []


def test_text_that_is_not_utf8_is_refused_with_the_place_of_the_first_such_byte(
    tmp_path: Path,
) -> None:
    with pytest.raises(FileRefusedError, match="offset 18, on line 2") as caught:
        read_bytes(TEXT.encode("cp1252"), tmp_path, UTF8_ONLY)
    assert 'fallback_encoding="cp1252"' in str(caught.value)


@pytest.mark.parametrize("block_bytes", [1, 2**20])
def test_the_recipes_encoding_is_used_for_text_that_is_not_utf8(
    block_bytes: int, tmp_path: Path
) -> None:
    outcome = read_bytes(TEXT.encode("cp1252"), tmp_path, WESTERN, block_bytes=block_bytes)
    assert outcome.read.facts.encoding == "cp1252"
    assert [row["name"] for row in outcome.rows] == ["é", "“q”"]


@pytest.mark.parametrize(("encoding", "named"), [("utf-8", "utf-8"), ("utf-8-sig", "utf-8-sig")])
@pytest.mark.parametrize("compress", [bytes, gzip.compress])
def test_utf8_is_read_as_it_is_plain_or_gzip_with_or_without_its_mark(
    encoding: str, named: str, compress: object, tmp_path: Path
) -> None:
    body = compress(TEXT.encode(encoding))  # type: ignore[operator]
    outcome = read_bytes(body, tmp_path, WESTERN)
    assert outcome.read.facts.encoding == named
    assert [row["name"] for row in outcome.rows] == ["é", "“q”"]
    assert outcome.read.compression == (None if compress is bytes else "gzip")


def test_text_of_neither_encoding_is_refused_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(FileRefusedError, match=r"(?s)neither UTF-8 nor cp1252.*near line 3"):
        read_bytes(b"x,target,name\n1,0,a\n2,1,\x81\n", tmp_path, WESTERN)
    assert list(tmp_path.iterdir()) == []


def test_a_file_without_an_acceptable_row_is_refused_with_reasons_counts_and_lines(
    tmp_path: Path,
) -> None:
    rows = "loud,5,\n" * 7 + "1,0\n" + '1,0,"open\n'
    with pytest.raises(FileRefusedError) as caught:
        read_bytes(f"x,target,name\n{rows}".encode(), tmp_path)
    report = str(caught.value)
    assert report.startswith("No row of the file is acceptable.\n")
    assert "9 rows (cut at each comma), none without a problem" in report
    assert "         7  x: not a number (lines 2, 3, 4, 5, 6, ...)\n" in report
    assert "         7  target: not one of 0, 1 (lines 2, 3, 4, 5, 6, ...)\n" in report
    assert "         1  too few fields (line 9)\n" in report
    assert "         1  quote not closed (line 10)\n" in report
    assert list(tmp_path.iterdir()) == []
