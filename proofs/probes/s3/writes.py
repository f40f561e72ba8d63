"""S3: conditional writes, the ground that pointers, ledger and registry stand on."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from proofs.probes.probe import Probe, outcome
from proofs.probes.resources import make_bucket
from proofs.probes.target import Target

_SOURCE = "Amazon S3 User Guide: How to prevent object overwrites with conditional writes"
_RACERS = 8


def make_plain_bucket(target: Target) -> str:
    return make_bucket(target)


def make_versioned_bucket(target: Target) -> str:
    return make_bucket(target, versioned=True)


def _open(target: Target, *, versioned: bool = False) -> tuple[Any, str]:
    make = make_versioned_bucket if versioned else make_plain_bucket
    return target.client("s3"), target.once(make)


def create_twice(target: Target) -> str:
    s3, bucket = _open(target)
    first = outcome(lambda: s3.put_object(Bucket=bucket, Key="create", Body=b"1", IfNoneMatch="*"))
    second = outcome(lambda: s3.put_object(Bucket=bucket, Key="create", Body=b"2", IfNoneMatch="*"))
    body = s3.get_object(Bucket=bucket, Key="create")["Body"].read().decode()
    return f"{first}, then {second}, kept {body}"


def create_after_delete(target: Target) -> str:
    s3, bucket = _open(target, versioned=True)
    s3.put_object(Bucket=bucket, Key="again", Body=b"1")
    s3.delete_object(Bucket=bucket, Key="again")
    return outcome(lambda: s3.put_object(Bucket=bucket, Key="again", Body=b"2", IfNoneMatch="*"))


def swap_current(target: Target) -> str:
    s3, bucket = _open(target)
    s3.put_object(Bucket=bucket, Key="swap", Body=b"1")
    etag = s3.get_object(Bucket=bucket, Key="swap")["ETag"]
    return outcome(lambda: s3.put_object(Bucket=bucket, Key="swap", Body=b"2", IfMatch=etag))


def swap_stale(target: Target) -> str:
    s3, bucket = _open(target)
    etag = s3.put_object(Bucket=bucket, Key="stale", Body=b"1")["ETag"]
    s3.put_object(Bucket=bucket, Key="stale", Body=b"2")
    seen = outcome(lambda: s3.put_object(Bucket=bucket, Key="stale", Body=b"3", IfMatch=etag))
    return f"{seen}, kept {s3.get_object(Bucket=bucket, Key='stale')['Body'].read().decode()}"


def swap_missing(target: Target) -> str:
    s3, bucket = _open(target)
    etag = '"d41d8cd98f00b204e9800998ecf8427e"'
    return outcome(lambda: s3.put_object(Bucket=bucket, Key="none", Body=b"1", IfMatch=etag))


def swap_deleted(target: Target) -> str:
    s3, bucket = _open(target, versioned=True)
    etag = s3.put_object(Bucket=bucket, Key="deleted", Body=b"1")["ETag"]
    s3.delete_object(Bucket=bucket, Key="deleted")
    return outcome(lambda: s3.put_object(Bucket=bucket, Key="deleted", Body=b"2", IfMatch=etag))


def read_etags(target: Target) -> str:
    s3, bucket = _open(target)
    put = s3.put_object(Bucket=bucket, Key="etag", Body=b"same")["ETag"]
    again = s3.put_object(Bucket=bucket, Key="etag", Body=b"same")["ETag"]
    got = s3.get_object(Bucket=bucket, Key="etag")["ETag"]
    head = s3.head_object(Bucket=bucket, Key="etag")["ETag"]
    equal = "one form" if put == again == got == head else "several forms"
    return f"{equal}, {'quoted MD5' if put == MD5_OF_SAME else 'another'}"


MD5_OF_SAME = '"51037a4a37730f52c8732586d3aaa316"'


def race(target: Target, key: str, **condition: str) -> str:
    """Let writers of one key race; return how many won and what the others were told."""
    s3, bucket = _open(target)

    def write(number: int) -> str:
        body = str(number).encode()
        return outcome(lambda: s3.put_object(Bucket=bucket, Key=key, Body=body, **condition))

    with ThreadPoolExecutor(_RACERS) as pool:
        told = list(pool.map(write, range(_RACERS)))
    won = told.count("ok")
    expected = {"ok", "412 PreconditionFailed", "409 ConditionalRequestConflict"}
    odd = sorted(set(told) - expected)
    return f"{won} of {_RACERS} wins" + (f", others {', '.join(odd)}" if odd else "")


def race_creates(target: Target) -> str:
    return race(target, "race-create", IfNoneMatch="*")


def race_swaps(target: Target) -> str:
    s3, bucket = _open(target)
    etag = s3.put_object(Bucket=bucket, Key="race-swap", Body=b"start")["ETag"]
    return race(target, "race-swap", IfMatch=etag)


def read_if_changed(target: Target) -> str:
    s3, bucket = _open(target)
    etag = s3.put_object(Bucket=bucket, Key="cached", Body=b"1")["ETag"]
    same = outcome(lambda: s3.get_object(Bucket=bucket, Key="cached", IfNoneMatch=etag))
    s3.put_object(Bucket=bucket, Key="cached", Body=b"2")
    changed = outcome(lambda: s3.get_object(Bucket=bucket, Key="cached", IfNoneMatch=etag))
    return f"{same.split()[0]}, then {changed}"


def _row(name: str, aws: str, relied_on: str, look: Any, source: str = _SOURCE) -> Probe:
    return Probe(
        name=name,
        service="S3: conditional writes",
        aws=aws,
        source=source,
        relied_on=relied_on,
        look=look,
    )


PROBES = (
    _row(
        "If-None-Match: * writes a key once",
        "ok, then 412 PreconditionFailed, kept 1",
        "storage/s3.py create: manifests, records, claims",
        create_twice,
    ),
    _row(
        "If-None-Match: * takes a key whose current version is a delete marker as free",
        "ok",
        "storage/s3.py create, in a versioned bucket",
        create_after_delete,
    ),
    _row("If-Match with the current ETag writes", "ok", "storage/s3.py swap", swap_current),
    _row(
        "If-Match with an older ETag is refused",
        "412 PreconditionFailed, kept 2",
        "storage/s3.py swap: promise 4",
        swap_stale,
    ),
    _row(
        "If-Match on a key that was never there",
        "404 NoSuchKey",
        "storage/s3.py swap: lost, not broken",
        swap_missing,
    ),
    _row(
        "If-Match on a key whose current version is a delete marker",
        "404 NoSuchKey",
        "storage/s3.py swap: lost, not broken",
        swap_deleted,
    ),
    _row(
        "Of writers that create one key at once",
        f"1 of {_RACERS} wins",
        "storage/ledger.py, promise 1",
        race_creates,
    ),
    _row(
        "Of writers that swap one ETag at once",
        f"1 of {_RACERS} wins",
        "storage/versions.py and registry.py, promise 4",
        race_swaps,
    ),
    _row(
        "The ETag of put, get and head, and of the same bytes again",
        "one form, quoted MD5",
        "storage/versions.py and registry.py: fences are numbers in the body (ADR 17)",
        read_etags,
        "Amazon S3 API Reference: Object (ETag)",
    ),
    _row(
        "If-None-Match with the current ETag reads nothing",
        "304, then ok",
        "storage/s3_http.py: the champion is asked for at each request",
        read_if_changed,
        "Amazon S3 API Reference: GetObject",
    ),
)
