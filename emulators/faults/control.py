"""How faults are asked for: JSON over HTTP at ``/_chaos/<verb>``, on the emulator's own port.

``arm``        a plan from now on, and an empty journal; ``{}`` ends all faults
``tell``       what happened since, what is under way, and who waits at a gate
``open``       let the request that waits at the gate go on
``keep``, ``restore``   the buckets, queues and executions, by a name
``clear``      all of these
``tell-again`` send every event once more that came since the last ``restore``
``know``       which functions and buckets are meant, by short names
``end-workers`` end every idle process of the named functions
"""

import json
from typing import Any

from ministack import app
from ministack.core import lambda_runtime
from ministack.services import eventbridge

from emulators.faults import states, workers
from emulators.faults.answers import Message, Send
from emulators.faults.events import EventRoad
from emulators.faults.plan import Journal, Plan, read_plan
from emulators.faults.requests import Receive, RequestRoad, Scope

PREFIX = "/_chaos/"


class Control:
    """Answers what is asked over HTTP; everything else goes on its road."""

    def __init__(self, requests: RequestRoad, events: EventRoad) -> None:
        self._requests = requests
        self._events = events

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """An ASGI application."""
        if scope["type"] != "http" or not scope["path"].startswith(PREFIX):
            await self._requests.handle(scope, receive, send)
            return
        body = await read_body(receive)
        verb = scope["path"].removeprefix(PREFIX).replace("-", "_")
        answer = getattr(self, f"do_{verb}")(json.loads(body or b"{}"))
        told = json.dumps(answer).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(told))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": told, "more_body": False})

    def do_know(self, asked: dict[str, Any]) -> dict[str, Any]:
        workers.leave_out(asked["answering"])
        self._requests.doors = dict(asked["doors"])
        self._requests.buckets = dict(asked["buckets"])
        self._requests.prefixes = tuple(asked["prefixes"])
        return {}

    def do_arm(self, asked: dict[str, Any]) -> dict[str, Any]:
        plan = read_plan(asked) if asked else Plan()
        self._requests.plan = self._events.plan = plan
        if asked:
            self._requests.journal = self._events.journal = Journal()
        return {}

    def do_tell(self, asked: dict[str, Any]) -> dict[str, Any]:
        del asked
        return {
            "idle_seconds": 0.0 if self._events.held else workers.tell_idle_seconds(),
            "fired": self._requests.journal.fired,
            "seen": [[*who, count] for who, count in self._requests.journal.seen.items()],
            "events": sum(self._events.journal.events.values()),
            "waiting": list(self._requests.waiting),
            "spawned": workers.count_spawned(),
        }

    def do_open(self, asked: dict[str, Any]) -> dict[str, Any]:
        gate = self._requests.waiting.get(asked["gate"])
        if gate is not None:
            gate.set()
        return {}

    def do_clear(self, asked: dict[str, Any]) -> dict[str, Any]:
        del asked
        states.clear(self._requests.buckets)
        return {}

    def do_keep(self, asked: dict[str, Any]) -> dict[str, Any]:
        states.keep(asked["name"], self._requests.buckets)
        return {}

    def do_restore(self, asked: dict[str, Any]) -> dict[str, Any]:
        states.restore(asked["name"], self._requests.buckets)
        self._events.forget()
        return {}

    def do_tell_again(self, asked: dict[str, Any]) -> dict[str, Any]:
        return {"events": self._events.tell_again(asked["seed"])}

    def do_end_workers(self, asked: dict[str, Any]) -> dict[str, Any]:
        for function in asked["functions"]:
            lambda_runtime.invalidate_worker(function)
        return {}


async def read_body(receive: Receive) -> bytes:
    """Return a request's whole body."""
    body = b""
    while True:
        message: Message = await receive()
        body += bytes(message.get("body", b""))
        if not message.get("more_body"):
            return body


def install() -> None:
    """Put the roads in their places; MiniStack has no hooks for them."""
    workers.install()
    events = EventRoad(eventbridge._dispatch_to_lambda)  # noqa: SLF001
    eventbridge._dispatch_to_lambda = events.send  # noqa: SLF001
    requests = RequestRoad(app.app)
    events.journal = requests.journal
    app.app = Control(requests, events).handle
