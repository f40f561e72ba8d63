"""Forms that store an object in a bucket without AWS credentials: S3's POST policy."""

from typing import TYPE_CHECKING

from dropcast.contracts.ports import UploadForm

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


class S3UploadForms:
    """The forms of one bucket.

    ``client`` signs with version 4 and names the bucket in the host, as the regions' own endpoints
    want it. What it signs can do no more than its role.
    """

    def __init__(self, *, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def sign_form(
        self, *, key: str, content_type: str, most_bytes: int, valid_seconds: int
    ) -> UploadForm:
        """Return a form for exactly this key and type, and 1 to ``most_bytes`` bytes."""
        form = self._client.generate_presigned_post(
            Bucket=self._bucket,
            Key=key,
            Fields={"Content-Type": content_type},
            Conditions=[{"Content-Type": content_type}, ["content-length-range", 1, most_bytes]],
            ExpiresIn=valid_seconds,
        )
        return UploadForm(url=form["url"], fields=dict(form["fields"]))
