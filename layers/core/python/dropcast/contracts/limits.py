"""What one call of the API may carry, and how much.

The functions check these limits and the API document states them. A pattern matches the whole text,
and uses only what the regular expressions of JSON Schema and Python share.
"""

from collections.abc import Mapping

MIB = 1024 * 1024
MAX_ROWS = 1000
MAX_PROBLEMS = 100
MAX_EXPLAINED = 10
MAX_BODY_BYTES = MIB
# The largest object that serving reads: a scoring program.
MAX_PROGRAM_BYTES = 64 * MIB
MAX_UPLOAD_BYTES = 1024 * MIB
UPLOAD_MINUTES = 15
MAX_NAME_CHARACTERS = 200
# One path segment or several, of characters that every shell, form and report shows as they are.
NAME_PATTERN = r"[A-Za-z0-9][A-Za-z0-9 ._()+,=@-]*(/[A-Za-z0-9][A-Za-z0-9 ._()+,=@-]*)*"
CONTENT_TYPE_PATTERN = r"[a-z]+/[a-z0-9][a-z0-9.+-]{0,100}(; ?charset=[A-Za-z0-9-]{1,20})?"
# Ending of the name -> content type. What a file is, ingest sees by its bytes; a name with none of
# these endings is most likely a file that nobody meant to drop.
CONTENT_TYPES: Mapping[str, str] = {
    ".csv": "text/csv",
    ".csv.gz": "application/gzip",
    ".tsv": "text/tab-separated-values",
    ".tsv.gz": "application/gzip",
    ".txt": "text/plain",
    ".txt.gz": "application/gzip",
    ".jsonl": "application/x-ndjson",
    ".jsonl.gz": "application/gzip",
    ".ndjson": "application/x-ndjson",
    ".ndjson.gz": "application/gzip",
    ".parquet": "application/vnd.apache.parquet",
    ".xls": "application/vnd.ms-excel",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
MAX_REASON_CHARACTERS = 500
FILES_A_PAGE = 50
MODELS_A_PAGE = 50
ROLLBACKS_A_PAGE = 50
