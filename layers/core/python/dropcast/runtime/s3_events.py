"""EventBridge's S3 "Object Created" events as messages."""

from collections.abc import Mapping
from typing import Any

from dropcast.contracts.errors import InvalidEventError
from dropcast.contracts.keys import CURRENT_VERSION, RAW, KeyFormat, place_drop
from dropcast.contracts.messages import RawArrived

# The version of every object of a bucket that keeps none; the next drop has it too.
_UNVERSIONED = "null"


def read_raw_arrived(event: Mapping[str, Any], place: KeyFormat = RAW) -> RawArrived | None:
    """Return the drop of an event, under the prefix of ``place``; ``None`` for a folder marker.

    A key that names no dataset, or is under no prefix of Dropcast, belongs to the dataset
    :data:`~dropcast.contracts.keys.UNPLACED`, which has no recipe: it is refused with a report
    like any other, and not lost in a retry.

    Raises
    ------
    InvalidEventError
        The event names no version, or the one of a bucket that keeps no versions. The newest
        version may be another drop than the event's, so that its sequencer would order other bytes
        than it belongs to.
    """
    if _is_folder_marker(event):
        return None
    detail = event["detail"]
    found = detail["object"]
    key = found["key"]
    fields = place_drop(place, key)
    if found.get("version-id") in (None, "", _UNVERSIONED):
        raise InvalidEventError(
            f"the event of '{key}' names no version of it: turn on versioning of the bucket "
            f"'{detail['bucket']['name']}', as the stack does, and drop the file again"
        )
    return RawArrived(
        dataset=fields["dataset"],
        name=fields["name"],
        key=key,
        version_id=found["version-id"],
        sequencer=found.get("sequencer") or "0",
        size_bytes=int(found.get("size", 0)),
    )


def _is_folder_marker(event: Mapping[str, Any]) -> bool:
    """Return whether the event is of the empty object that a console makes for a folder."""
    found = event["detail"]["object"]
    return bool(found["key"].endswith("/")) and not found.get("size")


def read_moved_dataset(event: Mapping[str, Any]) -> str:
    """Return the dataset whose current version moved."""
    return CURRENT_VERSION.parse(event["detail"]["object"]["key"])["dataset"]
