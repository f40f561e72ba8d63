"""The HTTP interface of the faults: JSON at ``/_chaos/<verb>``, on the emulator's own port.

``configure``      the functions and buckets that faults apply to, by short names
``arm``            a plan from now on, and an empty journal; ``{}`` ends all faults
``status``         what happened since, what is under way, and which requests wait at a gate
``open``           let the request that waits at the gate continue
``save``, ``restore``   the buckets, queues and executions, by a name
``clear``          empty all of these
``resend-events``  send every event once more that came since the last ``restore``
``end-workers``    end every idle process of the named functions
"""

import json
from collections.abc import Callable
from typing import Any

from ministack import app
from ministack.core import lambda_runtime
from ministack.services import eventbridge

from emulators.faults import snapshots, workers
from emulators.faults.error_responses import Message, Send, send_body
from emulators.faults.events import EventInterceptor
from emulators.faults.plan import Journal, Plan, read_plan
from emulators.faults.requests import Receive, RequestInterceptor, Scope

PREFIX = "/_chaos/"
Document = dict[str, Any]


class Control:
    """Answers requests below :data:`PREFIX`; every other request goes to the interceptor."""

    def __init__(self, requests: RequestInterceptor, events: EventInterceptor) -> None:
        self._requests = requests
        self._events = events
        self._verbs: dict[str, Callable[[Document], Document | None]] = {
            "configure": self._configure,
            "arm": self._arm,
            "status": self._read_status,
            "open": self._open_gate,
            "clear": lambda _: snapshots.clear(requests.buckets),
            "save": lambda given: snapshots.save(given["name"], requests.buckets),
            "restore": self._restore,
            "resend-events": lambda given: {"events": events.resend(given["seed"])},
            "end-workers": self._end_workers,
        }

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take the place of MiniStack's ASGI application."""
        if scope["type"] != "http" or not scope["path"].startswith(PREFIX):
            await self._requests.handle(scope, receive, send)
            return
        run = self._verbs[scope["path"].removeprefix(PREFIX)]
        result = run(json.loads(await read_body(receive) or b"{}"))
        body = json.dumps(result or {}).encode()
        await send_body(send, body, status=200, content_type=b"application/json")

    def _configure(self, given: Document) -> None:
        workers.exclude_from_idle(given["answering"])
        self._requests.functions = dict(given["functions"])
        self._requests.buckets = dict(given["buckets"])
        self._requests.prefixes = tuple(given["prefixes"])

    def _arm(self, given: Document) -> None:
        self._requests.plan = self._events.plan = read_plan(given) if given else Plan()
        if given:
            self._requests.journal = self._events.journal = Journal()

    def _read_status(self, _: Document) -> Document:
        return {
            "idle_seconds": 0.0 if self._events.held else workers.measure_idle_seconds(),
            "fired": self._requests.journal.fired,
            "seen": [[*call, count] for call, count in self._requests.journal.seen.items()],
            "waiting": list(self._requests.waiting),
        }

    def _open_gate(self, given: Document) -> None:
        gate = self._requests.waiting.get(given["gate"])
        if gate is not None:
            gate.set()

    def _restore(self, given: Document) -> None:
        snapshots.restore(given["name"], self._requests.buckets)
        self._events.forget()

    def _end_workers(self, given: Document) -> None:
        for function in given["functions"]:
            lambda_runtime.invalidate_worker(function)


async def read_body(receive: Receive) -> bytes:
    """Return a request's whole body."""
    body = b""
    while True:
        message: Message = await receive()
        body += bytes(message.get("body", b""))
        if not message.get("more_body"):
            return body


def install() -> None:
    """Install the interceptors in MiniStack, which has no hooks for them."""
    workers.install()
    events = EventInterceptor(eventbridge._dispatch_to_lambda)  # noqa: SLF001
    eventbridge._dispatch_to_lambda = events.send  # noqa: SLF001
    requests = RequestInterceptor(app.app)
    events.journal = requests.journal
    app.app = Control(requests, events).handle
