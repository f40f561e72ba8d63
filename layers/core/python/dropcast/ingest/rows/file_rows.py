"""The rows of a file of any format: what every reader gives."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from dropcast.ingest.rows.batch import RowBatch
from dropcast.ingest.source import Format
from dropcast.recipe import Table

MakeBatch = Callable[[], RowBatch]


@dataclass(kw_only=True)
class ReadStats:
    """What is known of a file beside its rows; it is whole once the last batch is read."""

    ignored_columns: tuple[str, ...] = ()
    absent_columns: tuple[str, ...] = ()
    notes: list[str] = field(default_factory=list)
    missing_cells: int = 0


@dataclass(frozen=True, kw_only=True)
class FileRows:
    """The rows of a file.

    ``recipe`` is the one that its values are read by: the dataset's, with another format for times
    that are times in the file. Each of ``batches`` is a call that makes it, for that may be work to
    do side by side. ``width`` is how many columns a row has, ``lines_before`` how many lines stand
    above the rows. ``delimiter`` is empty where the file has none.
    """

    recipe: Table
    width: int
    batches: Iterator[MakeBatch]
    format: Format
    stats: ReadStats
    lines_before: int = 0
    encoding: str = "binary"
    delimiter: bytes = b""


def give_made(batches: Iterable[RowBatch]) -> Iterator[MakeBatch]:
    """Yield batches that are made where they are read."""
    for batch in batches:
        yield [batch].pop
