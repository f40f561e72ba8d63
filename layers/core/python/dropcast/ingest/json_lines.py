"""JSON Lines -> blocks of records: one object a line, streamed, each number by its own digits."""

import json
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from dropcast.contracts.errors import FileRefusedError
from dropcast.ingest.limits import BLOCK_RECORDS
from dropcast.ingest.rows import (
    FileRows,
    QuarantinedRow,
    ReadStats,
    RowBatch,
    explain_length,
    give_made,
    lay_out,
    make_batch,
    read_names,
    shorten_name,
)
from dropcast.ingest.source import describe_document
from dropcast.ingest.values import Dialect, Reason, make_texts, show_text
from dropcast.recipe import Table
from dropcast.recipe.columns import normalise_header

# Of the names that no column has, so many are reported; a file that invents names must not fill
# the memory.
_MOST_NAMES = 1000
_NAME_CHARACTERS = 200
_BLANKS = b" \t\r\n"
_LF = 10


class _BadLine(Exception):  # noqa: N818  it is caught in this file and never leaves it
    """A line that is no object of plain values: the rule and the sentence."""

    def __init__(self, rule: str, sentence: str | None = None) -> None:
        self.reason = Reason(rule=rule, sentence=sentence or rule)
        super().__init__(rule)


@dataclass(kw_only=True)
class _Reader:
    """What is known of a file while its lines are read."""

    recipe: Table
    record_bytes: int
    known: Mapping[str, int]
    names: dict[str, int | None] = field(default_factory=dict)
    objects: int = 0


def read_json_lines(
    chunks: Iterator[bytes],
    *,
    recipe: Table,
    block_bytes: int,
    record_bytes: int,
) -> FileRows:
    """Return the rows of a file of JSON Lines, in UTF-8 without its mark.

    Raises ``FileRefusedError`` if no line of the first block is an object, or a required column
    is in none of its objects.
    """
    reader = _Reader(
        recipe=recipe,
        record_bytes=record_bytes,
        known={
            normalise_header(name): index
            for index, column in enumerate(recipe.columns)
            for name in (column.name, *column.aliases)
        },
    )
    pieces = _cut_pieces(_gather_lines(chunks, block_bytes, record_bytes), BLOCK_RECORDS)
    first_piece, first_line = next(pieces, (b"", 1))
    first = _read_piece(first_piece, first_line, reader)
    if not reader.objects:
        start = show_text(first_piece[:200].decode(errors="replace").strip().split("\n")[0])
        raise FileRefusedError(describe_document(f"no line that is an object; it begins {start}"))
    lay_out(read_names(_first_names(reader), recipe, cut="in the first objects"), recipe)
    stats = ReadStats()
    return FileRows(
        recipe=recipe,
        width=len(recipe.columns),
        batches=give_made(_read_batches(first, pieces, reader, stats)),
        format="json_lines",
        stats=stats,
    )


def _first_names(reader: _Reader) -> list[str]:
    """Return the names of the first objects, each column's by the first that means it."""
    seen: set[int] = set()
    names = []
    for name, index in reader.names.items():
        if index not in seen:
            names.append(name)
        if index is not None:
            seen.add(index)
    return names


def _read_batches(
    first: RowBatch, pieces: Iterator[tuple[bytes, int]], reader: _Reader, stats: ReadStats
) -> Generator[RowBatch, None, None]:
    yield first
    for piece, line in pieces:
        yield _read_piece(piece, line, reader)
    present = set(reader.names.values())
    stats.ignored_columns = tuple(
        shorten_name(name) for name, index in reader.names.items() if index is None
    )
    stats.absent_columns = tuple(
        c.name for index, c in enumerate(reader.recipe.columns) if index not in present
    )


def _gather_lines(
    chunks: Iterator[bytes], block_bytes: int, record_bytes: int
) -> Iterator[tuple[bytes, int]]:
    """Yield pieces of whole lines with the number of their first.

    A line that is too long is cut one byte after what it may have, so that it is known as one.
    """
    kept = b""
    line = 1
    dropping = False
    for chunk in chunks:
        # The rest of a line that is too long belongs to nothing.
        rest = chunk[chunk.find(b"\n") :] if dropping and b"\n" in chunk else chunk
        if dropping and rest is chunk and not chunk.startswith(b"\n"):
            continue
        dropping = False
        kept += rest
        last = kept.rfind(b"\n") + 1
        if len(kept) - last > record_bytes:
            kept, dropping = kept[: last + record_bytes + 1], True
        if last >= block_bytes:
            yield kept[:last], line
            line += kept.count(b"\n", 0, last)
            kept = kept[last:]
    if kept:
        yield kept, line


def _cut_pieces(pieces: Iterator[tuple[bytes, int]], most: int) -> Iterator[tuple[bytes, int]]:
    """Yield the pieces in pieces of at most ``most`` lines: each is several objects."""
    for piece, line in pieces:
        ends = np.flatnonzero(np.frombuffer(piece, np.uint8) == _LF)[most - 1 : -1 : most] + 1
        start = 0
        for number, end in enumerate([*ends.tolist(), len(piece)]):
            yield piece[start:end], line + number * most
            start = end


def _read_piece(piece: bytes, first_line: int, reader: _Reader) -> RowBatch:
    lines: list[int] = []
    texts: list[bytes] = []
    damaged: list[QuarantinedRow] = []
    columns: list[list[str]] = [[] for _ in reader.recipe.columns]
    dialect = Dialect(source=reader.recipe.source)
    decoder = _make_decoder(dialect)
    parts = piece.split(b"\n")
    for line, text in enumerate(parts, first_line):
        record = text.strip(_BLANKS)
        if not record:
            continue
        try:
            fields = _read_object(record, reader, decoder)
        except _BadLine as problem:
            # A line that is cut where it is too long may end within a character.
            shown = record[: reader.record_bytes].decode(errors="replace")
            damaged.append(QuarantinedRow(line=line, text=shown, reasons=(problem.reason,)))
            continue
        lines.append(line)
        texts.append(record)
        for column, value in zip(columns, fields, strict=True):
            column.append(value)
    ended = piece.endswith(b"\n")
    names = (column.name for column in reader.recipe.columns)
    return make_batch(
        dict(zip(names, map(make_texts, columns), strict=True)),
        np.array(lines, np.int64),
        dialect=dialect,
        next_line=first_line + len(parts) - ended,
        texts=texts,
        set_aside=damaged,
        found_singly=len(lines) + len(damaged),
    )


def _make_decoder(dialect: Dialect) -> json.JSONDecoder:
    def refuse_constant(word: str) -> str:
        raise _BadLine("not a finite number", f"{word} is no value of JSON")

    def refuse_repeats(pairs: list[tuple[str, object]]) -> dict[str, object]:
        found = dict(pairs)
        if len(found) < len(pairs):
            names = [name for name, _ in pairs]
            name = next(name for name in names if names.count(name) > 1)
            raise _BadLine("a name twice in one object", f"the name {show_text(name)} stands twice")
        return found

    return json.JSONDecoder(
        parse_float=dialect.write_number,
        parse_int=str,
        parse_constant=refuse_constant,
        object_pairs_hook=refuse_repeats,
    )


def _read_object(record: bytes, reader: _Reader, decoder: json.JSONDecoder) -> list[str]:
    """Return the fields of a line's object, one for each column; empty where it has none."""
    if len(record) > reader.record_bytes:
        reason = explain_length(reader.record_bytes)
        raise _BadLine(reason.rule, reason.sentence)
    try:
        value = decoder.decode(record.decode())
    except (json.JSONDecodeError, RecursionError) as error:
        problem = error.msg if isinstance(error, json.JSONDecodeError) else "nested too deeply"
        raise _BadLine("not a JSON value", f"the line is not a JSON value: {problem}") from error
    if not isinstance(value, dict):
        what = _NAMES.get(type(value), "a number or a text")
        raise _BadLine("not a JSON object", f"the line is {what}, not an object")
    reader.objects += 1
    fields = [""] * len(reader.recipe.columns)
    given: dict[int, str] = {}
    for name, item in value.items():
        index = _find_column(name, reader)
        if index is None:
            continue
        column = reader.recipe.columns[index].name
        if index in given:
            names = f"{show_text(given[index])} and {show_text(name)}"
            raise _BadLine(f"{column}: two names mean it", f"{column}: {names} both mean it")
        given[index] = name
        if isinstance(item, dict | list):
            what = _NAMES[type(item)]
            raise _BadLine(f"{column}: a nested value", f"{column}: the value is {what}")
        fields[index] = _WORDS[item] if item is None or isinstance(item, bool) else item
        if not _is_text(fields[index]):
            raise _BadLine(f"{column}: not text", f"{column}: the text has a lone surrogate")
    return fields


_NAMES: dict[type, str] = {
    dict: "an object",
    list: "an array",
    bool: "true or false",
    type(None): "null",
}
_WORDS: dict[object, str] = {None: "", True: "true", False: "false"}


def _is_text(value: str) -> bool:
    """Return whether a text can be stored: an escape may spell a lone surrogate."""
    return value.isascii() or not any("\ud800" <= character <= "\udfff" for character in value)


def _find_column(name: str, reader: _Reader) -> int | None:
    # What is longer is no column's, and a thousand of them would be kept.
    name = name[:_NAME_CHARACTERS]
    if name in reader.names:
        return reader.names[name]
    index = reader.known.get(normalise_header(name))
    if len(reader.names) < _MOST_NAMES or index is not None:
        reader.names[name] = index
    return index
