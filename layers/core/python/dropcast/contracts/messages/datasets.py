"""Messages about dropped files and the versions of a dataset."""

from dropcast.contracts.file_facts import FileFacts
from dropcast.contracts.serialization.frozen import dataclass


@dataclass(frozen=True, kw_only=True)
class RawArrived:
    """An object was created under raw/<dataset>/ or score/<dataset>/.

    A stray, which is under no such prefix, belongs to the dataset "unplaced". ``sequencer`` orders
    drops of one key: S3 compares two of them as text, the shorter padded with zeros on the right.
    """

    dataset: str
    name: str
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
    """One clean part of a dataset version.

    ``schema_hash`` is the ``columns_hash`` of the table that it was read by.
    """

    key: str
    sha256: str
    rows: int
    schema_hash: str


@dataclass(frozen=True, kw_only=True)
class DatasetVersion:
    """The manifest: the parts that make the dataset, in key order.

    Its own hash is its name, so the same set of files is the same version whatever the order of
    the drops.
    """

    dataset: str
    parts: tuple[Part, ...]


@dataclass(frozen=True, kw_only=True)
class FileState:
    """What the newest accepted drop of a raw key made.

    ``sequencer`` and, for one drop, ``attempt`` only grow: they fence off whoever comes late.
    ``version`` is the dataset's by this commit, and ``changed`` whether it was another before, so
    that an attempt that comes late, or again, returns the same commit.
    """

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
