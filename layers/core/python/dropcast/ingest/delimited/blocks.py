"""Text -> blocks of whole records with their line numbers, never more than a block in memory.

Two ways give the same records. Where every quote of a block opens or closes a field, quotes and
line breaks can be paired by position alone, for the whole block at once, in numpy; any other
block is read record by record (``records``). A property test compares both with a third reader.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from dropcast.ingest.delimited.records import LINE_BREAK, Scan, scan_records
from dropcast.ingest.limits import BLOCK_RECORDS
from dropcast.ingest.rows import NUL, QuarantinedRow
from dropcast.ingest.values import Integers

_LF, _CR, _QUOTE = b'\n\r"'


@dataclass(frozen=True, kw_only=True)
class Block:
    """Whole records: record i is ``data[starts[i]:ends[i]]`` and begins on line ``lines[i]``.

    Between records ``data`` has line breaks only. ``next_line`` follows the block's last line.
    ``alone`` is how many of its records were found one at a time, which takes many times as long.
    """

    data: bytes
    starts: Integers
    ends: Integers
    lines: Integers
    damaged: tuple[QuarantinedRow, ...]
    next_line: int
    alone: int = 0

    def cut_record(self, index: int) -> bytes:
        """Return the text of one record."""
        return self.data[self.starts[index] : self.ends[index]]


@dataclass(frozen=True, kw_only=True)
class _Found:
    """A block and what was left over: the bytes that the next block begins with."""

    block: Block
    consumed: int
    skipping: bool = False


def split_blocks(
    chunks: Iterator[bytes],
    *,
    delimiter: bytes,
    first_line: int,
    block_bytes: int,
    record_bytes: int,
    block_records: int = BLOCK_RECORDS,
) -> Iterator[Block]:
    """Yield blocks of about ``block_bytes`` and at most ``block_records``.

    A record has at most ``record_bytes``.
    """
    left = b""
    line = reported = first_line
    skipping = False
    for piece, final in _gather(chunks, block_bytes):
        data = left + piece
        if skipping:
            data, line, skipping = _skip_line(data, line, final=final)
        if skipping or not data:
            left = data
            continue
        more = True
        while more:
            found = _index_records(data, delimiter, line, record_bytes, final=final)
            if found is None:
                scan = scan_records(
                    data,
                    delimiter=delimiter,
                    first_line=line,
                    record_bytes=record_bytes,
                    final=final,
                    most=block_records,
                )
                found = _make_block(data, scan)
            for block in _cut_block(found.block, block_records):
                yield _set_nul_aside(block)
            data, line, skipping = data[found.consumed :], found.block.next_line, found.skipping
            more = len(found.block.starts) + len(found.block.damaged) >= block_records and bool(
                data
            )
        left = data
        reported = line
    if skipping or line != reported:
        # The file ended with, or within, a line that is too long: that line counts too.
        yield _find_nothing(line + skipping).block


def _cut_block(block: Block, most: int) -> Iterator[Block]:
    """Yield the block's records, at most ``most`` at a time; short ones are many objects."""
    count = len(block.starts)
    if count <= most:
        yield block
        return
    # Found by position alone, so none of them is damaged. Pieces of one size cost the least.
    each = -(-count // -(-count // most))
    for first in range(0, count, each):
        after = first + each
        begin = int(block.starts[first])
        yield Block(
            data=block.data[begin : int(block.starts[after]) if after < count else None],
            starts=block.starts[first:after] - begin,
            ends=block.ends[first:after] - begin,
            lines=block.lines[first:after],
            damaged=(),
            next_line=int(block.lines[after]) if after < count else block.next_line,
        )


def _gather(chunks: Iterator[bytes], block_bytes: int) -> Iterator[tuple[bytes, bool]]:
    """Yield pieces of ``block_bytes`` and, last, what is left with the word that it is final."""
    kept: list[bytes | memoryview] = []
    size = 0
    for chunk in chunks:
        left = memoryview(chunk)
        while size + len(left) >= block_bytes:
            yield b"".join((*kept, left[: block_bytes - size])), False
            left = left[block_bytes - size :]
            kept.clear()
            size = 0
        if left:
            kept.append(left)
            size += len(left)
    yield b"".join(kept), True


def _skip_line(data: bytes, line: int, *, final: bool) -> tuple[bytes, int, bool]:
    """Drop the rest of a line that is too long: what follows it, its line, whether to go on."""
    found = LINE_BREAK.search(data)
    if found is None:
        return b"", line, True
    if found.end() == len(data) and found[0] == b"\r" and not final:
        return b"\r", line, True
    return data[found.end() :], line + 1, False


def _make_block(data: bytes, scan: Scan) -> _Found:
    starts, ends = np.array(scan.starts, np.int64), np.array(scan.ends, np.int64)
    kept, starts, ends = _join_records(data, starts, ends)
    block = Block(
        data=kept,
        starts=starts,
        ends=ends,
        lines=np.array(scan.lines, np.int64),
        damaged=tuple(scan.damaged),
        next_line=scan.next_line,
        alone=len(starts) + len(scan.damaged),
    )
    return _Found(block=block, consumed=scan.consumed, skipping=scan.skipping)


def _join_records(
    data: bytes, starts: Integers, ends: Integers
) -> tuple[bytes, Integers, Integers]:
    """Return the records alone, each with a line feed after it, and where they are now."""
    pieces = [data[s:e] for s, e in zip(starts.tolist(), ends.tolist(), strict=True)]
    pieces.append(b"")
    after = np.cumsum(ends - starts + 1)
    return b"\n".join(pieces), after - (ends - starts + 1), after - 1


def _set_nul_aside(block: Block) -> Block:
    """Set records with a NUL character aside as damaged."""
    if 0 not in block.data:
        return block
    zeros = np.flatnonzero(np.frombuffer(block.data, np.uint8) == 0)
    held = np.searchsorted(zeros, block.starts) < np.searchsorted(zeros, block.ends)
    damaged = [
        QuarantinedRow(
            line=int(block.lines[i]),
            text=block.cut_record(i).decode(errors="replace"),
            reasons=(NUL,),
        )
        for i in np.flatnonzero(held).tolist()
    ]
    data, starts, ends = _join_records(block.data, block.starts[~held], block.ends[~held])
    return replace(
        block,
        data=data,
        starts=starts,
        ends=ends,
        lines=block.lines[~held],
        damaged=(*block.damaged, *damaged),
    )


def _index_records(
    data: bytes, delimiter: bytes, first_line: int, record_bytes: int, *, final: bool
) -> _Found | None:
    """Return the block by position alone, or ``None`` where only the careful way is sure."""
    characters = np.frombuffer(data, np.uint8)
    breaks = _find_breaks(data, characters, final=final)
    quotes: Integers = (
        np.flatnonzero(characters == _QUOTE) if b'"' in data else np.empty(0, np.int64)
    )
    chosen = np.flatnonzero(_count_before(quotes, breaks) % 2 == 0)
    if not chosen.size:
        return None if final or len(data) > record_bytes else _find_nothing(first_line)
    record_breaks = breaks[chosen]
    consumed = min(int(record_breaks[-1]) + 1, len(data))
    if final and consumed < len(data):
        return None
    if not _pairs_quotes(characters, quotes[quotes < consumed], delimiter):
        return None
    starts = np.concatenate([[0], record_breaks[:-1] + 1])
    ends = record_breaks
    if b"\r" in data:
        # A line break's last character was found: where that is the LF of a CRLF, the text ends
        # before the CR.
        before, at = (
            characters[np.maximum(ends - 1, 0)],
            characters[np.minimum(ends, len(data) - 1)],
        )
        ends = ends - ((ends > starts) & (ends < len(data)) & (at == _LF) & (before == _CR))
    if int((ends - starts).max()) > record_bytes:
        return None
    lines = first_line + np.concatenate([[0], chosen[:-1] + 1])
    rows = ends > starts
    if not rows.all():
        starts, ends, lines = starts[rows], ends[rows], lines[rows]
    block = Block(
        data=data[:consumed],
        starts=starts,
        ends=ends,
        lines=lines,
        damaged=(),
        next_line=first_line + int(chosen[-1]) + 1,
    )
    return _Found(block=block, consumed=consumed)


def _find_nothing(first_line: int) -> _Found:
    return _make_block(b"", Scan(next_line=first_line))


def _find_breaks(data: bytes, characters: NDArray[np.uint8], *, final: bool) -> Integers:
    """Return where line breaks end: each LF, each CR without one, and the end of a last line."""
    breaks: Integers = np.flatnonzero(characters == _LF)
    if b"\r" in data:
        returns = np.flatnonzero(characters == _CR)
        following = characters[np.minimum(returns + 1, len(data) - 1)]
        known = (returns + 1 < len(data)) | final
        lone = returns[(following != _LF) & known]
        if lone.size:
            breaks = np.union1d(breaks, lone)
    if final and (not breaks.size or breaks[-1] != len(data) - 1):
        breaks = np.append(breaks, len(data))
    return breaks


def _count_before(quotes: Integers, breaks: Integers) -> Integers:
    """Return how many quotes stand before each break."""
    counts = np.bincount(np.searchsorted(breaks, quotes), minlength=len(breaks) + 1)
    counted: Integers = np.cumsum(counts[: len(breaks)])
    return counted


def _pairs_quotes(characters: NDArray[np.uint8], quotes: Integers, delimiter: bytes) -> bool:
    """Return whether each quote opens or closes a field, or is one of two that stand for one.

    Then a line break after an even number of quotes ends a record, and no other does.
    """
    if not quotes.size:
        return True
    opening, closing = quotes[0::2], quotes[1::2]
    edges = np.zeros(256, dtype=bool)
    edges[[_LF, _CR, _QUOTE, *delimiter]] = True
    opens = edges[characters[opening - 1]] | (opening == 0)
    closes = edges[characters[np.minimum(closing + 1, len(characters) - 1)]] | (
        closing + 1 == len(characters)
    )
    return bool(opens.all() and closes.all())
