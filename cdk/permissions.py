"""Who may do what, where: one table, bound to the prefixes of the key grammar."""

from dataclasses import dataclass

from dropcast.contracts import keys
from dropcast.contracts.keys import KeyFormat

READ = ("s3:GetObject",)
# A drop is read by the version that its event names.
READ_VERSION = ("s3:GetObjectVersion",)
WRITE = ("s3:PutObject",)
# A large file is stored in pieces; pieces of a broken upload are given back.
WRITE_LARGE = ("s3:PutObject", "s3:AbortMultipartUpload")
READ_WRITE = ("s3:GetObject", "s3:PutObject")
READ_WRITE_LARGE = (*READ, *WRITE_LARGE)


@dataclass(frozen=True, kw_only=True)
class Access:
    """A function's actions on the objects of some key formats of one bucket.

    ``lists`` are the formats whose keys it may also list. Without that right, S3 says "forbidden"
    of a missing object instead of "not found".
    """

    function: str
    bucket: str
    actions: tuple[str, ...]
    formats: tuple[KeyFormat, ...]
    lists: tuple[KeyFormat, ...] = ()


ACCESSES: tuple[Access, ...] = (
    # It also asks which drop of a key is the newest: an older one's report would be stale.
    Access(
        function="Ingest",
        bucket="raw",
        actions=(*READ, *READ_VERSION),
        formats=(keys.RAW,),
        lists=(keys.RAW,),
    ),
    Access(
        function="Ingest",
        bucket="raw",
        actions=READ_WRITE,
        formats=(keys.REPORT,),
        lists=(keys.REPORT,),
    ),
    Access(
        function="Ingest",
        bucket="lake",
        actions=READ_WRITE,
        formats=(keys.PART_RECORD, keys.CURRENT_VERSION, keys.LEDGER),
        lists=(
            keys.PART_RECORD,
            keys.CURRENT_VERSION,
            keys.LEDGER,
        ),
    ),
    Access(
        function="Ingest",
        bucket="lake",
        actions=WRITE_LARGE,
        formats=(keys.CLEAN_PART, keys.QUARANTINE),
    ),
    Access(function="Ingest", bucket="lake", actions=WRITE, formats=(keys.DATASET_VERSION,)),
    Access(
        function="Features",
        bucket="lake",
        actions=READ,
        formats=(keys.CURRENT_VERSION, keys.DATASET_VERSION, keys.CLEAN_PART),
        lists=(keys.CURRENT_VERSION,),
    ),
    Access(
        function="Features",
        bucket="lake",
        actions=READ_WRITE,
        formats=(keys.DATASET_CARD,),
        lists=(keys.DATASET_CARD,),
    ),
    Access(function="Features", bucket="lake", actions=WRITE, formats=(keys.FEATURES,)),
    Access(
        function="Split",
        bucket="lake",
        actions=READ,
        formats=(keys.CURRENT_VERSION, keys.DATASET_CARD, keys.FEATURES),
        lists=(
            keys.CURRENT_VERSION,
            keys.DATASET_CARD,
        ),
    ),
    Access(
        function="Split",
        bucket="lake",
        actions=WRITE,
        formats=(keys.TRAIN_ROWS, keys.TEST_ROWS, keys.TEST_TRUTH, keys.SPLIT_RECORD),
    ),
    # What proposes sees figures alone: no rows of any kind.
    Access(
        function="Propose",
        bucket="lake",
        actions=READ_WRITE,
        formats=(keys.TRIAL, keys.LEADERBOARD),
    ),
    Access(function="Propose", bucket="lake", actions=READ, formats=(keys.TRIAL_ROW,)),
    # A trial is judged by folds of the training rows; test rows are in no line of this function.
    Access(
        function="Trial",
        bucket="lake",
        actions=READ,
        formats=(keys.TRAIN_ROWS, keys.TRIAL),
    ),
    Access(function="Trial", bucket="lake", actions=WRITE, formats=(keys.TRIAL_ROW,)),
    # The fit may not read the test rows' truth: it is in no line of this function.
    Access(
        function="Fit",
        bucket="lake",
        actions=READ,
        formats=(
            keys.DATASET_CARD,
            keys.TRAIN_ROWS,
            keys.TEST_ROWS,
            keys.SPLIT_RECORD,
            keys.LEADERBOARD,
        ),
    ),
    Access(
        function="Fit",
        bucket="lake",
        actions=WRITE,
        formats=(keys.FITTED_PROGRAM, keys.TEST_SCORES, keys.FIT_RECORD),
    ),
    Access(
        function="Evaluate",
        bucket="lake",
        actions=READ,
        formats=(
            keys.TEST_ROWS,
            keys.TEST_TRUTH,
            keys.FITTED_PROGRAM,
            keys.TEST_SCORES,
            keys.FIT_RECORD,
        ),
    ),
    Access(function="Evaluate", bucket="lake", actions=WRITE, formats=(keys.EVALUATION_CARD,)),
    Access(
        function="Evaluate",
        bucket="models",
        actions=READ,
        formats=(keys.CHAMPION, keys.PROGRAM),
        lists=(keys.CHAMPION,),
    ),
    Access(
        function="Register",
        bucket="lake",
        actions=READ,
        formats=(keys.FITTED_PROGRAM, keys.EVALUATION_CARD),
    ),
    Access(
        function="Register",
        bucket="models",
        actions=READ_WRITE,
        formats=(keys.CHAMPION,),
        lists=(keys.CHAMPION,),
    ),
    Access(
        function="Register",
        bucket="models",
        actions=WRITE,
        formats=(keys.PROGRAM, keys.AUDIT, keys.REGISTRATION),
    ),
    Access(
        function="Predict",
        bucket="models",
        actions=READ,
        formats=(keys.CHAMPION, keys.PROGRAM),
        lists=(keys.CHAMPION,),
    ),
    # It scores by what is registered, and reads no row that a model was made from.
    Access(
        function="Score",
        bucket="raw",
        actions=(*READ, *READ_VERSION),
        formats=(keys.SCORE_DROP,),
        lists=(keys.SCORE_DROP,),
    ),
    Access(
        function="Score",
        bucket="raw",
        actions=READ_WRITE_LARGE,
        formats=(
            keys.SCORED_PARQUET,
            keys.SCORED_CSV,
            keys.SCORED_PROBLEMS,
            keys.SCORED_RECEIPT,
        ),
        lists=(keys.SCORED_RECEIPT,),
    ),
    Access(
        function="Score",
        bucket="raw",
        actions=READ_WRITE,
        formats=(keys.SCORE_REPORT,),
        lists=(keys.SCORE_REPORT,),
    ),
    Access(
        function="Score",
        bucket="models",
        actions=READ,
        formats=(keys.CHAMPION, keys.PROGRAM),
        lists=(keys.CHAMPION,),
    ),
    # The function that describes data and models writes nothing.
    Access(
        function="Catalogue",
        bucket="lake",
        actions=READ,
        formats=(keys.CURRENT_VERSION, keys.DATASET_CARD, keys.LEDGER),
        lists=(
            keys.CURRENT_VERSION,
            keys.DATASET_CARD,
            keys.LEDGER,
        ),
    ),
    Access(
        function="Catalogue",
        bucket="models",
        actions=READ,
        formats=(keys.CHAMPION, keys.MODEL_CARD, keys.REGISTRATION, keys.AUDIT),
        lists=(
            keys.CHAMPION,
            keys.REGISTRATION,
            keys.AUDIT,
        ),
    ),
    # A form that this function signs can do no more than this line.
    Access(function="Uploads", bucket="raw", actions=WRITE, formats=(keys.RAW,)),
    Access(
        function="Rollback",
        bucket="models",
        actions=READ,
        formats=(keys.PROGRAM, keys.REGISTRATION),
        lists=(
            keys.PROGRAM,
            keys.REGISTRATION,
        ),
    ),
    Access(
        function="Rollback",
        bucket="models",
        actions=READ_WRITE,
        formats=(keys.CHAMPION,),
        lists=(keys.CHAMPION,),
    ),
    Access(function="Rollback", bucket="models", actions=WRITE, formats=(keys.AUDIT,)),
)


def list_patterns(formats: tuple[KeyFormat, ...]) -> list[str]:
    """Return the key patterns of some formats, each once."""
    return sorted({f"{key_format.prefix}*" for key_format in formats})
