"""A second reader, naive on purpose: it walks sign by sign and uses Python's own csv module.

It shares no code with the package that it checks: not the grammar, not the types, not a sentence.
"""

import csv
import io
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from dropcast.recipe import Column, Recipe


@dataclass
class Reference:
    """Accepted rows with their line numbers, and line number -> reasons of all others."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    bad: dict[int, str] = field(default_factory=dict)
    lines: int = 0


def read_naively(body: bytes, recipe: Recipe, delimiter: str, record_bytes: int) -> Reference:
    found = Reference()
    header: list[str] | None = None
    # Latin-1 makes one sign of each byte; fields become text again one by one.
    for line, record, problem in _split(body.decode("latin-1"), delimiter, record_bytes, found):
        if problem or "\0" in record:
            found.bad[line] = problem or "the record holds a NUL character"
            continue
        stream = io.StringIO(record, newline="")
        (fields,) = csv.reader(stream, delimiter=delimiter)
        fields = [value.encode("latin-1").decode() for value in fields]
        if header is None:
            header = [name.strip().lower() for name in fields]
        elif len(fields) != len(header):
            word = "few" if len(fields) < len(header) else "many"
            found.bad[line] = f"too {word} fields: {len(fields)}, the header has {len(header)}"
        else:
            _judge(dict(zip(header, fields, strict=True)), line, recipe, found)
    return found


def _split(
    text: str, delimiter: str, record_bytes: int, found: Reference
) -> Iterator[tuple[int, str, str]]:
    position, line = 0, 1
    while position < len(text):
        window = text[position : position + record_bytes]
        end, problem = _walk(window, delimiter)
        after = text[position + end : position + end + 1]
        if not problem and end == len(window) and after not in ("", "\r", "\n"):
            problem = f"the record is longer than {len(window):,} bytes"
        if problem:
            rest = position + len(window) == len(text)
            where = "the end of the file" if rest else f"{len(window):,} bytes on"
            problem = problem.replace("WHERE", where)
            end = len(text[position:].replace("\r", "\n").split("\n", 1)[0])
        record = text[position : position + end]
        if record:
            yield line, record[:record_bytes], problem
        breaks = record.replace("\r\n", "\n").replace("\r", "\n").count("\n")
        position += end
        position += 2 if text[position : position + 2] == "\r\n" else 1
        line += breaks + 1
    found.lines = line - 1


def _walk(window: str, delimiter: str) -> tuple[int, str]:  # noqa: C901 - naive on purpose
    """Return where the record at the window's start ends, or what is wrong with it."""
    at = 0
    while True:
        if window[at : at + 1] == '"':
            at += 1
            while True:
                if at == len(window):
                    return at, "a quote is opened and not closed by WHERE"
                if window[at : at + 2] == '""':
                    at += 2
                elif window[at] == '"':
                    at += 1
                    break
                else:
                    at += 1
            while window[at : at + 1] == " ":
                at += 1
            if window[at : at + 1] not in ("", delimiter, "\r", "\n"):
                return at, "text follows a closing quote; a quote is stray or not doubled"
        else:
            while window[at : at + 1] not in ("", delimiter, "\r", "\n"):
                at += 1
        if window[at : at + 1] != delimiter:
            return at, ""
        at += 1


def _judge(texts: dict[str, str], line: int, recipe: Recipe, found: Reference) -> None:
    row: dict[str, Any] = {}
    problems: list[str] = []
    for column in recipe.columns:
        row[column.name] = None
        text = texts[column.name].strip() if column.name in texts else None
        if text in (None, "", *recipe.source.missing):
            if not column.nullable:
                problems.append(f"{column.name}: the value is missing, and the column needs one")
            continue
        assert text is not None
        try:
            row[column.name] = _convert(text, column)
        except ValueError as error:
            problems.append(f"{column.name}: {_shorten(text)!r} {error}")
            continue
        problems += _limit(text, row[column.name], column)
    if problems:
        found.bad[line] = "; ".join(problems)
    else:
        found.rows.append({**row, "_line_number": line})


def _convert(text: str, column: Column) -> Any:  # noqa: C901, PLR0911, PLR0912 - naive on purpose
    if column.kind == "text":
        return text
    if column.kind == "boolean":
        if text.casefold() in ("true", "yes", "1", "1.0"):
            return True
        if text.casefold() in ("false", "no", "0", "0.0"):
            return False
        raise ValueError("is not true or false (true/false, yes/no, 1/0)")
    if column.kind == "timestamp":
        return _convert_instant(text, column)
    if not text.isascii() or "_" in text:
        raise ValueError("is not a number")
    try:
        value = float(text)
    except ValueError:
        raise ValueError("is not a number") from None
    if not math.isfinite(value):
        digits = any(sign.isdigit() for sign in text)
        raise ValueError("is too large for a number" if digits else "is not a finite number")
    if column.kind == "number":
        return value
    if abs(value) < 2**53:
        if value != int(value):
            raise ValueError("is not a whole number")
        return int(value)
    if not -(2**63) <= Decimal(text) <= 2**63 - 1:
        raise ValueError("does not fit into a 64-bit integer")
    if Decimal(text) % 1:
        raise ValueError("is not a whole number")
    return int(Decimal(text))


def _convert_instant(text: str, column: Column) -> datetime:
    for form in column.formats:
        try:
            if form == "epoch_seconds":
                if not text.isascii() or "_" in text or not math.isfinite(float(text)):
                    continue
                micros = round(float(text) * 1_000_000)
                return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros)
            value = datetime.strptime(text, form).replace(tzinfo=ZoneInfo(column.timezone or "UTC"))
            return value.astimezone(UTC)
        except (ValueError, OverflowError):
            continue
    raise ValueError(f"is not a time of the form {' or '.join(column.formats)}")


def _limit(text: str, value: Any, column: Column) -> Iterator[str]:
    if column.minimum is not None and value < column.minimum:
        yield f"{column.name}: {text} is below the minimum {column.minimum:.0f}"
    if column.maximum is not None and value > column.maximum:
        yield f"{column.name}: {text} is above the maximum {column.maximum:.0f}"
    if column.categories and str(value) not in column.categories:
        quoted = column.kind == "text"
        shown = repr(_shorten(text)) if quoted else text
        names = ", ".join(repr(c) if quoted else c for c in column.categories)
        yield f"{column.name}: {shown} is not one of {names}"


def _shorten(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "..."
