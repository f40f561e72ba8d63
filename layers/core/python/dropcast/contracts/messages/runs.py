"""Messages of a training run, up to the end of its search."""

from collections.abc import Mapping

from dropcast.contracts.serialization.canonical import hash_canonical
from dropcast.contracts.serialization.frozen import dataclass


@dataclass(frozen=True, kw_only=True)
class Run:
    """One training run, by its inputs.

    ``references`` are the versions of the reference tables that the recipe reads. ``recipe_hash``
    is the recipe's ``training_hash``, and ``run_id`` is the same for the same inputs.
    """

    dataset: str
    dataset_version: str
    references: dict[str, str]
    recipe_hash: str
    run_id: str
    features_key: str


@dataclass(frozen=True, kw_only=True)
class RunByHand:
    """A person started a run of the dataset's current version."""

    dataset: str


@dataclass(frozen=True, kw_only=True)
class FeaturesBuilt:
    """The features of a version are there; ``started`` is False when its run has ended before."""

    run: Run
    rows: int
    built: bool
    started: bool


@dataclass(frozen=True, kw_only=True)
class FeaturesWait:
    """A dataset's features cannot be built before these reference tables are dropped.

    Their arrival builds them.
    """

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
class TrialKeys:
    """One trial of a round: the keys of its candidate and of its row of the leaderboard."""

    number: int
    trial_key: str
    row_key: str


@dataclass(frozen=True, kw_only=True)
class TrialsProposed:
    """The leaderboard before ``round`` is written, and so are the round's trials.

    ``ended`` where there are none: the leaderboard is then the whole search's.
    """

    split: RowsSplit
    round: int
    trials: tuple[TrialKeys, ...]
    ended: bool
    leaderboard_key: str


@dataclass(frozen=True, kw_only=True)
class TrialStarted:
    """The state machine started one trial of a round."""

    split: RowsSplit
    trial: TrialKeys


@dataclass(frozen=True, kw_only=True)
class TrialEnded:
    """A trial left its row, also where its fit failed.

    Where ``error`` names what stopped it (no memory, no time), it left nothing.
    """

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


def name_run(dataset_version: str, recipe_hash: str, references: Mapping[str, str]) -> str:
    """Return the run's id: 16 hex digits of the dataset version, and 16 of the recipe.

    Where the recipe reads reference tables, their versions are hashed with it.

    >>> name_run("a" * 64, "b" * 64, {})
    'aaaaaaaaaaaaaaaa-bbbbbbbbbbbbbbbb'
    """
    made_by = hash_canonical([recipe_hash, dict(references)]) if references else recipe_hash
    return f"{dataset_version[:16]}-{made_by[:16]}"
