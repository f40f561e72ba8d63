"""S3's versions, lists and multipart uploads."""

from typing import Any

from proofs.probes.probe import describe_call, make_probes
from proofs.probes.resources import (
    begin_upload,
    make_bucket,
    make_versioned_bucket,
    upload_parts,
)
from proofs.probes.target import Target

_PART = 5 * 1024 * 1024
# In the order of their UTF-8 bytes; by UTF-16 the last two would be in the other order.
_KEYS = ("list/A", "list/a", "list/a/b", "list/é", "list/\ufffd", "list/\U0001f600")


def _open(target: Target) -> tuple[Any, str]:
    return target.client("s3"), target.once(make_bucket)


def _read_older(target: Target) -> str:
    s3 = target.client("s3")
    which = {"Bucket": target.once(make_versioned_bucket), "Key": "older"}
    versions = [s3.put_object(**which, Body=body)["VersionId"] for body in (b"1", b"2", b"2")]
    bodies = [s3.get_object(**which, VersionId=v)["Body"].read().decode() for v in versions]
    return f"{' '.join(bodies)}, {len(set(versions))} versions"


def _read_unversioned(target: Target) -> str:
    s3, bucket = _open(target)
    which = {"Bucket": bucket, "Key": "plain"}
    put = s3.put_object(**which, Body=b"1").get("VersionId")
    head = s3.head_object(**which).get("VersionId")
    by_null = describe_call(lambda: s3.get_object(**which, VersionId="null"))
    return f"put {put}, head {head}, read as null {by_null}"


def _read_missing_version(target: Target) -> str:
    s3 = target.client("s3")
    which = {"Bucket": target.once(make_versioned_bucket), "Key": "gone"}
    s3.put_object(**which, Body=b"1")
    gone = s3.put_object(**which, Body=b"2")["VersionId"]
    s3.delete_object(**which, VersionId=gone)
    return describe_call(lambda: s3.get_object(**which, VersionId=gone))


def _list_in_order(target: Target) -> str:
    s3, bucket = target.client("s3"), make_bucket(target)
    for key in reversed(_KEYS):
        s3.put_object(Bucket=bucket, Key=key, Body=b"1")
    pages = s3.get_paginator("list_objects_v2").paginate(
        Bucket=bucket, Prefix="list/", PaginationConfig={"PageSize": 2}
    )
    found = [[item["Key"] for item in page.get("Contents", ())] for page in pages]
    listed = tuple(key for page in found for key in page)
    order = "by UTF-8 bytes" if listed == _KEYS else "in another order"
    return f"{order}, in {len(found)} pages of 2"


def _measure_keys(target: Target) -> str:
    s3, bucket = _open(target)
    longest = "k/" + "é" * 511
    taken, refused = (
        describe_call(lambda key=key: s3.put_object(Bucket=bucket, Key=key, Body=b""))  # type: ignore[misc]
        for key in (longest, longest + "x")
    )
    return f"1024 bytes {taken}, 1025 {refused}"


def _complete_upload(target: Target) -> str:
    s3, bucket = _open(target)
    upload = begin_upload(s3, bucket, "parts")
    whole = upload_parts(s3, upload, bytes(_PART), b"end")
    before = describe_call(lambda: s3.head_object(Bucket=bucket, Key="parts")).split()[0]
    s3.complete_multipart_upload(**whole)
    found = s3.head_object(Bucket=bucket, Key="parts")
    etag = found["ETag"].strip('"').partition("-")[2]
    return f"{before} before, {found['ContentLength'] - _PART} bytes over, ETag ends with -{etag}"


def _abort_upload(target: Target) -> str:
    s3, bucket = _open(target)
    upload = begin_upload(s3, bucket, "aborted")
    upload_parts(s3, upload, b"1")
    s3.abort_multipart_upload(**upload)
    uploads = s3.list_multipart_uploads(Bucket=bucket, Prefix="aborted").get("Uploads", [])
    more = describe_call(lambda: s3.upload_part(**upload, PartNumber=2, Body=b"2"))
    return f"{len(uploads)} left, then {more}"


def _complete_small_parts(target: Target) -> str:
    s3, bucket = _open(target)
    whole = upload_parts(s3, begin_upload(s3, bucket, "small"), b"1", b"1")
    return describe_call(lambda: s3.complete_multipart_upload(**whole))


_VERSIONS = "Amazon S3 User Guide: Retaining multiple versions of objects with S3 Versioning"
_PARTS = "Amazon S3 User Guide: Uploading and copying objects using multipart upload"
PROBES = make_probes(
    "S3: objects",
    (
        "An older version is read by its id, and the same bytes again are a version of their own",
        "1 2 2, 3 versions",
        _VERSIONS,
        "ingest reads the version that the event names",
        _read_older,
    ),
    (
        "In a bucket without versions",
        "put None, head None, read as null ok",
        _VERSIONS,
        "storage/s3.py find_version_id",
        _read_unversioned,
    ),
    (
        "A version that was deleted",
        "404 NoSuchVersion",
        "Amazon S3 API Reference: Error responses",
        "storage/s3.py: not found, not broken",
        _read_missing_version,
    ),
    (
        "Keys are listed in the order of their UTF-8 bytes, page by page",
        "by UTF-8 bytes, in 3 pages of 2",
        "Amazon S3 API Reference: ListObjectsV2",
        "storage/s3.py list_keys",
        _list_in_order,
    ),
    (
        "A key has at most 1,024 bytes of UTF-8",
        "1024 bytes ok, 1025 400 KeyTooLongError",
        "Amazon S3 User Guide: Naming Amazon S3 objects",
        "contracts/keys.py",
        _measure_keys,
    ),
    (
        "A multipart upload exists when it is complete, and not before",
        "404 before, 3 bytes over, ETag ends with -2",
        _PARTS,
        "storage/s3.py write_file: clean parts",
        _complete_upload,
    ),
    (
        "An aborted upload leaves nothing",
        "0 left, then 404 NoSuchUpload",
        _PARTS,
        "storage/s3.py write_file",
        _abort_upload,
    ),
    (
        "A part below 5 MiB that is not the last",
        "400 EntityTooSmall",
        "Amazon S3 User Guide: Amazon S3 multipart upload limits",
        "storage/s3.py write_file: the library's parts are larger",
        _complete_small_parts,
    ),
)
