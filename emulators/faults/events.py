"""Events on their way to a function: copied, delayed, reordered, lost, and sent again."""

import json
import threading
import time
from collections.abc import Callable
from contextvars import copy_context
from random import Random
from typing import Any

from emulators.faults import workers
from emulators.faults.plan import Journal, Plan

Dispatch = Callable[[str, str], None]


class EventInterceptor:
    """Stands between a rule and its function, and keeps every event that came."""

    def __init__(self, dispatch: Dispatch) -> None:
        self._dispatch = dispatch
        self._lock = threading.Lock()
        self.kept: list[tuple[str, str]] = []
        self.held = 0
        self.plan = Plan()
        self.journal = Journal()

    def send(self, arn: str, payload: str) -> None:
        """Take the place of MiniStack's own dispatch."""
        workers.mark_busy()
        key = read_object_key(payload)
        with self._lock:
            self.kept.append((arn, payload))
            self.journal.events[key] += 1
            copies = self.plan.decide_event(key, self.journal.events[key])
            if copies is None:
                self.journal.fired.append({"kind": "event drop", "key": key})
                return
            if len(copies) > 1:
                self.journal.fired.append({"kind": "event duplicate", "key": key})
            elif copies[0]:
                self.journal.fired.append({"kind": "event delay", "key": key})
        for seconds in copies:
            self._deliver(arn, payload, seconds)

    def resend(self, seed: int) -> int:
        """Send every kept event once more, in an order drawn from the seed; return how many."""
        with self._lock:
            again = list(self.kept)
        Random(seed).shuffle(again)  # noqa: S311 - an order, not a secret
        for arn, payload in again:
            self._deliver(arn, payload, 0.0)
        return len(again)

    def forget(self) -> None:
        """Drop the events that were kept until now."""
        with self._lock:
            self.kept.clear()

    def _deliver(self, arn: str, payload: str, seconds: float) -> None:
        if not seconds:
            self._dispatch(arn, payload)
            return
        with self._lock:
            self.held += 1
        context = copy_context()

        def wait() -> None:
            time.sleep(seconds)
            workers.mark_busy()
            context.run(self._dispatch, arn, payload)
            with self._lock:
                self.held -= 1

        threading.Thread(target=wait, daemon=True).start()


def read_object_key(payload: str) -> str:
    """Return the key of the object that an event is about.

    >>> read_object_key('{"detail": {"object": {"key": "raw/a/b.csv"}}}')
    'raw/a/b.csv'
    """
    event: Any = json.loads(payload)
    return str(event.get("detail", {}).get("object", {}).get("key", "(other)"))
