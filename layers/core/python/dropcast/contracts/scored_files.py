"""The outcome of a file that was dropped to be scored: its receipt, and the step's message."""

from typing import Literal

from dropcast.contracts.champion import Champion
from dropcast.contracts.file_facts import FileFacts
from dropcast.contracts.serialization.frozen import dataclass

ScoreState = Literal["scored", "scored_with_problems", "refused"]


@dataclass(frozen=True, kw_only=True)
class FileScored:
    """The receipt of a scored file, written last: where it is, all results are.

    Every row of the file is in exactly one of ``rows_answered`` and ``rows_refused``. ``scoring``
    is the same for the same bytes, program and dialect of files.
    """

    dataset: str
    scoring: str
    file_sha256: str
    size_bytes: int
    rows_answered: int
    rows_refused: int
    facts: FileFacts
    parquet_key: str
    csv_key: str
    problems_key: str | None
    champion: Champion
    scored_by_code: str


@dataclass(frozen=True, kw_only=True)
class DropScored:
    """The outcome of a file that was dropped to be scored.

    ``receipt_key`` leads to its :class:`FileScored`; it is ``None`` for a refused file, of which
    ``message`` says why.
    """

    dataset: str
    raw_key: str
    raw_version_id: str
    state: ScoreState
    model: str | None
    rows_answered: int
    rows_refused: int
    receipt_key: str | None
    report_key: str
    message: str
