"""S3's events as EventBridge delivers them, and what a rule lets through."""

import json
from typing import Any

from proofs.probes.probe import Probe
from proofs.probes.resources import (
    await_events,
    make_bucket,
    make_queue,
    make_rule,
    match_all_but,
    match_objects,
    receive,
)
from proofs.probes.s3.upload_forms import post_form
from proofs.probes.target import Target

_ODD_KEY = "raw/a b+c%2Fé\n(1).csv"
_TWICE = "raw/twice.csv"
_FIRST = "raw/first.csv"
_LEFT_OUT = ("score/a.csv", "reports/a.txt", "score/")
# Those that begin nearly as what is left out, an empty folder, and letters beyond ASCII.
_LET_THROUGH = ("Score/a", "raw/a", "raw/", "score", "scored/a", "é a")
_FIELDS = {
    "detail": {
        *("version", "bucket", "object", "request-id", "requester"),
        *("source-ip-address", "reason"),
    },
    "envelope": {
        *("version", "id", "detail-type", "source", "account", "time", "region"),
        *("resources", "detail"),
    },
}


def capture(target: Target) -> dict[str, list[Any]]:
    """Write to a versioned bucket in several ways; return what a rule for ``raw/`` let through,
    by key. The last write's event ends the wait."""
    s3 = target.client("s3")
    bucket = make_bucket(target, versioned=True, events=True)
    url, arn = make_queue(target, open_to="events.amazonaws.com")
    make_rule(target, match_objects(bucket, "raw/"), {"Arn": arn})
    await_events(target, bucket, _FIRST, url)
    s3.put_object(Bucket=bucket, Key="other/not-asked-for.csv", Body=b"1")
    s3.put_object(Bucket=bucket, Key=_ODD_KEY, Body=b"12345")
    for body in (b"1", b"2", b"2"):
        s3.put_object(Bucket=bucket, Key=_TWICE, Body=body)
    copied = {"Bucket": bucket, "Key": _TWICE}
    s3.copy_object(Bucket=bucket, Key="raw/copied.csv", CopySource=copied)
    begun = s3.create_multipart_upload(Bucket=bucket, Key="raw/pieces.csv")
    which = {"Bucket": bucket, "Key": "raw/pieces.csv", "UploadId": begun["UploadId"]}
    part = s3.upload_part(**which, PartNumber=1, Body=b"1")
    parts = [{"PartNumber": 1, "ETag": part["ETag"]}]
    s3.complete_multipart_upload(**which, MultipartUpload={"Parts": parts})
    s3.put_object(Bucket=bucket, Key="raw/deleted.csv", Body=b"1")
    s3.delete_object(Bucket=bucket, Key="raw/deleted.csv")
    s3.put_object(Bucket=bucket, Key="raw/last.csv", Body=b"")
    found: dict[str, list[Any]] = {}

    def is_all() -> bool | None:
        message = receive(target, url)
        if message is None:
            return None
        event = json.loads(message["Body"])
        if event["detail"]["object"]["key"] != _FIRST:
            found.setdefault(event["detail"]["object"]["key"], []).append(event)
        return True if sum(len(events) for events in found.values()) >= 8 else None

    try:
        target.wait_for(is_all)
    except TimeoutError:
        if not found:
            raise
    return found


def _take(target: Target, key: str) -> Any:
    return target.once(capture)[key][0]


def name_fields(target: Target) -> str:
    event = _take(target, "raw/last.csv")
    lacks = [
        f"{place} lacks {', '.join(sorted(wanted - set(found)))}"
        for place, wanted, found in (
            ("event", _FIELDS["envelope"], event),
            ("detail", _FIELDS["detail"], event["detail"]),
        )
        if wanted - set(found)
    ]
    return "; ".join(lacks) or "all"


def name_object_fields(target: Target) -> str:
    return " ".join(sorted(_take(target, _TWICE)["detail"]["object"]))


def keep_odd_key(target: Target) -> str:
    keys = target.once(capture)
    return "as it is" if _ODD_KEY in keys else "changed"


def grow_sequencers(target: Target) -> str:
    events = target.once(capture)[_TWICE]
    s3, bucket = target.client("s3"), events[0]["detail"]["bucket"]["name"]
    listed = s3.list_object_versions(Bucket=bucket, Prefix=_TWICE)["Versions"]
    by_version = {
        event["detail"]["object"].get("version-id"): event["detail"]["object"].get("sequencer", "")
        for event in events
    }
    # Listed newest first.
    told = [by_version.get(item["VersionId"], "") for item in reversed(listed)]
    width = max(map(len, told))
    padded = [number.upper().ljust(width, "0") for number in told]
    if not all(told) or len(told) != 3:
        return "not there for each version"
    return "grow" if padded == sorted(set(padded)) else "do not grow"


def name_reasons(target: Target) -> str:
    return ", ".join(
        _take(target, key)["detail"].get("reason", "none")
        for key in ("raw/last.csv", "raw/copied.csv", "raw/pieces.csv")
    )


def filter_keys(target: Target) -> str:
    return ", ".join(sorted({key.partition("/")[0] for key in target.once(capture)}))


def filter_other_keys(target: Target) -> str:
    """Write under prefixes that a rule leaves out and beside them; return what it let through."""
    bucket = make_bucket(target, events=True)
    url, arn = make_queue(target, open_to="events.amazonaws.com")
    make_rule(target, match_all_but(bucket, ["score/", "reports/"]), {"Arn": arn})
    await_events(target, bucket, "first", url)
    for key in (*_LEFT_OUT, *_LET_THROUGH):
        target.client("s3").put_object(Bucket=bucket, Key=key, Body=b"1")
    found: list[str] = []
    while not set(found) >= set(_LET_THROUGH):
        message = target.wait_for(lambda: receive(target, url))
        found.append(json.loads(message["Body"])["detail"]["object"]["key"])
    return ", ".join(sorted(found))


def tell_deletes(target: Target) -> str:
    return f"{len(target.once(capture)['raw/deleted.csv'])} for a write and a delete"


def capture_plain(target: Target) -> dict[str, Any]:
    """Return the details of the events of a write and a form in a bucket without versions."""
    bucket = make_bucket(target, events=True)
    url, arn = make_queue(target, open_to="events.amazonaws.com")
    make_rule(target, match_objects(bucket, ""), {"Arn": arn})
    await_events(target, bucket, "first", url)
    target.client("s3").put_object(Bucket=bucket, Key="one", Body=b"1")
    post_form(target, bucket=bucket)
    events = [json.loads(target.wait_for(lambda: receive(target, url))["Body"]) for _ in range(2)]
    return {event["detail"]["object"]["key"]: event["detail"] for event in events}


def name_plain_fields(target: Target) -> str:
    events = target.once(capture_plain)
    return " ".join(sorted(events["one"]["object"]))


def name_form_reason(target: Target) -> str:
    return str(target.once(capture_plain)["form/one.csv"]["reason"])


_MESSAGE = "Amazon S3 User Guide: EventBridge event message structure"
_READER = "runtime/s3_events.py"
_ROWS = (
    ("The event has every field that AWS documents", "all", _MESSAGE, _READER, name_fields),
    (
        "The object of a versioned bucket's event",
        "etag key sequencer size version-id",
        _MESSAGE,
        f"{_READER}: the version that is read, the order of drops (promise 2)",
        name_object_fields,
    ),
    (
        "The object of an event of a bucket without versions",
        "etag key sequencer size",
        _MESSAGE,
        f"{_READER}: the current version's move",
        name_plain_fields,
    ),
    (
        "A key with blanks, signs and letters beyond ASCII comes",
        "as it is",
        "Amazon S3 User Guide: Using EventBridge (other notifications quote keys)",
        _READER,
        keep_odd_key,
    ),
    (
        "Sequencers of one key's versions",
        "grow",
        "Amazon S3 User Guide: Event message structure (sequencer)",
        "storage/versions.py is_newer, promise 2",
        grow_sequencers,
    ),
    (
        "The reason of a write, a copy and an upload in pieces",
        "PutObject, CopyObject, CompleteMultipartUpload",
        _MESSAGE,
        "any of them is a drop",
        name_reasons,
    ),
    ("The reason of a signed form", "POST Object", _MESSAGE, "POST /uploads", name_form_reason),
    (
        "A rule for a prefix lets through the keys under",
        "raw",
        "Amazon EventBridge User Guide: Comparison operators in event patterns",
        "cdk/triggers.py",
        filter_keys,
    ),
    (
        "A rule for all but a list of prefixes lets through the other keys",
        ", ".join(sorted(_LET_THROUGH)),
        "Event Ruler, the library of EventBridge's rules: README (anything-but prefix list)",
        "cdk/triggers.py: a stray drop gets its report, and a report starts nothing",
        filter_other_keys,
    ),
    (
        "Object Created events",
        "1 for a write and a delete",
        "Amazon S3 User Guide: Using EventBridge",
        "cdk/triggers.py",
        tell_deletes,
    ),
)
PROBES = tuple(
    Probe(name=name, service="S3: events", aws=aws, source=source, relied_on=relied, look=look)
    for name, aws, source, relied, look in _ROWS
)
