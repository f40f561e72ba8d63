"""S3's conditional writes, on which pointers, ledger and registry rely."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from proofs.probes.probe import describe_call, make_probes
from proofs.probes.resources import make_bucket, make_versioned_bucket
from proofs.probes.target import Target

_RACERS = 8
_MD5_OF_SAME = '"51037a4a37730f52c8732586d3aaa316"'


def _open(target: Target, *, versioned: bool = False) -> tuple[Any, str]:
    return target.client("s3"), target.once(make_versioned_bucket if versioned else make_bucket)


def _create_twice(target: Target) -> str:
    s3, bucket = _open(target)
    first, second = (
        describe_call(
            lambda body=body: s3.put_object(  # type: ignore[misc]
                Bucket=bucket, Key="create", Body=body, IfNoneMatch="*"
            )
        )
        for body in (b"1", b"2")
    )
    body = s3.get_object(Bucket=bucket, Key="create")["Body"].read().decode()
    return f"{first}, then {second}, kept {body}"


def _create_after_delete(target: Target) -> str:
    s3, bucket = _open(target, versioned=True)
    which = {"Bucket": bucket, "Key": "again"}
    s3.put_object(**which, Body=b"1")
    s3.delete_object(**which)
    return describe_call(lambda: s3.put_object(**which, Body=b"2", IfNoneMatch="*"))


def _swap_current(target: Target) -> str:
    s3, bucket = _open(target)
    which = {"Bucket": bucket, "Key": "swap"}
    s3.put_object(**which, Body=b"1")
    etag = s3.get_object(**which)["ETag"]
    return describe_call(lambda: s3.put_object(**which, Body=b"2", IfMatch=etag))


def _swap_stale(target: Target) -> str:
    s3, bucket = _open(target)
    which = {"Bucket": bucket, "Key": "stale"}
    etag = s3.put_object(**which, Body=b"1")["ETag"]
    s3.put_object(**which, Body=b"2")
    seen = describe_call(lambda: s3.put_object(**which, Body=b"3", IfMatch=etag))
    return f"{seen}, kept {s3.get_object(**which)['Body'].read().decode()}"


def _swap_missing(target: Target) -> str:
    s3, bucket = _open(target)
    etag = '"d41d8cd98f00b204e9800998ecf8427e"'
    return describe_call(lambda: s3.put_object(Bucket=bucket, Key="none", Body=b"1", IfMatch=etag))


def _swap_deleted(target: Target) -> str:
    s3, bucket = _open(target, versioned=True)
    which = {"Bucket": bucket, "Key": "deleted"}
    etag = s3.put_object(**which, Body=b"1")["ETag"]
    s3.delete_object(**which)
    return describe_call(lambda: s3.put_object(**which, Body=b"2", IfMatch=etag))


def _compare_etags(target: Target) -> str:
    s3, bucket = _open(target)
    which = {"Bucket": bucket, "Key": "etag"}
    etags = [s3.put_object(**which, Body=b"same")["ETag"] for _ in range(2)]
    etags += [s3.get_object(**which)["ETag"], s3.head_object(**which)["ETag"]]
    forms = "one form" if len(set(etags)) == 1 else "several forms"
    return f"{forms}, {'quoted MD5' if etags[0] == _MD5_OF_SAME else 'another'}"


def _race(target: Target, key: str, **condition: str) -> str:
    """Let writers of one key race; return how many won and with which codes the others failed."""
    s3, bucket = _open(target)

    def write(number: int) -> str:
        body = str(number).encode()
        return describe_call(lambda: s3.put_object(Bucket=bucket, Key=key, Body=body, **condition))

    with ThreadPoolExecutor(_RACERS) as pool:
        results = list(pool.map(write, range(_RACERS)))
    won = results.count("ok")
    expected = {"ok", "412 PreconditionFailed", "409 ConditionalRequestConflict"}
    odd = sorted(set(results) - expected)
    return f"{won} of {_RACERS} wins" + (f", others {', '.join(odd)}" if odd else "")


def _race_creates(target: Target) -> str:
    return _race(target, "race-create", IfNoneMatch="*")


def _race_swaps(target: Target) -> str:
    s3, bucket = _open(target)
    etag = s3.put_object(Bucket=bucket, Key="race-swap", Body=b"start")["ETag"]
    return _race(target, "race-swap", IfMatch=etag)


def _read_if_changed(target: Target) -> str:
    s3, bucket = _open(target)
    which = {"Bucket": bucket, "Key": "cached"}
    etag = s3.put_object(**which, Body=b"1")["ETag"]
    same = describe_call(lambda: s3.get_object(**which, IfNoneMatch=etag))
    s3.put_object(**which, Body=b"2")
    changed = describe_call(lambda: s3.get_object(**which, IfNoneMatch=etag))
    return f"{same.split()[0]}, then {changed}"


_WRITES = "Amazon S3 User Guide: How to prevent object overwrites with conditional writes"
PROBES = make_probes(
    "S3: conditional writes",
    (
        "If-None-Match: * writes a key once",
        "ok, then 412 PreconditionFailed, kept 1",
        _WRITES,
        "storage/s3.py create: manifests, records, claims",
        _create_twice,
    ),
    (
        "If-None-Match: * writes a key whose current version is a delete marker",
        "ok",
        _WRITES,
        "storage/s3.py create, in a versioned bucket",
        _create_after_delete,
    ),
    ("If-Match with the current ETag writes", "ok", _WRITES, "storage/s3.py swap", _swap_current),
    (
        "If-Match with an older ETag is refused",
        "412 PreconditionFailed, kept 2",
        _WRITES,
        "storage/s3.py swap: promise 4",
        _swap_stale,
    ),
    (
        "If-Match on a key that never existed",
        "404 NoSuchKey",
        _WRITES,
        "storage/s3.py swap: lost, not broken",
        _swap_missing,
    ),
    (
        "If-Match on a key whose current version is a delete marker",
        "404 NoSuchKey",
        _WRITES,
        "storage/s3.py swap: lost, not broken",
        _swap_deleted,
    ),
    (
        "Writers that create one key at once",
        f"1 of {_RACERS} wins",
        _WRITES,
        "storage/ledger.py, promise 1",
        _race_creates,
    ),
    (
        "Writers that swap one ETag at once",
        f"1 of {_RACERS} wins",
        _WRITES,
        "storage/versions.py and registry.py, promise 4",
        _race_swaps,
    ),
    (
        "The ETag of put, get and head, and of the same bytes again",
        "one form, quoted MD5",
        "Amazon S3 API Reference: Object (ETag)",
        "storage/versions.py and registry.py: fences are numbers in the body (ADR 17)",
        _compare_etags,
    ),
    (
        "If-None-Match with the current ETag reads nothing",
        "304, then ok",
        "Amazon S3 API Reference: GetObject",
        "storage/http/bucket.py: each request checks the champion",
        _read_if_changed,
    ),
)
