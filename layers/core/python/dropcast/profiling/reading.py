"""A file of unknown making -> its cells as stripped texts, and how they had to be read."""

import csv
import gzip
import io
import re
import unicodedata
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import pandas as pd

from dropcast.contracts.errors import DropcastError
from dropcast.recipe.columns import normalise_header

MIB = 1024 * 1024
MAX_CONTENT_MIB = 512
# On a tie the earlier one is taken, as ingest does.
DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "vertical bar"}
_GZIP_MAGIC = b"\x1f\x8b"
_ROWS_AT_ONCE = 50_000
_LONGEST_HEADER = 60
_NUMERAL = re.compile(r"[+-]?[0-9.,]+(?:[eE][+-]?[0-9]+)?")
# Other delimited text has none of these at its beginning.
_OTHER_FORMATS = {
    b"PK\x03\x04": "a ZIP archive or an XLSX workbook",
    b"\xd0\xcf\x11\xe0": "an XLS workbook",
    b"PAR1": "a Parquet file",
    b"%PDF": "a PDF document",
    b"\xff\xfe": "UTF-16 text",
    b"\xfe\xff": "UTF-16 text",
}


class ProfileError(DropcastError):
    """A file cannot be made a dataset as it is; the message says why, where and what to do."""


@dataclass(frozen=True, kw_only=True)
class RawTable:
    """The cells of a file.

    ``headers``   the header line's names as they stand there, every field
    ``names``     the declared name of each named field, by its place; unnamed ones are left out
    ``cells``     stripped texts, one column a name; rows that are equal in all of them once
    ``fallback_encoding``  what the file had to be read by, if it is not UTF-8
    ``rows_cut``  rows with more or fewer fields than the header
    ``rows_repeated``  rows equal to an earlier one
    """

    path: Path
    headers: tuple[str, ...]
    names: dict[int, str]
    cells: pd.DataFrame
    delimiter: str
    fallback_encoding: str | None
    rows_cut: int
    rows_repeated: int

    def find_header(self, name: str) -> str:
        """Return what the file calls a column."""
        return next(self.headers[at] for at, own in self.names.items() if own == name)


def read_table(path: Path) -> RawTable:
    """Return a file's cells; raise :class:`ProfileError` if it is no table with a header."""
    text, fallback_encoding = _decode(_read_content(path), path)
    delimiter = _find_delimiter(text)
    records = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        headers = tuple(name.strip() for name in next(row for row in records if any(row)))
        names = _name_columns(headers, path, delimiter)
        cells, rows_cut = _collect_cells(records, headers, names)
    except StopIteration:
        raise ProfileError(
            f"{path} has blank lines only; export the table again, with its header"
        ) from None
    except csv.Error as error:
        raise ProfileError(
            f"{path}, near line {records.line_num:,}: {error}; mend the quotes there"
        ) from error
    whole = cells.drop_duplicates(ignore_index=True)
    return RawTable(
        path=path,
        headers=headers,
        names=names,
        cells=whole,
        delimiter=delimiter,
        fallback_encoding=fallback_encoding,
        rows_cut=rows_cut,
        rows_repeated=len(cells) - len(whole),
    )


def _read_content(path: Path) -> bytes:
    """Return the bytes, decompressed: by their beginning, not by the file's name."""
    try:
        with path.open("rb") as raw:
            packed = raw.read(len(_GZIP_MAGIC)) == _GZIP_MAGIC
            raw.seek(0)
            stream = gzip.GzipFile(fileobj=raw) if packed else raw
            content = stream.read(MAX_CONTENT_MIB * MIB + 1)
    except OSError as error:
        reason = error.strerror or str(error)
        raise ProfileError(
            f"{path} cannot be read: {reason}; name a CSV or TSV, plain or gzip, with FILE=<path>"
        ) from error
    except (EOFError, zlib.error) as error:
        raise ProfileError(f"{path} is gzip and damaged: {error}; compress it again") from error
    if len(content) > MAX_CONTENT_MIB * MIB:
        raise ProfileError(
            f"{path} has more than {MAX_CONTENT_MIB} MiB; take a part of it that shows every column"
        )
    if not content.strip():
        raise ProfileError(f"{path} is empty; name a file with a header and rows")
    found = next((what for magic, what in _OTHER_FORMATS.items() if content.startswith(magic)), "")
    if found or b"\x00" in content[:4096]:
        raise ProfileError(
            f"{path} is {found or 'binary data'}, not delimited text; save it as 'CSV UTF-8'"
        )
    return content


def _decode(content: bytes, path: Path) -> tuple[str, str | None]:
    """Return the text and the encoding, if it is not UTF-8. Every byte has a meaning in Latin-1,
    so it comes last: it cannot be told to be wrong.
    """
    for encoding, fallback in (("utf-8-sig", None), ("cp1252", "cp1252"), ("latin-1", "latin-1")):
        try:
            return content.decode(encoding), fallback
        except UnicodeDecodeError:
            continue
    raise ProfileError(f"{path} is no text; save it as 'CSV UTF-8'")


def _find_delimiter(text: str) -> str:
    first = next(line for line in io.StringIO(text) if line.strip())
    return max(DELIMITERS, key=lambda sign: len(next(csv.reader([first], delimiter=sign))))


def _name_columns(headers: Sequence[str], path: Path, delimiter: str) -> dict[int, str]:
    names: dict[int, str] = {}
    for at, header in enumerate(headers):
        if _NUMERAL.fullmatch(header):
            raise ProfileError(
                f"{path}, line 1: '{header}' is a number, so the file seems to have no header; "
                f"add a first line that names the columns"
            )
        name = _name_column(header)
        if not name:
            continue
        if len(header) > _LONGEST_HEADER:
            raise ProfileError(
                f"{path}, line 1: the name '{header[:_LONGEST_HEADER]}...' has {len(header)} "
                f"characters; shorten it to {_LONGEST_HEADER} at most"
            )
        if name in names.values():
            raise ProfileError(
                f"{path}, line 1: two columns are called '{name}' (names compare without case, "
                f"accents and punctuation); rename one of them"
            )
        names[at] = name
    if len(names) < 2:
        raise ProfileError(
            f"{path}, line 1: cut at each {DELIMITERS[delimiter]} it has {len(names)} named "
            f"column(s), and a dataset needs two; if every line is one quoted field, take the "
            f"outer quotes off; if it is cut otherwise, export it as CSV"
        )
    return names


def _name_column(header: str) -> str:
    """Return the declared name: lower_snake_case, without accents; empty for an unnamed field.

    >>> _name_column(" Año (inicio) "), _name_column("Rows"), _name_column("Unnamed: 0")
    ('ano_inicio', 'rows_column', '')
    """
    plain = unicodedata.normalize("NFKD", header).encode("ascii", "ignore").decode()
    name = normalise_header(plain)
    if not normalise_header(header) or re.fullmatch(r"unnamed_[0-9]+", name):
        return ""
    return "rows_column" if name == "rows" else name


def _collect_cells(
    records: Iterator[list[str]], headers: Sequence[str], names: dict[int, str]
) -> tuple[pd.DataFrame, int]:
    frames, rows_cut = [], 0
    while batch := [row for row in islice(records, _ROWS_AT_ONCE) if row]:
        whole = [row for row in batch if len(row) == len(headers)]
        rows_cut += len(batch) - len(whole)
        columns = {
            name: pd.Series([row[at].strip() for row in whole], dtype="str")
            for at, name in names.items()
        }
        frames.append(pd.DataFrame(columns))
    empty = pd.DataFrame({name: pd.Series(dtype="str") for name in names.values()})
    return pd.concat(frames or [empty], ignore_index=True), rows_cut
