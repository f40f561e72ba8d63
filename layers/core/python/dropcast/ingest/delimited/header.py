"""The header line of delimited text: which delimiter, which field is which column."""

from dataclasses import dataclass

from dropcast.contracts.errors import FileRefusedError
from dropcast.ingest.delimited.records import Scan, scan_records, split_fields
from dropcast.ingest.rows import Header, Layout, lay_out, read_names, refuse_columns
from dropcast.recipe import Table

# On a tie the earlier one is taken.
DELIMITERS = (b",", b";", b"\t", b"|")
DELIMITER_NAMES = {b",": "comma", b";": "semicolon", b"\t": "tab", b"|": "vertical bar"}


@dataclass(frozen=True, kw_only=True)
class DelimitedHeader:
    """What a header line says: rows begin after ``consumed`` bytes on line ``first_line``."""

    layout: Layout
    delimiter: bytes
    consumed: int
    first_line: int


@dataclass(frozen=True, kw_only=True)
class _Reading:
    """The header line as one delimiter cuts it."""

    delimiter: bytes
    header: Header
    scan: Scan


def read_header(head: bytes, recipe: Table, *, record_bytes: int, final: bool) -> DelimitedHeader:
    """Return the header that the first record of ``head`` is.

    Raises ``FileRefusedError`` if there is no header, it has too many names, a required column is
    not in it, or two of its names mean one column.
    """
    best = _choose_reading(head, recipe, record_bytes, final=final)
    return DelimitedHeader(
        layout=lay_out(best.header, recipe),
        delimiter=best.delimiter,
        consumed=best.scan.consumed,
        first_line=best.scan.next_line,
    )


def read_field_names(
    head: bytes, recipe: Table, *, record_bytes: int, final: bool
) -> tuple[tuple[str, ...], bytes]:
    """Return every name of the header that the first record of ``head`` is, and the delimiter.

    Raises ``FileRefusedError`` if there is no header, or it has too many names.
    """
    best = _choose_reading(head, recipe, record_bytes, final=final)
    return best.header.names, best.delimiter


def _choose_reading(head: bytes, recipe: Table, record_bytes: int, *, final: bool) -> _Reading:
    """Return the header by the delimiter that gives the most columns, then the most names."""
    readings = [
        reading
        for delimiter in DELIMITERS
        if (reading := _cut_header(head, delimiter, recipe, record_bytes, final=final))
    ]
    if not readings:
        raise FileRefusedError(
            "The file has no header line.\n"
            f"  Looked for: a first line that names the columns of '{recipe.dataset}'\n"
            f"  Found:      {_describe_first_line(head)}\n"
            "  Remedy:     add the header line and drop the file again"
        )
    return max(readings, key=lambda r: (len(r.header.claims), len(r.header.names)))


def _cut_header(
    head: bytes, delimiter: bytes, recipe: Table, record_bytes: int, *, final: bool
) -> _Reading | None:
    scan = scan_records(
        head,
        delimiter=delimiter,
        first_line=1,
        record_bytes=record_bytes,
        final=final,
        most=1,
    )
    if not scan.starts or scan.damaged:
        return None
    record = head[scan.starts[0] : scan.ends[0]]
    # Before a name is cut: a million of them is a minute's work.
    refuse_columns(record.count(delimiter) + 1)
    names = split_fields(record, delimiter)
    header = read_names(names, recipe, cut=f"cut at each {DELIMITER_NAMES[delimiter]}")
    return _Reading(delimiter=delimiter, header=header, scan=scan)


def _describe_first_line(head: bytes) -> str:
    lines = head.split(None, 1) and head.lstrip().splitlines()
    return f"{lines[0][:80].decode(errors='replace')!r}" if lines else "blank lines only"
