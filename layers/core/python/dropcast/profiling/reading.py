"""A file that nobody has described -> its cells as stripped texts, and how they had to be read.

The readers are ingest's: formats, records and headers are what they are for a dropped file.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from dropcast.contracts.errors import DropcastError, FileRefusedError
from dropcast.ingest import (
    FileHeader,
    QuarantinedRow,
    TextBatch,
    fingerprint_file,
    open_text_columns,
    read_file_header,
)
from dropcast.ingest.delimited import DELIMITER_NAMES
from dropcast.ingest.limits import MIB
from dropcast.ingest.source import Format
from dropcast.ingest.values import NUMBER
from dropcast.recipe.columns import normalise_header

MAX_CONTENT_MIB = 512
# Of the texts in memory: many short ones take more room there than in the file.
MAX_TEXTS_MIB = 1024
# Every byte has a meaning in Latin-1, so it comes last: it cannot be seen to be wrong.
_ENCODINGS = ("cp1252", "latin-1")
_LONGEST_HEADER = 60


class ProfileError(DropcastError):
    """A file cannot be made a dataset as it is; the message says why, where and what to do."""


@dataclass(frozen=True, kw_only=True)
class RawTable:
    """The cells of a file.

    ``headers``   the header's names as they stand there, every field
    ``names``     the declared name of each named field, by its place; unnamed ones are left out
    ``cells``     stripped texts, one column a name; rows that are equal in all of them once
    ``delimiter`` what stands between the fields; empty where nothing does
    ``fallback_encoding``  what the file had to be read by, if it is not UTF-8
    ``set_aside``  why rows could not be read -> how many
    ``rows_repeated``  rows equal to an earlier one
    ``notes``     sentences on the sheets of a workbook
    """

    path: Path
    headers: tuple[str, ...]
    names: dict[int, str]
    cells: pd.DataFrame
    format: Format
    delimiter: str
    fallback_encoding: str | None
    set_aside: Counter[str]
    rows_repeated: int
    notes: tuple[str, ...]

    @property
    def rows_cut(self) -> int:
        """The number of rows that could not be read, such as those of another width."""
        return self.set_aside.total()

    def find_header(self, name: str) -> str:
        """Return what the file calls a column."""
        return next(self.headers[at] for at, own in self.names.items() if own == name)


def read_table(
    path: Path, *, most_content_mib: int = MAX_CONTENT_MIB, most_texts_mib: int = MAX_TEXTS_MIB
) -> RawTable:
    """Return the cells of a file of any format that ingest reads.

    Raises :class:`ProfileError` if it is no table with a header, or has more than
    ``most_content_mib`` once decompressed or more than ``most_texts_mib`` in memory.
    """
    try:
        with TemporaryDirectory() as folder:
            return _read_table(path, Path(folder, "content"), most_content_mib, most_texts_mib)
    except FileRefusedError as error:
        raise ProfileError(f"{path}: {error}") from error
    except OSError as error:
        reason = error.strerror or str(error)
        raise ProfileError(
            f"{path} cannot be read: {reason}; name a CSV, TSV, JSON Lines, Parquet or Excel file "
            f"with FILE=<path>"
        ) from error


def _read_table(
    path: Path, spool_path: Path, most_content_mib: int, most_texts_mib: int
) -> RawTable:
    fingerprint = fingerprint_file(lambda: path.open("rb"))
    if fingerprint.content_bytes > most_content_mib * MIB:
        raise _refuse_large(path, f"{most_content_mib} MiB")
    header = read_file_header(
        lambda: path.open("rb"),
        fingerprint=fingerprint,
        spool_path=spool_path,
        encodings=_ENCODINGS,
    )
    headers = tuple(name.strip() for name in header.names)
    names = _name_columns(headers, path, header)
    # What has no name is not read.
    named = [name if at in names else "" for at, name in enumerate(header.names)]
    with open_text_columns(
        lambda: path.open("rb"),
        fingerprint=fingerprint,
        header=replace(header, names=tuple(named)),
        spool_path=spool_path,
    ) as (rows, batches):
        columns = {header.names[at]: name for at, name in names.items()}
        cells, set_aside = _collect_cells(batches, columns, path, most_texts_mib)
        notes = tuple(rows.stats.notes)
    whole = cells.drop_duplicates(ignore_index=True)
    return RawTable(
        path=path,
        headers=headers,
        names=names,
        cells=whole,
        format=header.format,
        delimiter=header.delimiter.decode(),
        fallback_encoding=header.fallback_encoding,
        set_aside=set_aside,
        rows_repeated=len(cells) - len(whole),
        notes=notes,
    )


def _refuse_large(path: Path, limit: str) -> ProfileError:
    return ProfileError(f"{path} has more than {limit}; take a part of it that shows every column")


def _name_columns(headers: Sequence[str], path: Path, header: FileHeader) -> dict[int, str]:
    names: dict[int, str] = {}
    if not any(headers):
        raise ProfileError(
            f"{path}, header: no column has a name; name a file with a header and rows"
        )
    for at, name_in_file in enumerate(headers):
        if re.fullmatch(NUMBER, name_in_file.replace(",", ".")):
            raise ProfileError(
                f"{path}, header: '{name_in_file}' is a number, so the file seems to have no "
                f"header; add a first line that names the columns"
            )
        name = _name_column(name_in_file)
        if not name:
            continue
        if name in names.values():
            raise ProfileError(
                f"{path}, header: two columns are called '{name}' (names compare without case, "
                f"accents and punctuation); rename one of them"
            )
        names[at] = name
    if len(names) < 2:
        cut = DELIMITER_NAMES.get(header.delimiter)
        raise ProfileError(
            f"{path}, header: {f'cut at each {cut} ' if cut else ''}it has {len(names)} named "
            f"column(s), and a dataset needs two; if every line is one quoted field, take the "
            f"outer quotes off; if a quote in it is stray, mend that; if it is cut otherwise, "
            f"export it as CSV"
        )
    long = next((headers[at] for at in names if len(headers[at]) > _LONGEST_HEADER), None)
    if long is not None:
        raise ProfileError(
            f"{path}, header: the name '{long[:_LONGEST_HEADER]}...' has {len(long)} characters; "
            f"shorten it to {_LONGEST_HEADER} at most"
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
    batches: Iterator[TextBatch], columns: dict[str, str], path: Path, most_texts_mib: int
) -> tuple[pd.DataFrame, Counter[str]]:
    """Return the cells of columns (header -> name), and why rows are not among them."""
    texts: dict[str, list[pa.Array]] = {header: [] for header in columns}
    set_aside: Counter[str] = Counter()
    first: QuarantinedRow | None = None
    size_bytes = 0
    for batch in batches:
        for header, kept in texts.items():
            kept.append(pc.utf8_trim_whitespace(batch.columns[header]))
            size_bytes += kept[-1].nbytes
        if size_bytes > most_texts_mib * MIB:
            raise _refuse_large(path, f"{most_texts_mib} MiB in memory")
        for row in batch.set_aside:
            first = first or row
            set_aside[row.reasons[0].rule] += 1
    cells = pd.DataFrame(
        {
            name: pd.Series(pa.chunked_array(texts[header], pa.string()), dtype="str")
            for header, name in columns.items()
        }
    )
    if first is not None and cells.empty:
        raise ProfileError(
            f"{path}, {first.place or f'line {first.line:,}'}: no row of the file can be read; "
            f"here {first.reasons[0].sentence}; mend the file there"
        )
    return cells, set_aside
