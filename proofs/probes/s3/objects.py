"""S3: versions, lists, uploads in pieces and by form."""

from collections.abc import Callable, Sequence

from proofs.probes.probe import Probe, outcome
from proofs.probes.resources import make_bucket
from proofs.probes.s3.writes import make_plain_bucket, make_versioned_bucket
from proofs.probes.target import Target

_PIECE = 5 * 1024 * 1024
# In the order of their UTF-8 bytes; by UTF-16 the last two would change places.
_KEYS = ("list/A", "list/a", "list/a/b", "list/é", "list/\ufffd", "list/\U0001f600")


def read_older(target: Target) -> str:
    s3, bucket = target.client("s3"), target.once(make_versioned_bucket)
    versions = [
        s3.put_object(Bucket=bucket, Key="older", Body=body)["VersionId"]
        for body in (b"1", b"2", b"2")
    ]
    bodies = [
        s3.get_object(Bucket=bucket, Key="older", VersionId=version)["Body"].read().decode()
        for version in versions
    ]
    return f"{' '.join(bodies)}, {len(set(versions))} versions"


def read_unversioned(target: Target) -> str:
    s3, bucket = target.client("s3"), target.once(make_plain_bucket)
    put = s3.put_object(Bucket=bucket, Key="plain", Body=b"1").get("VersionId")
    head = s3.head_object(Bucket=bucket, Key="plain").get("VersionId")
    by_null = outcome(lambda: s3.get_object(Bucket=bucket, Key="plain", VersionId="null"))
    return f"put {put}, head {head}, read as null {by_null}"


def read_missing_version(target: Target) -> str:
    s3, bucket = target.client("s3"), target.once(make_versioned_bucket)
    s3.put_object(Bucket=bucket, Key="gone", Body=b"1")
    gone = s3.put_object(Bucket=bucket, Key="gone", Body=b"2")["VersionId"]
    s3.delete_object(Bucket=bucket, Key="gone", VersionId=gone)
    return outcome(lambda: s3.get_object(Bucket=bucket, Key="gone", VersionId=gone))


def list_in_order(target: Target) -> str:
    s3, bucket = target.client("s3"), make_bucket(target)
    for key in reversed(_KEYS):
        s3.put_object(Bucket=bucket, Key=key, Body=b"1")
    pages = s3.get_paginator("list_objects_v2").paginate(
        Bucket=bucket, Prefix="list/", PaginationConfig={"PageSize": 2}
    )
    found = [[item["Key"] for item in page.get("Contents", ())] for page in pages]
    told = tuple(key for page in found for key in page)
    order = "by UTF-8 bytes" if told == _KEYS else "in another order"
    return f"{order}, in {len(found)} pages of 2"


def measure_keys(target: Target) -> str:
    s3, bucket = target.client("s3"), target.once(make_plain_bucket)
    longest = "k/" + "é" * 511
    taken, refused = (
        outcome(lambda key=key: s3.put_object(Bucket=bucket, Key=key, Body=b""))  # type: ignore[misc]
        for key in (longest, longest + "x")
    )
    return f"1024 bytes {taken}, 1025 {refused}"


def upload_in_pieces(target: Target) -> str:
    s3, bucket = target.client("s3"), target.once(make_plain_bucket)
    begun = s3.create_multipart_upload(Bucket=bucket, Key="pieces")
    which = {"Bucket": bucket, "Key": "pieces", "UploadId": begun["UploadId"]}
    parts = [
        {"PartNumber": n, "ETag": s3.upload_part(**which, PartNumber=n, Body=body)["ETag"]}
        for n, body in ((1, bytes(_PIECE)), (2, b"end"))
    ]
    before = outcome(lambda: s3.head_object(Bucket=bucket, Key="pieces")).split()[0]
    s3.complete_multipart_upload(**which, MultipartUpload={"Parts": parts})
    found = s3.head_object(Bucket=bucket, Key="pieces")
    etag = found["ETag"].strip('"').partition("-")[2]
    return f"{before} before, {found['ContentLength'] - _PIECE} bytes over, ETag ends with -{etag}"


def upload_and_abort(target: Target) -> str:
    s3, bucket = target.client("s3"), target.once(make_plain_bucket)
    begun = s3.create_multipart_upload(Bucket=bucket, Key="aborted")
    which = {"Bucket": bucket, "Key": "aborted", "UploadId": begun["UploadId"]}
    s3.upload_part(**which, PartNumber=1, Body=b"1")
    s3.abort_multipart_upload(**which)
    uploads = s3.list_multipart_uploads(Bucket=bucket, Prefix="aborted").get("Uploads", [])
    more = outcome(lambda: s3.upload_part(**which, PartNumber=2, Body=b"2"))
    return f"{len(uploads)} left, then {more}"


def upload_small_pieces(target: Target) -> str:
    s3, bucket = target.client("s3"), target.once(make_plain_bucket)
    begun = s3.create_multipart_upload(Bucket=bucket, Key="small")
    which = {"Bucket": bucket, "Key": "small", "UploadId": begun["UploadId"]}
    parts = [
        {"PartNumber": n, "ETag": s3.upload_part(**which, PartNumber=n, Body=b"1")["ETag"]}
        for n in (1, 2)
    ]
    return outcome(lambda: s3.complete_multipart_upload(**which, MultipartUpload={"Parts": parts}))


_VERSIONS = "Amazon S3 User Guide: Retaining multiple versions of objects with S3 Versioning"
_PIECES = "Amazon S3 User Guide: Uploading and copying objects using multipart upload"
_Row = tuple[str, str, str, str, Callable[[Target], str]]
_ROWS: Sequence[_Row] = (
    (
        "An older version is read by its id, and the same bytes again are a version of their own",
        "1 2 2, 3 versions",
        _VERSIONS,
        "functions/ingest: the version that the event names is read",
        read_older,
    ),
    (
        "In a bucket without versions",
        "put None, head None, read as null ok",
        _VERSIONS,
        "storage/s3.py find_version_id",
        read_unversioned,
    ),
    (
        "A version that was deleted",
        "404 NoSuchVersion",
        "Amazon S3 API Reference: Error responses",
        "storage/s3.py: not found, not broken",
        read_missing_version,
    ),
    (
        "Keys are listed in the order of their UTF-8 bytes, page by page",
        "by UTF-8 bytes, in 3 pages of 2",
        "Amazon S3 API Reference: ListObjectsV2",
        "storage/s3.py list_keys",
        list_in_order,
    ),
    (
        "A key has at most 1,024 bytes of UTF-8",
        "1024 bytes ok, 1025 400 KeyTooLongError",
        "Amazon S3 User Guide: Naming Amazon S3 objects",
        "contracts/keys.py",
        measure_keys,
    ),
    (
        "An upload in pieces is there when it is complete, and not before",
        "404 before, 3 bytes over, ETag ends with -2",
        _PIECES,
        "storage/s3.py write_file: clean parts",
        upload_in_pieces,
    ),
    (
        "An aborted upload leaves nothing",
        "0 left, then 404 NoSuchUpload",
        _PIECES,
        "storage/s3.py write_file",
        upload_and_abort,
    ),
    (
        "A piece below 5 MiB that is not the last",
        "400 EntityTooSmall",
        "Amazon S3 User Guide: Amazon S3 multipart upload limits",
        "storage/s3.py write_file: the library's pieces are larger",
        upload_small_pieces,
    ),
)
PROBES = tuple(
    Probe(name=name, service="S3: objects", aws=aws, source=source, relied_on=relied, look=look)
    for name, aws, source, relied, look in _ROWS
)
