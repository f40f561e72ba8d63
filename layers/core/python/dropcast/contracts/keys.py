"""The S3 key grammar, both directions: every object's place has one line in this table.

>>> CLEAN_PART.format(dataset="bitcoin", part="ab12")
'clean/parts/bitcoin/ab12.parquet'
>>> RAW.parse("raw/bitcoin/2024/may 1.csv")
{'dataset': 'bitcoin', 'name': '2024/may 1.csv'}
"""

import hashlib
import re
from functools import cached_property
from typing import Literal

from dropcast.contracts.errors import KeyGrammarError
from dropcast.contracts.serialization.frozen import dataclass

DATASET_PATTERN = r"[a-z][a-z0-9_]{0,45}"
_MAX_KEY_BYTES = 1024
# Where a drop is reported whose key names no dataset.
UNPLACED = "unplaced"
# Names that no dataset can have: they are paths of the API, or hold what belongs to no dataset.
RESERVED_DATASETS = frozenset({"datasets", "docs", UNPLACED})
_FIELDS = {"dataset": DATASET_PATTERN, "name": r".+"}
_DEFAULT_FIELD = r"[A-Za-z0-9._-]{1,128}"


@dataclass(frozen=True)
class KeyFormat:
    """The template of a key, with named fields."""

    template: str

    @property
    def prefix(self) -> str:
        """The fixed part before the first field."""
        return self.template.split("{", 1)[0]

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        parts = re.split(r"\{(\w+)\}", self.template)
        body = "".join(
            f"(?P<{part}>{_FIELDS.get(part, _DEFAULT_FIELD)})" if i % 2 else re.escape(part)
            for i, part in enumerate(parts)
        )
        return re.compile(body, re.DOTALL)

    def format(self, **fields: str) -> str:
        """Return the key; raise :class:`KeyGrammarError` if a field has another form."""
        key = self.template.format(**fields)
        if self.parse(key) != fields:
            raise KeyGrammarError(f"{fields} do not make a key of the form {self.template}")
        return key

    def parse(self, key: str) -> dict[str, str]:
        """Return the fields of ``key``; raise :class:`KeyGrammarError` if it has another form."""
        match = self._pattern.fullmatch(key)
        if match is None:
            raise KeyGrammarError(f"key '{key}' is not of the form {self.template}")
        return match.groupdict()


# Raw bucket: the files that people drop, and beside each a report on its outcome.
RAW = KeyFormat("raw/{dataset}/{name}")
REPORT = KeyFormat("reports/{dataset}/{name}.txt")
# Files to be scored, their results and the report; none of these prefixes begins another.
SCORE_DROP = KeyFormat("score/{dataset}/{name}")
SCORED_PARQUET = KeyFormat("scored/{dataset}/{scoring}/predictions.parquet")
SCORED_CSV = KeyFormat("scored/{dataset}/{scoring}/predictions.csv")
SCORED_PROBLEMS = KeyFormat("scored/{dataset}/{scoring}/problems.csv")
SCORED_RECEIPT = KeyFormat("scored/{dataset}/{scoring}/receipt.json")
SCORE_REPORT = KeyFormat("scored-reports/{dataset}/{name}.txt")

# The raw bucket's prefixes, each with one meaning: people drop files under RAW and SCORE_DROP, and
# functions write under the others. A key under none of them is a stray, which ingest refuses with a
# report. Whatever a function writes into the raw bucket must lie under one of these, or the write
# would start ingest; tests/infrastructure/test_no_recursion.py checks that.
RAW_BUCKET_PREFIXES = (
    RAW.prefix,
    SCORE_DROP.prefix,
    REPORT.prefix,
    SCORED_RECEIPT.prefix,
    SCORE_REPORT.prefix,
)
RawBucketPlace = Literal["raw", "score", "ours", "stray"]

# Lake bucket.
CLEAN_PART = KeyFormat("clean/parts/{dataset}/{part}.parquet")
PART_RECORD = KeyFormat("clean/records/{dataset}/{part}.json")
DATASET_VERSION = KeyFormat("clean/versions/{dataset}/{version}.json")
CURRENT_VERSION = KeyFormat("clean/current/{dataset}.json")
QUARANTINE = KeyFormat("quarantine/{dataset}/{part}.csv")
LEDGER = KeyFormat("ledger/{dataset}/{key_hash}/{version_id}.json")
FEATURES = KeyFormat("features/{dataset}/{run_id}.parquet")
DATASET_CARD = KeyFormat("cards/{dataset}/{run_id}.json")
DATASET_CARD_PAGE = KeyFormat("cards/{dataset}/{run_id}.html")

# Lake bucket, temporary: the objects by which the steps of one training run are connected.
WORK_PREFIX = "work/"
TRAIN_ROWS = KeyFormat("work/train/{dataset}/{run_id}.parquet")
TEST_ROWS = KeyFormat("work/test/{dataset}/{run_id}.parquet")
TEST_TRUTH = KeyFormat("work/truth/{dataset}/{run_id}.parquet")
SPLIT_RECORD = KeyFormat("work/splits/{dataset}/{run_id}.json")
TRIAL = KeyFormat("work/trials/{dataset}/{run_id}/{trial}.json")
TRIAL_ROW = KeyFormat("work/trial-rows/{dataset}/{run_id}/{trial}.json")
LEADERBOARD = KeyFormat("work/leaderboards/{dataset}/{run_id}/{round}.json")
TEST_SCORES = KeyFormat("work/scores/{dataset}/{run_id}.json")
FITTED_PROGRAM = KeyFormat("work/programs/{dataset}/{run_id}.program")
FIT_RECORD = KeyFormat("work/fits/{dataset}/{run_id}.json")
EVALUATION_CARD = KeyFormat("work/evaluations/{dataset}/{run_id}.json")
EVALUATION_PAGE = KeyFormat("work/evaluations/{dataset}/{run_id}.html")

# Model bucket.
PROGRAM = KeyFormat("models/{dataset}/{model}/model.program")
MODEL_CARD = KeyFormat("models/{dataset}/{model}/card.json")
MODEL_CARD_PAGE = KeyFormat("models/{dataset}/{model}/card.html")
CHAMPION = KeyFormat("champions/{dataset}.json")
REGISTRATION = KeyFormat("registrations/{dataset}/{model}.json")
AUDIT = KeyFormat("audit/{dataset}/{entry}.json")


def is_dataset(name: str) -> bool:
    """Return whether a dataset may have this name.

    >>> is_dataset("bitcoin"), is_dataset("../bitcoin")
    (True, False)
    """
    return re.fullmatch(DATASET_PATTERN, name) is not None


def classify_key(key: str) -> RawBucketPlace:
    """Return the kind of a key of the raw bucket.

    It is a drop to learn from, a drop to be scored, an object that functions write ("ours"), or a
    stray.

    >>> [classify_key(key) for key in ("raw/a/b.csv", "score/b", "reports/a/b.txt", "b.csv")]
    ['raw', 'score', 'ours', 'stray']
    """
    if key.startswith(RAW.prefix):
        return "raw"
    if key.startswith(SCORE_DROP.prefix):
        return "score"
    return "ours" if key.startswith(RAW_BUCKET_PREFIXES) else "stray"


def place_drop(key_format: KeyFormat, key: str) -> dict[str, str]:
    """Return the dataset and the name of a dropped file, by its key under the format's prefix.

    A key that names no dataset belongs to :data:`UNPLACED`, which has no recipe; its name is the
    whole key, so that no two such keys have one report.

    >>> place_drop(RAW, "raw/bitcoin/may.csv"), place_drop(RAW, "may.csv")
    ({'dataset': 'bitcoin', 'name': 'may.csv'}, {'dataset': 'unplaced', 'name': 'may.csv'})
    """
    unplaced = {"dataset": UNPLACED, "name": key}
    try:
        fields = key_format.parse(key)
    except KeyGrammarError:
        return unplaced
    return unplaced if fields["dataset"] == UNPLACED else fields


def name_ledger_record(*, dataset: str, raw_key: str, version_id: str) -> str:
    """Return the key of a drop's ledger record.

    A raw key may be any 1,024 bytes, so the record's key holds a hash of it. S3 promises no form of
    a version id, which is hashed too where a key could not hold it as it is.
    """
    key_hash = hashlib.sha256(raw_key.encode()).hexdigest()[:32]
    if not re.fullmatch(_DEFAULT_FIELD, version_id):
        version_id = hashlib.sha256(version_id.encode()).hexdigest()
    return LEDGER.format(dataset=dataset, key_hash=key_hash, version_id=version_id)


def name_report(key_format: KeyFormat, *, dataset: str, name: str) -> str:
    """Return the key of the report on a drop.

    Where that would be longer than an S3 key may be, it holds a hash of the name instead.
    """
    key = key_format.format(dataset=dataset, name=name)
    if len(key.encode()) <= _MAX_KEY_BYTES:
        return key
    return key_format.format(dataset=dataset, name=hashlib.sha256(name.encode()).hexdigest())
