"""What one room hands to the next: S3 keys and counts, never a table. Past tense, frozen."""

from dataclasses import dataclass
from typing import Literal

Decision = Literal["registered", "already champion", "rejected", "lost the race"]
DropState = Literal["success", "completed_with_errors", "unchanged", "superseded", "refused"]


@dataclass(frozen=True, kw_only=True)
class RawArrived:
    """An object was created under raw/<dataset>/. ``version_id`` is ``None`` where the event does
    not tell it. ``sequencer`` orders drops of one key: S3
    compares two of them as text, the shorter padded with zeros on the right."""

    dataset: str
    name: str
    bucket: str
    key: str
    version_id: str | None
    sequencer: str
    size_bytes: int


@dataclass(frozen=True, kw_only=True)
class PartRead:
    """A dropped file became a clean part, named by its raw bytes and the recipe's columns.
    ``reason_counts`` counts quarantined rows by reason, most common first; ``missing_cells`` the
    cells of a wide table that made no row; ``notes`` say what else was not read, and why."""

    key: str
    sha256: str
    rows_accepted: int
    rows_quarantined: int
    quarantine_key: str | None
    encoding: str
    delimiter: str
    ignored_columns: tuple[str, ...]
    reason_counts: dict[str, int]
    format: str = "csv"
    missing_cells: int = 0
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class DropFinished:
    """The ledger record and receipt of one raw object version."""

    dataset: str
    raw_key: str
    raw_version_id: str
    sequencer: str
    raw_sha256: str | None
    size_bytes: int
    state: DropState
    rows_accepted: int
    rows_quarantined: int
    quarantine_key: str | None
    dataset_version: str | None
    report_key: str
    message: str
    code_hash: str
    finished_at: str


@dataclass(frozen=True, kw_only=True)
class Part:
    """One clean part of a dataset version. ``schema_hash`` names the columns it was read by."""

    key: str
    sha256: str
    rows: int
    schema_hash: str


@dataclass(frozen=True, kw_only=True)
class DatasetVersion:
    """The manifest: the parts that make the dataset, in key order. Its own hash is its name, so
    the same set of files is the same version whatever the order of the drops."""

    dataset: str
    parts: tuple[Part, ...]


@dataclass(frozen=True, kw_only=True)
class Run:
    """One training run: what it is made from. ``run_id`` is the same for the same inputs."""

    dataset: str
    dataset_version: str
    recipe_hash: str
    run_id: str
    features_key: str


@dataclass(frozen=True, kw_only=True)
class FeaturesBuilt:
    """The features of a version are there; ``started`` is False when its run has ended before."""

    run: Run
    rows: int
    built: bool
    started: bool


@dataclass(frozen=True, kw_only=True)
class RowsSplit:
    """Training rows, test rows and, apart from them, the test rows' truth are written."""

    run: Run
    train_key: str
    test_key: str
    truth_key: str
    record_key: str
    train_rows: int
    test_rows: int


@dataclass(frozen=True, kw_only=True)
class ModelFitted:
    """The best candidate was fitted on the training rows and compiled to a scoring program."""

    split: RowsSplit
    program_key: str
    program_sha256: str
    scores_key: str
    record_key: str
    model: str


@dataclass(frozen=True, kw_only=True)
class ModelEvaluated:
    """The model was judged once on the test rows; ``passed`` is what the gate decided and
    ``champion`` the model that was champion then."""

    fitted: ModelFitted
    card_key: str
    page_key: str
    passed: bool
    reasons: tuple[str, ...]
    champion: str | None


@dataclass(frozen=True, kw_only=True)
class ModelDecided:
    """The run's end: the model was registered as champion, kept as champion, or rejected."""

    dataset: str
    run_id: str
    model: str
    decision: Decision
    reasons: tuple[str, ...]
    card_key: str
    card_page_key: str


@dataclass(frozen=True, kw_only=True)
class Champion:
    """The champion pointer of a dataset: which program answers its predictions."""

    dataset: str
    model: str
    program_key: str
    program_sha256: str
    dataset_version: str
    recipe_hash: str
    run_id: str
    code_hash: str


def name_run(dataset_version: str, recipe_hash: str) -> str:
    """Return the run's id: 16 hex digits of the dataset version, 16 of the recipe.

    >>> name_run("a" * 64, "b" * 64)
    'aaaaaaaaaaaaaaaa-bbbbbbbbbbbbbbbb'
    """
    return f"{dataset_version[:16]}-{recipe_hash[:16]}"
