"""What one room hands to the next: S3 keys and counts, never a table. Past tense, frozen."""

from collections.abc import Mapping
from typing import Literal

from dropcast.contracts.champion import Champion as Champion  # noqa: PLC0414 - one of them
from dropcast.contracts.file_facts import FileFacts
from dropcast.contracts.serialization.canonical import hash_canonical
from dropcast.contracts.serialization.frozen import dataclass

Decision = Literal["asked", "registered", "already champion", "rejected", "lost the race"]
RollbackOutcome = Literal["asked", "rolled back", "lost the race"]


@dataclass(frozen=True, kw_only=True)
class RawArrived:
    """An object was created under raw/<dataset>/ or score/<dataset>/, or went astray and belongs to
    the dataset "unplaced". ``sequencer`` orders drops of one key: S3 compares two of them as text,
    the shorter padded with zeros on the right."""

    dataset: str
    name: str
    bucket: str
    key: str
    version_id: str
    sequencer: str
    size_bytes: int


@dataclass(frozen=True, kw_only=True)
class PartRead:
    """A dropped file became a clean part, named by its raw bytes and the recipe's columns."""

    key: str
    sha256: str
    rows_accepted: int
    rows_quarantined: int
    quarantine_key: str | None
    facts: FileFacts


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
class FileState:
    """What the newest accepted drop of a raw key made. ``sequencer`` and, for one drop,
    ``attempt`` only grow: they fence off whoever comes late. ``version`` is what the dataset became
    by its commit and ``changed`` whether that was another than before: a try that is told so late,
    or again, is told the same."""

    sequencer: str
    attempt: int
    raw_version_id: str
    part: Part
    version: str = ""
    changed: bool = False


@dataclass(frozen=True, kw_only=True)
class CurrentVersion:
    """The pointer to the version that a dataset is now, and the raw keys that it is made of."""

    dataset: str
    version: str
    files: dict[str, FileState]


@dataclass(frozen=True, kw_only=True)
class Run:
    """One training run: what it is made from. ``references`` are the versions of the reference
    tables that the recipe reads; ``run_id`` is the same for the same inputs."""

    dataset: str
    dataset_version: str
    references: dict[str, str]
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
class FeaturesWait:
    """A dataset's features cannot be built before these reference tables are dropped; their
    arrival builds them."""

    dataset: str
    missing_references: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class ReferenceMoved:
    """A reference table has a new version; ``datasets`` are those whose features it changed."""

    table: str
    datasets: tuple[str, ...]


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
class TrialAsked:
    """One trial of a round: where its candidate lies, and where its row of the leaderboard goes."""

    number: int
    trial_key: str
    row_key: str


@dataclass(frozen=True, kw_only=True)
class TrialsProposed:
    """The leaderboard as it stands before ``round`` is written, and the round's trials are asked for.
    ``ended`` where there are none: the leaderboard is then the whole search's."""

    split: RowsSplit
    round: int
    trials: tuple[TrialAsked, ...]
    ended: bool
    leaderboard_key: str


@dataclass(frozen=True, kw_only=True)
class TrialEnded:
    """A trial left its row, which tells of a failed fit too; or, where ``error`` names what
    stopped it (no memory, no time), left nothing."""

    number: int
    error: str | None


@dataclass(frozen=True, kw_only=True)
class TrialsTried(TrialsProposed):
    """A round has ended, with an outcome of each of its trials."""

    outcomes: tuple[TrialEnded, ...]


@dataclass(frozen=True, kw_only=True)
class SearchFinished:
    """The leaderboard holds all trials of the run."""

    split: RowsSplit
    leaderboard_key: str


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
    ``champion`` the model that was champion then, ``champion_generation`` the pointer's (0: there
    was none): the pointer moves from there or not at all."""

    fitted: ModelFitted
    card_key: str
    page_key: str
    passed: bool
    reasons: tuple[str, ...]
    champion: str | None
    champion_generation: int


@dataclass(frozen=True, kw_only=True)
class ModelDecided:
    """The run's end: the model was registered as champion, kept as champion, or rejected. The audit
    trail has it once more before the pointer is moved, as ``asked``."""

    dataset: str
    run_id: str
    model: str
    decision: Decision
    reasons: tuple[str, ...]
    card_key: str
    card_page_key: str


@dataclass(frozen=True, kw_only=True)
class Registration:
    """A model became champion for the first time. ``replaced`` is the champion before it;
    ``metrics`` are its figures on the test rows, ``metric`` the one that its gate went by."""

    champion: Champion
    registered_at: str
    replaced: str | None
    metric: str
    metrics: dict[str, float]


@dataclass(frozen=True, kw_only=True)
class ChampionRolledBack:
    """An operator moved the champion pointer by hand. Written once when it is asked for, and once
    more with its outcome. ``replaced`` was champion then; ``key_id`` is the id of the caller's API
    key, never the key."""

    dataset: str
    outcome: RollbackOutcome
    replaced: str
    model: str
    reason: str
    key_id: str
    request_id: str
    at: str
    code_hash: str


def name_run(dataset_version: str, recipe_hash: str, references: Mapping[str, str]) -> str:
    """Return the run's id: 16 hex digits of the dataset version, 16 of the recipe (and of the
    versions of the reference tables, where it reads any).

    >>> name_run("a" * 64, "b" * 64, {})
    'aaaaaaaaaaaaaaaa-bbbbbbbbbbbbbbbb'
    """
    made_by = hash_canonical([recipe_hash, dict(references)]) if references else recipe_hash
    return f"{dataset_version[:16]}-{made_by[:16]}"


def choose_seed(recipe_hash: str) -> int:
    """Return the seed of everything random in a run: a function of the recipe alone.

    >>> choose_seed("0000000f" + "0" * 56)
    15
    """
    return int(recipe_hash[:8], 16)
