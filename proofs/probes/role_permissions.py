"""IAM: what a role that may not is told. Roles are taken by STS, as Lambda takes a function's."""

from typing import Any

from proofs.probes.functions.synchronous_calls import call
from proofs.probes.lambda_functions import SOURCE
from proofs.probes.probe import Probe, outcome
from proofs.probes.resources import (
    allow,
    make_bucket,
    make_function,
    make_role,
    take_role,
    write_policy,
)
from proofs.probes.target import Target

_LOGS = ("logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents")


def make_guarded(target: Target) -> str:
    """Return a versioned bucket with an object under ``mine/`` and one under ``other/``."""
    bucket = make_bucket(target, versioned=True)
    for key in ("mine/1", "other/1"):
        target.client("s3").put_object(Bucket=bucket, Key=key, Body=b"1")
    return bucket


def take_narrow_role(target: Target) -> tuple[Any, str]:
    """Return a client that may read, write and list under ``mine/`` alone, and the bucket."""
    bucket = target.once(make_guarded)
    arn = f"arn:aws:s3:::{bucket}"
    client = take_role(
        target,
        "s3",
        [
            allow(["s3:GetObject", "s3:PutObject"], [f"{arn}/mine/*"]),
            allow(
                ["s3:ListBucket"],
                [arn],
                Condition={"StringLike": {"s3:prefix": ["mine/*"]}},
            ),
        ],
    )
    return client, bucket


def read_by_prefix(target: Target) -> str:
    s3, bucket = target.once(take_narrow_role)
    inside, outside = (
        outcome(lambda key=key: s3.get_object(Bucket=bucket, Key=key))  # type: ignore[misc]
        for key in ("mine/1", "other/1")
    )
    return f"inside {inside}, outside {outside}"


def write_by_prefix(target: Target) -> str:
    s3, bucket = target.once(take_narrow_role)
    inside, outside = (
        outcome(lambda key=key: s3.put_object(Bucket=bucket, Key=key, Body=b"2"))  # type: ignore[misc]
        for key in ("mine/2", "other/2")
    )
    return f"inside {inside}, outside {outside}"


def list_by_prefix(target: Target) -> str:
    s3, bucket = target.once(take_narrow_role)
    inside, outside, whole = (
        outcome(lambda prefix=prefix: s3.list_objects_v2(Bucket=bucket, Prefix=prefix))  # type: ignore[misc]
        for prefix in ("mine/", "other/", "")
    )
    return f"inside {inside}, outside {outside}, whole {whole}"


def find_missing(target: Target) -> str:
    s3, bucket = target.once(take_narrow_role)
    lists = outcome(lambda: s3.get_object(Bucket=bucket, Key="mine/none"))
    blind = take_role(target, "s3", [allow(["s3:GetObject"], [f"arn:aws:s3:::{bucket}/mine/*"])])
    lists_not = outcome(lambda: blind.get_object(Bucket=bucket, Key="mine/none"))
    return f"with {lists}, without {lists_not}"


def read_version(target: Target) -> str:
    s3, bucket = target.once(take_narrow_role)
    found = target.client("s3").head_object(Bucket=bucket, Key="mine/1")["VersionId"]
    return outcome(lambda: s3.get_object(Bucket=bucket, Key="mine/1", VersionId=found))


def abort_upload(target: Target) -> str:
    s3, bucket = target.once(take_narrow_role)
    begun = s3.create_multipart_upload(Bucket=bucket, Key="mine/large")
    which = {"Bucket": bucket, "Key": "mine/large", "UploadId": begun["UploadId"]}
    part = outcome(lambda: s3.upload_part(**which, PartNumber=1, Body=b"1"))
    return f"piece {part}, abort {outcome(lambda: s3.abort_multipart_upload(**which))}"


def swap_without_read(target: Target) -> str:
    bucket = target.once(make_guarded)
    target.client("s3").put_object(Bucket=bucket, Key="mine/swap", Body=b"1")
    arn = f"arn:aws:s3:::{bucket}/mine/*"
    writer = take_role(target, "s3", [allow(["s3:PutObject"], [arn])])
    etag = target.client("s3").head_object(Bucket=bucket, Key="mine/swap")["ETag"]
    create = outcome(
        lambda: writer.put_object(Bucket=bucket, Key="mine/new", Body=b"1", IfNoneMatch="*")
    )
    swap = outcome(
        lambda: writer.put_object(Bucket=bucket, Key="mine/swap", Body=b"2", IfMatch=etag)
    )
    return f"create {create}, swap {swap}"


def deny_by_bucket(target: Target) -> str:
    own = make_bucket(target)
    target.client("s3").put_object(Bucket=own, Key="k", Body=b"1")
    reader = take_role(target, "s3", [allow(["s3:GetObject"], [f"arn:aws:s3:::{own}/*"])])
    before = outcome(lambda: reader.get_object(Bucket=own, Key="k"))
    deny = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{own}/*",
    }
    target.client("s3").put_bucket_policy(Bucket=own, Policy=write_policy([deny]))
    return f"before {before}, with it {outcome(lambda: reader.get_object(Bucket=own, Key='k'))}"


def refuse_plain(target: Target) -> str:
    """A bucket's policy as the product's: denied where the request is not over TLS."""
    bucket = make_bucket(target)
    target.client("s3").put_object(Bucket=bucket, Key="k", Body=b"1")
    reader = take_role(target, "s3", [allow(["s3:GetObject"], [f"arn:aws:s3:::{bucket}/*"])])
    deny = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    target.client("s3").put_bucket_policy(Bucket=bucket, Policy=write_policy([deny]))
    url = reader.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "k"})
    host = url.partition("://")[2]
    secure, plain = (_ask(target, f"{scheme}://{host}") for scheme in ("https", "http"))
    return f"https {secure}, http {plain}"


def _ask(target: Target, url: str) -> str:
    try:
        return str(target.fetch(url).status)
    except OSError:
        return "without answer"


def read_as_function(target: Target) -> str:
    bucket = target.once(make_guarded)
    logs = allow(_LOGS, ["*"])
    reads = allow(["s3:GetObject"], [f"arn:aws:s3:::{bucket}/mine/*"])
    role = make_role(target, {"Service": "lambda.amazonaws.com"}, [logs, reads])
    name = make_function(target, {"handler.py": SOURCE}, role=role, Timeout=30)
    inside, outside = (
        call(target, name, {"do": "read", "bucket": bucket, "key": key})[1]
        for key in ("mine/1", "other/1")
    )
    return f"inside {inside}, outside {outside}"


def call_without_leave(target: Target) -> str:
    client = take_role(target, "lambda", [])
    return outcome(client.list_functions)


_ROLES = "IAM User Guide: Policy evaluation logic"
_LIST = "Amazon S3 User Guide: Bucket policy examples using condition keys (s3:prefix)"
_TABLE = "cdk/permissions.py"
_ROWS = (
    (
        "A role that may read under a prefix",
        "inside ok, outside 403 AccessDenied",
        _ROLES,
        _TABLE,
        read_by_prefix,
    ),
    (
        "A role that may write under a prefix",
        "inside ok, outside 403 AccessDenied",
        _ROLES,
        _TABLE,
        write_by_prefix,
    ),
    (
        "A role that may list under a prefix",
        "inside ok, outside 403 AccessDenied, whole 403 AccessDenied",
        _LIST,
        f"{_TABLE}: Access.lists",
        list_by_prefix,
    ),
    (
        "A key that is not there, to a role with and without leave to list",
        "with 404 NoSuchKey, without 403 AccessDenied",
        "Amazon S3 API Reference: GetObject (Permissions)",
        f"{_TABLE}: Access.lists",
        find_missing,
    ),
    (
        "A version read with s3:GetObject and without s3:GetObjectVersion",
        "403 AccessDenied",
        "Amazon S3 API Reference: GetObject (Permissions)",
        f"{_TABLE}: READ_VERSION",
        read_version,
    ),
    (
        "An upload in pieces without s3:AbortMultipartUpload",
        "piece ok, abort 403 AccessDenied",
        "Amazon S3 User Guide: Multipart upload API and permissions",
        f"{_TABLE}: WRITE_LARGE",
        abort_upload,
    ),
    (
        "Conditional writes with s3:PutObject and without s3:GetObject",
        "create ok, swap 403 AccessDenied",
        "Amazon S3 User Guide: How to prevent object overwrites with conditional writes",
        f"{_TABLE}: pointers are READ_WRITE, records WRITE",
        swap_without_read,
    ),
    (
        "A bucket's policy that denies what the role may",
        "before ok, with it 403 AccessDenied",
        _ROLES,
        "cdk/buckets.py",
        deny_by_bucket,
    ),
    (
        "A bucket that is for TLS alone",
        "https 200, http 403",
        "Amazon S3 User Guide: Security best practices for Amazon S3 (encryption in transit)",
        "cdk/buckets.py: enforce_ssl",
        refuse_plain,
    ),
    (
        "A function reads by its own role",
        "inside 1, outside AccessDenied",
        "AWS Lambda Developer Guide: Defining Lambda function permissions with an execution role",
        _TABLE,
        read_as_function,
    ),
    (
        "A role without any statement calls Lambda's API",
        "403 AccessDeniedException",
        _ROLES,
        _TABLE,
        call_without_leave,
    ),
)
PROBES = tuple(
    Probe(name=name, service="IAM", aws=aws, source=source, relied_on=relied, look=look)
    for name, aws, source, relied, look in _ROWS
)
