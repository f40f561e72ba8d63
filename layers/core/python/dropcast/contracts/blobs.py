"""An object of a bucket, as every store hands it on."""

from dropcast.contracts.serialization.frozen import dataclass


@dataclass(frozen=True, kw_only=True)
class Blob:
    """An object's bytes and the ETag that a compare-and-swap needs."""

    body: bytes
    etag: str
