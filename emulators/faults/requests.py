"""Requests to S3 on their way from a function: slow, refused, cut, and the end of who sent them."""

import asyncio
import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import unquote

from emulators.faults import workers
from emulators.faults.answers import Message, Send, answer_badly
from emulators.faults.plan import Call, Fault, Journal, Plan, name_call

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

_SIGNED = re.compile(r"Credential=([A-Z0-9]+)/\d{8}/[^/]+/s3/")
# Less than a client waits for an answer.
_GATE_SECONDS = 50.0


class RequestRoad:
    """Between the functions and S3. ``buckets`` are short names by real ones, ``prefixes`` what
    keys of one kind begin with."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self.plan = Plan()
        self.journal = Journal()
        self.buckets: dict[str, str] = {}
        self.prefixes: tuple[str, ...] = ()
        self.doors: dict[str, str] = {}
        self.waiting: dict[str, asyncio.Event] = {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take the place of MiniStack's own application, for requests of functions to S3."""
        worker = find_sender(scope)
        call = None if worker is None else self._recognise(scope, worker)
        if call is None:
            await self._application(scope, receive, send)
            return
        faults = self.plan.decide_request(call)
        if not faults:
            await self._application(scope, receive, send)
            return
        for fault in faults:
            self.journal.fired.append(
                {
                    "kind": f"{fault.when} {fault.act}",
                    "door": call.door,
                    "call": call.name,
                    "count": call.count,
                    "ordinal": call.ordinal,
                }
            )
        for fault in faults:
            if fault.when == "before" and await self._end_before(fault, worker, send, call):
                return
        answer = await self._ask(scope, receive)
        for fault in faults:
            if fault.when == "after" and await self._end_after(fault, worker, send, call):
                return
        for message in answer:
            await send(message)

    async def _ask(self, scope: Scope, receive: Receive) -> list[Message]:
        """Return S3's whole answer: what it was asked for has then taken effect."""
        answer: list[Message] = []

        async def keep(message: Message) -> None:
            answer.append(message)

        await self._application(scope, receive, keep)
        return answer

    def _recognise(self, scope: Scope, worker: Any) -> Call | None:
        bucket, _, key = unquote(scope["path"]).lstrip("/").partition("/")
        door = self.doors.get(worker.func_name)
        if door is None or bucket not in self.buckets:
            return None
        name = name_call(scope["method"], self.buckets[bucket], key, self.prefixes)
        self.journal.seen[(door, name)] += 1
        return Call(
            door=door,
            name=name,
            count=self.journal.seen[(door, name)],
            ordinal=workers.number_request(worker),
        )

    async def _end_before(self, fault: Fault, worker: Any, send: Send, call: Call) -> bool:
        if fault.act == "kill":
            workers.kill(worker)
            return True
        if fault.act == "slow":
            await asyncio.sleep(fault.seconds)
        elif fault.act == "gate":
            await self._wait_at_gate(f"{call.door} {call.name}")
        else:
            await answer_badly(fault.act, send, method=call.method)
            return True
        return False

    async def _end_after(self, fault: Fault, worker: Any, send: Send, call: Call) -> bool:
        if fault.act == "kill":
            workers.kill(worker)
            return True
        if fault.act == "slow":
            await asyncio.sleep(fault.seconds)
            return False
        await answer_badly(fault.act, send, method=call.method)
        return True

    async def _wait_at_gate(self, name: str) -> None:
        gate = self.waiting.setdefault(name, asyncio.Event())
        try:
            await asyncio.wait_for(gate.wait(), _GATE_SECONDS)
        except TimeoutError:
            self.journal.fired.append({"kind": "gate never opened", "call": name})
        finally:
            self.waiting.pop(name, None)


def find_sender(scope: Scope) -> Any | None:
    """Return the worker that signed a request to S3; ``None`` if nobody of them did."""
    if scope["type"] != "http":
        return None
    for name, value in scope["headers"]:
        if name == b"authorization":
            signed = _SIGNED.search(value.decode("latin-1"))
            return None if signed is None else workers.find_worker(signed[1])
    return None
