"""IAM's refusals, with roles that STS assumes as Lambda assumes a function's."""

from typing import Any

from proofs.probes.lambda_functions import call, make_function, make_function_role
from proofs.probes.probe import describe_call, make_probes
from proofs.probes.resources import (
    allow,
    begin_upload,
    deny,
    make_bucket,
    make_versioned_bucket,
    take_role,
    write_policy,
)
from proofs.probes.target import Target


def _make_guarded(target: Target) -> str:
    """Return a versioned bucket with an object under ``mine/`` and one under ``other/``."""
    bucket = make_versioned_bucket(target)
    for key in ("mine/1", "other/1"):
        target.client("s3").put_object(Bucket=bucket, Key=key, Body=b"1")
    return bucket


def _take_narrow_role(target: Target) -> tuple[Any, str]:
    """Return a client that may read, write and list under ``mine/`` alone, and the bucket."""
    bucket = target.once(_make_guarded)
    arn = f"arn:aws:s3:::{bucket}"
    client = take_role(
        target,
        "s3",
        allow(["s3:GetObject", "s3:PutObject"], [f"{arn}/mine/*"]),
        allow(["s3:ListBucket"], [arn], Condition={"StringLike": {"s3:prefix": ["mine/*"]}}),
    )
    return client, bucket


def _take_object_role(target: Target, action: str, bucket: str, prefix: str = "") -> Any:
    """Return a client that may do one thing with the objects under a prefix."""
    return take_role(target, "s3", allow([action], [f"arn:aws:s3:::{bucket}/{prefix}*"]))


def _read_by_prefix(target: Target) -> str:
    s3, bucket = target.once(_take_narrow_role)
    inside, outside = (
        describe_call(lambda key=key: s3.get_object(Bucket=bucket, Key=key))  # type: ignore[misc]
        for key in ("mine/1", "other/1")
    )
    return f"inside {inside}, outside {outside}"


def _write_by_prefix(target: Target) -> str:
    s3, bucket = target.once(_take_narrow_role)
    inside, outside = (
        describe_call(lambda key=key: s3.put_object(Bucket=bucket, Key=key, Body=b"2"))  # type: ignore[misc]
        for key in ("mine/2", "other/2")
    )
    return f"inside {inside}, outside {outside}"


def _list_by_prefix(target: Target) -> str:
    s3, bucket = target.once(_take_narrow_role)
    inside, outside, whole = (
        describe_call(lambda prefix=prefix: s3.list_objects_v2(Bucket=bucket, Prefix=prefix))  # type: ignore[misc]
        for prefix in ("mine/", "other/", "")
    )
    return f"inside {inside}, outside {outside}, whole {whole}"


def _read_missing(target: Target) -> str:
    s3, bucket = target.once(_take_narrow_role)
    lists = describe_call(lambda: s3.get_object(Bucket=bucket, Key="mine/none"))
    blind = _take_object_role(target, "s3:GetObject", bucket, "mine/")
    lists_not = describe_call(lambda: blind.get_object(Bucket=bucket, Key="mine/none"))
    return f"with {lists}, without {lists_not}"


def _read_version(target: Target) -> str:
    s3, bucket = target.once(_take_narrow_role)
    found = target.client("s3").head_object(Bucket=bucket, Key="mine/1")["VersionId"]
    return describe_call(lambda: s3.get_object(Bucket=bucket, Key="mine/1", VersionId=found))


def _abort_upload(target: Target) -> str:
    s3, bucket = target.once(_take_narrow_role)
    upload = begin_upload(s3, bucket, "mine/large")
    part = describe_call(lambda: s3.upload_part(**upload, PartNumber=1, Body=b"1"))
    return f"part {part}, abort {describe_call(lambda: s3.abort_multipart_upload(**upload))}"


def _swap_without_read(target: Target) -> str:
    bucket = target.once(_make_guarded)
    target.client("s3").put_object(Bucket=bucket, Key="mine/swap", Body=b"1")
    writer = _take_object_role(target, "s3:PutObject", bucket, "mine/")
    etag = target.client("s3").head_object(Bucket=bucket, Key="mine/swap")["ETag"]
    create = describe_call(
        lambda: writer.put_object(Bucket=bucket, Key="mine/new", Body=b"1", IfNoneMatch="*")
    )
    swap = describe_call(
        lambda: writer.put_object(Bucket=bucket, Key="mine/swap", Body=b"2", IfMatch=etag)
    )
    return f"create {create}, swap {swap}"


def _make_read_bucket(target: Target) -> tuple[str, Any]:
    """Return a new bucket with the key ``k``, and a client that may read its objects."""
    bucket = make_bucket(target)
    target.client("s3").put_object(Bucket=bucket, Key="k", Body=b"1")
    return bucket, _take_object_role(target, "s3:GetObject", bucket)


def _deny_by_bucket(target: Target) -> str:
    bucket, reader = _make_read_bucket(target)
    before = describe_call(lambda: reader.get_object(Bucket=bucket, Key="k"))
    policy = write_policy(deny("s3:GetObject", [f"arn:aws:s3:::{bucket}/*"]))
    target.client("s3").put_bucket_policy(Bucket=bucket, Policy=policy)
    after = describe_call(lambda: reader.get_object(Bucket=bucket, Key="k"))
    return f"before {before}, with it {after}"


def _refuse_plain(target: Target) -> str:
    """Read with and without TLS under a bucket policy as the product's."""
    bucket, reader = _make_read_bucket(target)
    resources = [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]
    policy = write_policy(deny("s3:*", resources, unless_tls=True))
    target.client("s3").put_bucket_policy(Bucket=bucket, Policy=policy)
    url = reader.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "k"})
    host = url.partition("://")[2]
    secure, plain = (_read_status(target, f"{scheme}://{host}") for scheme in ("https", "http"))
    return f"https {secure}, http {plain}"


def _read_status(target: Target, url: str) -> str:
    try:
        return str(target.fetch(url).status)
    except OSError:
        return "no response"


def _read_as_function(target: Target) -> str:
    bucket = target.once(_make_guarded)
    reads = allow(["s3:GetObject"], [f"arn:aws:s3:::{bucket}/mine/*"])
    name = make_function(target, role=make_function_role(target, reads), Timeout=30)
    inside, outside = (
        call(target, name, {"do": "read", "bucket": bucket, "key": key})[1]
        for key in ("mine/1", "other/1")
    )
    return f"inside {inside}, outside {outside}"


def _list_functions(target: Target) -> str:
    return describe_call(take_role(target, "lambda").list_functions)


_ROLES = "IAM User Guide: Policy evaluation logic"
_LIST = "Amazon S3 User Guide: Bucket policy examples using condition keys (s3:prefix)"
_TABLE = "cdk/permissions.py"
PROBES = make_probes(
    "IAM",
    (
        "A role that may read under a prefix",
        "inside ok, outside 403 AccessDenied",
        _ROLES,
        _TABLE,
        _read_by_prefix,
    ),
    (
        "A role that may write under a prefix",
        "inside ok, outside 403 AccessDenied",
        _ROLES,
        _TABLE,
        _write_by_prefix,
    ),
    (
        "A role that may list under a prefix",
        "inside ok, outside 403 AccessDenied, whole 403 AccessDenied",
        _LIST,
        f"{_TABLE}: Access.lists",
        _list_by_prefix,
    ),
    (
        "A key that does not exist, for a role with and without permission to list",
        "with 404 NoSuchKey, without 403 AccessDenied",
        "Amazon S3 API Reference: GetObject (Permissions)",
        f"{_TABLE}: Access.lists",
        _read_missing,
    ),
    (
        "A version read with s3:GetObject and without s3:GetObjectVersion",
        "403 AccessDenied",
        "Amazon S3 API Reference: GetObject (Permissions)",
        f"{_TABLE}: READ_VERSION",
        _read_version,
    ),
    (
        "A multipart upload without s3:AbortMultipartUpload",
        "part ok, abort 403 AccessDenied",
        "Amazon S3 User Guide: Multipart upload API and permissions",
        f"{_TABLE}: WRITE_LARGE",
        _abort_upload,
    ),
    (
        "Conditional writes with s3:PutObject and without s3:GetObject",
        "create ok, swap 403 AccessDenied",
        "Amazon S3 User Guide: How to prevent object overwrites with conditional writes",
        f"{_TABLE}: pointers are READ_WRITE, records WRITE",
        _swap_without_read,
    ),
    (
        "A bucket's policy that denies what the role may",
        "before ok, with it 403 AccessDenied",
        _ROLES,
        "cdk/buckets.py",
        _deny_by_bucket,
    ),
    (
        "A bucket that accepts TLS alone",
        "https 200, http 403",
        "Amazon S3 User Guide: Security best practices for Amazon S3 (encryption in transit)",
        "cdk/buckets.py: enforce_ssl",
        _refuse_plain,
    ),
    (
        "A function reads by its own role",
        "inside 1, outside AccessDenied",
        "AWS Lambda Developer Guide: Defining Lambda function permissions with an execution role",
        _TABLE,
        _read_as_function,
    ),
    (
        "A role without any statement calls Lambda's API",
        "403 AccessDeniedException",
        _ROLES,
        _TABLE,
        _list_functions,
    ),
)
