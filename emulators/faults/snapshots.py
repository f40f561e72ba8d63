"""Snapshots of the buckets, queues and executions, saved and restored by a name."""

import copy
from collections.abc import Iterable
from typing import Any

from ministack.services import s3, sqs, stepfunctions

# MiniStack's attributes of objects, by bucket and key.
_BY_OBJECT = ("_object_versions", "_object_tags", "_object_acl", "_object_retention")
_saved: dict[str, dict[str, Any]] = {}


def save(name: str, buckets: Iterable[str]) -> None:
    """Save what the buckets, all queues and all executions hold now."""
    wanted = set(buckets)
    _saved[name] = copy.deepcopy(
        {
            "objects": {
                scoped: bucket["objects"]
                for scoped, bucket in s3._buckets._data.items()  # noqa: SLF001
                if scoped[-1] in wanted
            },
            "attributes": {
                kind: {
                    scoped: value
                    for scoped, value in getattr(s3, kind)._data.items()  # noqa: SLF001
                    if scoped[-1][0] in wanted
                }
                for kind in _BY_OBJECT
            },
            "messages": {
                scoped: queue["messages"]
                for scoped, queue in sqs._queues._data.items()  # noqa: SLF001
            },
            "executions": dict(stepfunctions._executions._data),  # noqa: SLF001
        }
    )


def restore(name: str, buckets: Iterable[str]) -> None:
    """Restore what was saved under the name."""
    saved = copy.deepcopy(_saved[name])
    _clear_attributes(set(buckets))
    for scoped, objects in saved["objects"].items():
        s3._buckets._data[scoped]["objects"] = objects  # noqa: SLF001
    for kind in _BY_OBJECT:
        getattr(s3, kind)._data.update(saved["attributes"][kind])  # noqa: SLF001
    for scoped, messages in saved["messages"].items():
        sqs._queues._data[scoped]["messages"] = messages  # noqa: SLF001
    runs = stepfunctions._executions._data  # noqa: SLF001
    runs.clear()
    runs.update(saved["executions"])


def clear(buckets: Iterable[str]) -> None:
    """Empty the buckets, the queues and the list of executions."""
    wanted = set(buckets)
    _clear_attributes(wanted)
    for scoped, bucket in s3._buckets._data.items():  # noqa: SLF001
        if scoped[-1] in wanted:
            bucket["objects"].clear()
    for queue in sqs._queues._data.values():  # noqa: SLF001
        queue["messages"].clear()
    stepfunctions._executions._data.clear()  # noqa: SLF001


def _clear_attributes(wanted: set[str]) -> None:
    for kind in _BY_OBJECT:
        live = getattr(s3, kind)._data  # noqa: SLF001
        for scoped in [one for one in live if one[-1][0] in wanted]:
            del live[scoped]
