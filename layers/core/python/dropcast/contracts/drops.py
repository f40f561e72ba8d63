"""The ledger's record of a drop."""

from typing import Literal

from dropcast.contracts.serialization.frozen import dataclass

DropState = Literal["processing", "success", "completed_with_errors", "refused", "failed"]
CommitOutcome = Literal["changed", "unchanged", "superseded"]
# A drop in one of these is done with; another event of it changes nothing.
FINISHED_STATES = frozenset({"success", "completed_with_errors", "refused"})


@dataclass(frozen=True, kw_only=True)
class DropRecord:
    """The state or the outcome of one raw object version: its ledger record and receipt.

    ``attempt``      counts from 1; a later attempt fences off the earlier ones
    ``state``        ``processing`` until the attempt ends; ``failed`` where it ended by ``error``
                     (the error's name), and another attempt takes it up
    ``commit``       what the drop did to the dataset: ``changed`` (a new version), ``unchanged``
                     (the same data were there), ``superseded`` (a newer drop of the key was there,
                     whose report stands); ``None`` where nothing was committed
    ``finished_at``  ``None`` while it is processing
    """

    dataset: str
    raw_key: str
    raw_version_id: str
    sequencer: str
    size_bytes: int
    attempt: int
    state: DropState
    report_key: str
    code_hash: str
    started_at: str
    finished_at: str | None = None
    raw_sha256: str | None = None
    rows_accepted: int = 0
    rows_quarantined: int = 0
    quarantine_key: str | None = None
    commit: CommitOutcome | None = None
    dataset_version: str | None = None
    error: str | None = None
    message: str = ""

    @property
    def is_finished(self) -> bool:
        """Whether another event of the drop has nothing to do."""
        return self.state in FINISHED_STATES
