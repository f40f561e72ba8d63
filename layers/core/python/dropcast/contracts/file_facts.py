"""What a dropped file was found to be, whatever is made of its rows."""

from typing import ClassVar

from dropcast.contracts.serialization.frozen import dataclass


@dataclass(frozen=True, kw_only=True)
class FileFacts:
    """The facts of a file that was read, beside its rows.

    ``delimiter``        empty where the format has none
    ``ignored_columns``  the file's columns that the dataset does not have
    ``reason_counts``    the rows that each reason was given for, the most common first; a row may
                         be counted under several
    ``missing_cells``    the cells of a wide or a cross table that have no value and so made no row
    ``notes``            what else of the file was not read, and why
    """

    # Documents hold these fields beside those of the record that has them.
    inlined: ClassVar[bool] = True
    encoding: str
    delimiter: str
    ignored_columns: tuple[str, ...]
    reason_counts: dict[str, int]
    format: str = "csv"
    missing_cells: int = 0
    notes: tuple[str, ...] = ()
