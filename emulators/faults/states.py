"""The buckets, queues and executions of a moment, kept and put back."""

import copy
from collections.abc import Iterable
from typing import Any

from ministack.services import s3, sqs, stepfunctions

# By bucket and key, each of one kind of fact about an object.
_BY_OBJECT = ("_object_versions", "_object_tags", "_object_acl", "_object_retention")
_kept: dict[str, dict[str, Any]] = {}


def keep(name: str, buckets: Iterable[str]) -> None:
    """Keep what the buckets, all queues and all executions hold now."""
    wanted = set(buckets)
    _kept[name] = copy.deepcopy(
        {
            "objects": {
                scoped: bucket["objects"]
                for scoped, bucket in s3._buckets._data.items()  # noqa: SLF001
                if scoped[-1] in wanted
            },
            "facts": {
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
    """Put back what was kept under the name."""
    wanted = set(buckets)
    kept = copy.deepcopy(_kept[name])
    for scoped, objects in kept["objects"].items():
        s3._buckets._data[scoped]["objects"] = objects  # noqa: SLF001
    for kind in _BY_OBJECT:
        live = getattr(s3, kind)._data  # noqa: SLF001
        for scoped in [one for one in live if one[-1][0] in wanted]:
            del live[scoped]
        live.update(kept["facts"][kind])
    for scoped, messages in kept["messages"].items():
        sqs._queues._data[scoped]["messages"] = messages  # noqa: SLF001
    runs = stepfunctions._executions._data  # noqa: SLF001
    runs.clear()
    runs.update(kept["executions"])


def clear(buckets: Iterable[str]) -> None:
    """Empty the buckets, the queues and the list of executions."""
    wanted = set(buckets)
    for scoped, bucket in s3._buckets._data.items():  # noqa: SLF001
        if scoped[-1] in wanted:
            bucket["objects"].clear()
    for kind in _BY_OBJECT:
        live = getattr(s3, kind)._data  # noqa: SLF001
        for scoped in [one for one in live if one[-1][0] in wanted]:
            del live[scoped]
    for queue in sqs._queues._data.values():  # noqa: SLF001
        queue["messages"].clear()
    stepfunctions._executions._data.clear()  # noqa: SLF001
