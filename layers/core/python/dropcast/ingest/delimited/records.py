"""The grammar of one record, and the careful way to find records: one regular expression each.

A field that begins with a quote ends at the next quote that is not doubled; only blanks may
stand between that and the delimiter. Any other quote is a character like others (``5" disk``).
Outside quotes LF, CRLF and a lone CR end a record. A line without a character is no record.

A record that breaks this is damaged: its first physical line alone is set aside, and reading
goes on at the next line, so a stray quote costs a line and not the rest of the file.
"""

import re
from dataclasses import dataclass, field
from functools import cache, cached_property

from dropcast.ingest.rows import QuarantinedRow
from dropcast.ingest.source import count_lines
from dropcast.ingest.values import Reason

LINE_BREAK = re.compile(rb"\r\n|\n|\r")
_BREAKS = b"\r\n"
_CR = _BREAKS[0]
_INSIDE = rb'"(?:[^"]++|"")*+'


@dataclass(kw_only=True)
class Scan:
    """Records found in a piece of text, with the physical line that each begins on.

    They are offsets into it, ``ends`` without the line break. ``consumed`` bytes are dealt with,
    ``next_line`` is the line number after them. ``skipping`` says that they end within a line that
    is too long, whose rest belongs to nothing.
    """

    next_line: int
    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    damaged: list[QuarantinedRow] = field(default_factory=list)
    consumed: int = 0
    skipping: bool = False


@dataclass(frozen=True, kw_only=True)
class Grammar:
    """Regular expressions for one delimiter.

    They are possessive throughout, so that matching takes linear time. Each is made when it is
    needed, for most files need one of them.
    """

    delimiter: bytes

    @cached_property
    def record(self) -> re.Pattern[bytes]:
        """Matches a whole record."""
        delimiter = re.escape(self.delimiter)
        return re.compile(self._field + rb"(?:" + delimiter + self._field + rb")*+(?=[\r\n]|\Z)")

    @cached_property
    def opened(self) -> re.Pattern[bytes]:
        """Matches a record up to the end of a field that is not closed."""
        delimiter = re.escape(self.delimiter)
        return re.compile(rb"(?:" + self._field + delimiter + rb")*+" + _INSIDE)

    @cached_property
    def quoted(self) -> re.Pattern[bytes]:
        """Matches a field in quotes."""
        return re.compile(rb'"((?:[^"]++|"")*+)"( *+)')

    @cached_property
    def bare(self) -> re.Pattern[bytes]:
        """Matches a field without quotes."""
        return re.compile(rb"[^" + re.escape(self.delimiter) + rb"\r\n]*+")

    @property
    def _field(self) -> bytes:
        return rb"(?:" + _INSIDE + rb'" *+|(?!")' + self.bare.pattern + rb")"


@cache
def make_grammar(delimiter: bytes) -> Grammar:
    """Return the expressions, the same ones at every call."""
    return Grammar(delimiter=delimiter)


def split_fields(record: bytes, delimiter: bytes) -> list[str]:
    """Return the fields of a record that is not damaged.

    >>> split_fields(b'1,"a, ""b"" c",5" disk,', b",")
    ['1', 'a, "b" c', '5" disk', '']
    """
    grammar = make_grammar(delimiter)
    fields = []
    position = 0
    while position <= len(record):
        match = grammar.quoted.match(record, position)
        if match:
            fields.append((match[1].replace(b'""', b'"') + match[2]).decode())
        else:
            match = grammar.bare.match(record, position)
            assert match is not None
            fields.append(match[0].decode())
        position = match.end() + len(delimiter)
    return fields


def scan_records(
    data: bytes,
    *,
    delimiter: bytes,
    first_line: int,
    record_bytes: int,
    final: bool,
    most: int | None = None,
) -> Scan:
    """Return the records of ``data``, sound or damaged, at most ``most``.

    The last may be left for more data; ``final`` says that nothing follows. A record has at most
    ``record_bytes`` bytes.
    """
    scan = Scan(next_line=first_line)
    record = make_grammar(delimiter).record
    while scan.consumed < len(data) and (
        most is None or len(scan.starts) + len(scan.damaged) < most
    ):
        start = end = scan.consumed
        if data[start] not in _BREAKS:
            window_end = min(len(data), start + record_bytes)
            match = record.match(data, start, window_end)
            if match is None or not _ends_record(data, match.end()):
                known = final or len(data) - start > record_bytes
                if known and _set_aside(scan, data, delimiter, window_end, final=final):
                    continue
                break
            end = match.end()
        after = _find_next_line(data, end, final=final)
        if after is None:
            break
        if end > start:
            scan.starts.append(start)
            scan.ends.append(end)
            scan.lines.append(scan.next_line)
            text = data[start:end]
            # Few records have a line break within: to look for one is much faster than to count.
            if b"\n" in text or b"\r" in text:
                scan.next_line += count_lines(text)
        scan.next_line += 1
        scan.consumed = after
    return scan


def _ends_record(data: bytes, end: int) -> bool:
    """Return whether a record ends here: at a line break or with the data.

    The window of a match may end it early.
    """
    return end == len(data) or data[end] in _BREAKS


def _find_next_line(data: bytes, end: int, *, final: bool) -> int | None:
    """Return where the line after ``end`` begins; ``None`` if that needs more data."""
    if end == len(data):
        return end if final else None
    if end + 1 == len(data) and data[end] == _CR and not final:
        return None
    return end + (2 if data[end : end + 2] == b"\r\n" else 1)


def _set_aside(scan: Scan, data: bytes, delimiter: bytes, window_end: int, *, final: bool) -> bool:
    """Take the line at ``scan.consumed`` as damaged; False if its end is not in sight yet."""
    start = scan.consumed
    found = LINE_BREAK.search(data, start)
    end = found.start() if found else len(data)
    after = _find_next_line(data, end, final=final)
    if after is None and found:
        return False
    scan.damaged.append(
        QuarantinedRow(
            line=scan.next_line,
            # A line that is cut where it is too long may end within a character.
            text=data[start : min(end, window_end)].decode(errors="replace"),
            reasons=(_explain_damage(data, start, delimiter, window_end),),
        )
    )
    scan.skipping = after is None
    scan.consumed = len(data) if after is None else after
    scan.next_line += not scan.skipping
    return True


def _explain_damage(data: bytes, start: int, delimiter: bytes, window_end: int) -> Reason:
    grammar = make_grammar(delimiter)
    match = grammar.opened.match(data, start, window_end)
    size = f"{window_end - start:,} bytes"
    if match is None or grammar.record.match(data, start, window_end):
        return Reason(rule="record too long", sentence=f"the record is longer than {size}")
    if match.end() < window_end:
        return Reason(
            rule="text after a closing quote",
            sentence="text follows a closing quote; a quote is stray or not doubled",
        )
    limit = "the end of the file" if window_end == len(data) else f"{size} on"
    return Reason(rule="quote not closed", sentence=f"a quote is opened and not closed by {limit}")
