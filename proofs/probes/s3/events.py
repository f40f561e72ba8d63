"""S3's events as EventBridge delivers them, and the events that a rule matches."""

import json
from typing import Any

from proofs.probes.probe import make_probes
from proofs.probes.resources import (
    begin_upload,
    match_all_but,
    match_objects,
    receive,
    upload_parts,
    watch_bucket,
)
from proofs.probes.s3.upload_forms import post_form
from proofs.probes.target import Target

_ODD_KEY = "raw/a b+c%2Fé\n(1).csv"
_TWICE = "raw/twice.csv"
_FIRST = "raw/first.csv"
_LEFT_OUT = ("score/a.csv", "reports/a.txt", "score/")
# Keys that begin nearly as those left out, an empty folder, and characters beyond ASCII.
_DELIVERED = ("Score/a", "raw/a", "raw/", "score", "scored/a", "é a")
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


def _capture(target: Target) -> dict[str, list[Any]]:
    """Write to a versioned bucket in several ways; return a rule's events below ``raw/``, by key.

    The last write's event ends the wait.
    """
    s3 = target.client("s3")
    bucket, url = watch_bucket(
        target, lambda name: match_objects(name, "raw/"), versioned=True, first_key=_FIRST
    )
    s3.put_object(Bucket=bucket, Key="other/not-asked-for.csv", Body=b"1")
    s3.put_object(Bucket=bucket, Key=_ODD_KEY, Body=b"12345")
    for body in (b"1", b"2", b"2"):
        s3.put_object(Bucket=bucket, Key=_TWICE, Body=body)
    copied = {"Bucket": bucket, "Key": _TWICE}
    s3.copy_object(Bucket=bucket, Key="raw/copied.csv", CopySource=copied)
    upload = begin_upload(s3, bucket, "raw/parts.csv")
    s3.complete_multipart_upload(**upload_parts(s3, upload, b"1"))
    s3.put_object(Bucket=bucket, Key="raw/deleted.csv", Body=b"1")
    s3.delete_object(Bucket=bucket, Key="raw/deleted.csv")
    s3.put_object(Bucket=bucket, Key="raw/last.csv", Body=b"")
    found: dict[str, list[Any]] = {}

    def is_complete() -> bool | None:
        message = receive(target, url)
        if message is None:
            return None
        event = json.loads(message["Body"])
        if event["detail"]["object"]["key"] != _FIRST:
            found.setdefault(event["detail"]["object"]["key"], []).append(event)
        return True if sum(len(events) for events in found.values()) >= 8 else None

    try:
        target.wait_for(is_complete)
    except TimeoutError:
        if not found:
            raise
    return found


def _read_event(target: Target, key: str) -> Any:
    return target.once(_capture)[key][0]


def _list_missing_fields(target: Target) -> str:
    event = _read_event(target, "raw/last.csv")
    lacks = [
        f"{place} lacks {', '.join(sorted(wanted - set(found)))}"
        for place, wanted, found in (
            ("event", _FIELDS["envelope"], event),
            ("detail", _FIELDS["detail"], event["detail"]),
        )
        if wanted - set(found)
    ]
    return "; ".join(lacks) or "all"


def _list_object_fields(target: Target) -> str:
    return " ".join(sorted(_read_event(target, _TWICE)["detail"]["object"]))


def _compare_odd_key(target: Target) -> str:
    return "as it is" if _ODD_KEY in target.once(_capture) else "changed"


def _compare_sequencers(target: Target) -> str:
    events = target.once(_capture)[_TWICE]
    s3, bucket = target.client("s3"), events[0]["detail"]["bucket"]["name"]
    listed = s3.list_object_versions(Bucket=bucket, Prefix=_TWICE)["Versions"]
    by_version = {
        event["detail"]["object"].get("version-id"): event["detail"]["object"].get("sequencer", "")
        for event in events
    }
    # Listed newest first.
    sequencers = [by_version.get(item["VersionId"], "") for item in reversed(listed)]
    width = max(map(len, sequencers))
    padded = [number.upper().ljust(width, "0") for number in sequencers]
    if not all(sequencers) or len(sequencers) != 3:
        return "not there for each version"
    return "grow" if padded == sorted(set(padded)) else "do not grow"


def _list_reasons(target: Target) -> str:
    return ", ".join(
        _read_event(target, key)["detail"].get("reason", "none")
        for key in ("raw/last.csv", "raw/copied.csv", "raw/parts.csv")
    )


def _match_prefix(target: Target) -> str:
    return ", ".join(sorted({key.partition("/")[0] for key in target.once(_capture)}))


def _match_other_prefixes(target: Target) -> str:
    """Write below the prefixes that a rule leaves out, and beside them; return its keys."""
    bucket, url = watch_bucket(target, lambda name: match_all_but(name, ["score/", "reports/"]))
    for key in (*_LEFT_OUT, *_DELIVERED):
        target.client("s3").put_object(Bucket=bucket, Key=key, Body=b"1")
    found: list[str] = []
    while not set(found) >= set(_DELIVERED):
        message = target.wait_for(lambda: receive(target, url))
        found.append(json.loads(message["Body"])["detail"]["object"]["key"])
    return ", ".join(sorted(found))


def _count_events(target: Target) -> str:
    return f"{len(target.once(_capture)['raw/deleted.csv'])} for a write and a delete"


def _capture_plain(target: Target) -> dict[str, Any]:
    """Return the details of the events of a write and a form in a bucket without versions."""
    bucket, url = watch_bucket(target, lambda name: match_objects(name, ""))
    target.client("s3").put_object(Bucket=bucket, Key="one", Body=b"1")
    post_form(target, bucket=bucket)
    events = [json.loads(target.wait_for(lambda: receive(target, url))["Body"]) for _ in range(2)]
    return {event["detail"]["object"]["key"]: event["detail"] for event in events}


def _list_plain_fields(target: Target) -> str:
    return " ".join(sorted(target.once(_capture_plain)["one"]["object"]))


def _read_form_reason(target: Target) -> str:
    return str(target.once(_capture_plain)["form/one.csv"]["reason"])


_MESSAGE = "Amazon S3 User Guide: EventBridge event message structure"
_READER = "runtime/s3_events.py"
PROBES = make_probes(
    "S3: events",
    (
        "The event has every field that AWS documents",
        "all",
        _MESSAGE,
        _READER,
        _list_missing_fields,
    ),
    (
        "The object of a versioned bucket's event",
        "etag key sequencer size version-id",
        _MESSAGE,
        f"{_READER}: the version that is read, the order of drops (promise 2)",
        _list_object_fields,
    ),
    (
        "The object of an event of a bucket without versions",
        "etag key sequencer size",
        _MESSAGE,
        f"{_READER}: the current version's move",
        _list_plain_fields,
    ),
    (
        "A key with blanks, symbols and characters beyond ASCII arrives",
        "as it is",
        "Amazon S3 User Guide: Using EventBridge (other notifications quote keys)",
        _READER,
        _compare_odd_key,
    ),
    (
        "Sequencers of one key's versions",
        "grow",
        "Amazon S3 User Guide: Event message structure (sequencer)",
        "storage/versions.py is_newer, promise 2",
        _compare_sequencers,
    ),
    (
        "The reason of a write, a copy and a multipart upload",
        "PutObject, CopyObject, CompleteMultipartUpload",
        _MESSAGE,
        "any of them is a drop",
        _list_reasons,
    ),
    ("The reason of a signed form", "POST Object", _MESSAGE, "POST /uploads", _read_form_reason),
    (
        "A rule for a prefix delivers the keys below",
        "raw",
        "Amazon EventBridge User Guide: Comparison operators in event patterns",
        "cdk/triggers.py",
        _match_prefix,
    ),
    (
        "A rule for all but a list of prefixes delivers the other keys",
        ", ".join(sorted(_DELIVERED)),
        "Event Ruler, the library of EventBridge's rules: README (anything-but prefix list)",
        "cdk/triggers.py: a stray drop gets its report, and a report starts nothing",
        _match_other_prefixes,
    ),
    (
        "Object Created events",
        "1 for a write and a delete",
        "Amazon S3 User Guide: Using EventBridge",
        "cdk/triggers.py",
        _count_events,
    ),
)
