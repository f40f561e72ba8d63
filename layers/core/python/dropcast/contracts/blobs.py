"""An object of a bucket, as every store returns it, and the content types that objects have."""

from dropcast.contracts.serialization.frozen import dataclass

JSON_TYPE = "application/json"
PARQUET_TYPE = "application/vnd.apache.parquet"
CSV_TYPE = "text/csv; charset=utf-8"
TEXT_TYPE = "text/plain; charset=utf-8"
HTML_TYPE = "text/html; charset=utf-8"
# Of a scoring program, whose format is Dropcast's own.
PROGRAM_TYPE = "application/octet-stream"


@dataclass(frozen=True, kw_only=True)
class Blob:
    """An object's bytes and the ETag that a compare-and-swap needs."""

    body: bytes
    etag: str
