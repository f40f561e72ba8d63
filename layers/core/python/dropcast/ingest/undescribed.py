"""A file that no recipe describes: the names of its header, and its columns as texts.

The names become a table whose columns are optional texts, and the readers of every format read the
file by that table. So what is a record, and what is set aside, is the same as with a recipe.
"""

import json
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import parquet as arrow_parquet

from dropcast.contracts.errors import FileRefusedError
from dropcast.ingest import parquet, workbook
from dropcast.ingest.delimited import read_delimited_names
from dropcast.ingest.limits import MIB
from dropcast.ingest.opening import open_rows
from dropcast.ingest.rows import FileRows, QuarantinedRow, refuse_columns
from dropcast.ingest.source import (
    Fingerprint,
    Format,
    choose_encoding,
    describe_document,
    find_format,
    read_text,
    spool_content,
)
from dropcast.ingest.values import Dialect, Integers, is_plain, make_texts, write_texts
from dropcast.recipe import Source, Table, text
from dropcast.recipe.columns import normalise_header

_BLOCK_BYTES = 2 * MIB
_RECORD_BYTES = MIB
_NOTHING = Table(dataset="table", title="", summary="", columns=())
_DIALECT = Dialect(source=Source(missing=()))
# Every record of a block has a value of every name, and blocks of short records have many.
_MOST_OBJECT_NAMES = 1_000
_WHOLE_NUMBER = r"^([+-]?[0-9]+)$"


@dataclass(frozen=True, kw_only=True)
class FileHeader:
    """What the beginning of a file says.

    ``names`` has the name of every field in the file's order; it is empty where a field has no
    name, or has values that are no plain ones (a list, an object). ``fallback_encoding`` is what a
    text that is not UTF-8 is read by, ``delimiter`` what cuts the fields of delimited text.
    """

    format: Format
    names: tuple[str, ...]
    fallback_encoding: str | None = None
    delimiter: bytes = b""


@dataclass(frozen=True, kw_only=True)
class TextBatch:
    """Some records of a file.

    ``columns``    the header's name -> string array (rows,); empty where there is no value
    ``lines``      int64 (rows,), ascending
    ``set_aside``  the records that could not be cut into these columns, by line
    """

    columns: Mapping[str, pa.Array]
    lines: Integers
    set_aside: tuple[QuarantinedRow, ...]


def read_file_header(
    open_raw: Callable[[], BinaryIO],
    *,
    fingerprint: Fingerprint,
    spool_path: Path,
    encodings: Sequence[str] = (),
) -> FileHeader:
    """Return the format and the names of a file.

    A text that is not UTF-8 is read by the first of ``encodings`` that fits to its end. Of a
    workbook the names are those of the first sheet that has a header. A format that is no text is
    put at ``spool_path`` meanwhile.

    Raises ``FileRefusedError`` if the file is of no format that is read, is damaged, or has no
    header.
    """
    form = find_format(fingerprint)
    if form in ("csv", "json_lines"):
        fallback = _find_encoding(open_raw, fingerprint, encodings)
        encoding = choose_encoding(fingerprint, fallback)
        with closing(read_text(open_raw, fingerprint=fingerprint, encoding=encoding)) as chunks:
            if form == "csv":
                names, delimiter = read_delimited_names(
                    chunks, recipe=_NOTHING, record_bytes=_RECORD_BYTES
                )
            else:
                names, delimiter = _read_object_names(chunks), b""
        return FileHeader(format=form, names=names, fallback_encoding=fallback, delimiter=delimiter)
    is_parquet = form == "parquet"
    with spool_content(
        open_raw,
        fingerprint=fingerprint,
        path=spool_path,
        most_mib=parquet.SPOOLED_MIB if is_parquet else workbook.SPOOLED_MIB,
        what="a Parquet file" if is_parquet else "a workbook",
    ) as path:
        names = _read_schema_names(path) if is_parquet else workbook.read_sheet_names(path, form)
    refuse_columns(len(names))
    return FileHeader(format=form, names=names)


@contextmanager
def open_text_columns(
    open_raw: Callable[[], BinaryIO],
    *,
    fingerprint: Fingerprint,
    header: FileHeader,
    spool_path: Path,
) -> Generator[tuple[FileRows, Iterator[TextBatch]], None, None]:
    """Give the rows of a file and its named columns as texts, one batch in memory at a time.

    Times are written as ``dropcast.ingest.values.INSTANT``, numbers that may have decimals with a
    point. Of a workbook the sheets are read that have this header.

    Raises ``FileRefusedError`` if two names mean the same, or the file is damaged.
    """
    names: dict[str, str] = {}
    for name in header.names:
        names.setdefault(normalise_header(name), name)
    recipe = Table(
        dataset="table",
        title="",
        summary="",
        columns=tuple(text(name, nullable=True) for meaning, name in names.items() if meaning),
        source=Source(fallback_encoding=header.fallback_encoding, missing=()),
    )
    with open_rows(
        open_raw,
        fingerprint=fingerprint,
        recipe=recipe,
        spool_path=spool_path,
        block_bytes=_BLOCK_BYTES,
        record_bytes=_RECORD_BYTES,
    ) as rows:
        yield rows, _make_batches(rows)


def _make_batches(rows: FileRows) -> Generator[TextBatch, None, None]:
    for make_batch in rows.batches:
        batch = make_batch()
        yield TextBatch(
            columns={
                column.name: _write_column(batch.columns.get(column.name), len(batch.lines))
                for column in rows.recipe.columns
            },
            lines=batch.lines,
            set_aside=tuple(sorted(batch.set_aside, key=lambda row: row.line)),
        )


def _write_column(values: pa.Array | None, rows: int) -> pa.Array:
    """Return values of a plain type as texts; a whole float has a point, as others may need it."""
    if values is None:
        return make_texts([""] * rows)
    texts = pc.fill_null(write_texts(values, _DIALECT), "")
    if pa.types.is_floating(values.type):
        return pc.replace_substring_regex(texts, _WHOLE_NUMBER, r"\1.0")
    return texts


def _find_encoding(
    open_raw: Callable[[], BinaryIO], fingerprint: Fingerprint, encodings: Sequence[str]
) -> str | None:
    """Return the first encoding that fits a text to its end; ``None`` if it is UTF-8."""
    if fingerprint.is_utf8:
        return None
    for encoding in encodings[:-1]:
        try:
            for _ in read_text(open_raw, fingerprint=fingerprint, encoding=encoding):
                pass
        except FileRefusedError:
            continue
        return encoding
    # The last one is not tried: the reader refuses what does not fit it.
    return encodings[-1] if encodings else None


def _read_object_names(chunks: Iterator[bytes]) -> tuple[str, ...]:
    """Return the names of the objects in the first block; of two that mean the same the first."""
    names: dict[str, str] = {}
    unusable: set[str] = set()
    for line in _list_first_lines(chunks):
        try:
            value = json.loads(line)
        except (ValueError, RecursionError):
            continue
        for name, item in value.items() if isinstance(value, dict) else ():
            meaning = normalise_header(name)
            if len(names) < _MOST_OBJECT_NAMES:
                names.setdefault(meaning, name)
            if isinstance(item, dict | list) or not _is_text(name):
                unusable.add(meaning)
    if not names:
        raise FileRefusedError(describe_document("no line that is an object with names"))
    return tuple("" if meaning in unusable else name for meaning, name in names.items())


def _is_text(name: str) -> bool:
    """Return whether a name can be written: an escape may spell a lone surrogate."""
    return not any("\ud800" <= character <= "\udfff" for character in name)


def _list_first_lines(chunks: Iterator[bytes]) -> Iterable[bytes]:
    kept = b""
    for chunk in chunks:
        kept += chunk
        if len(kept) > _BLOCK_BYTES:
            return kept[: kept.rfind(b"\n") + 1].split(b"\n")
    return kept.split(b"\n")


def _read_schema_names(path: Path) -> tuple[str, ...]:
    # Its reader refuses a file whose footer must not be opened.
    parquet.read_parquet(path, recipe=_NOTHING, record_bytes=_RECORD_BYTES)
    schema = arrow_parquet.read_schema(path)
    return tuple(field.name if is_plain(field.type) else "" for field in schema)
