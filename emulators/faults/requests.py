"""Requests of functions to S3: slowed down, refused or cut, and processes killed beside them."""

import asyncio
import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import unquote

from emulators.faults import workers
from emulators.faults.error_responses import Message, Send, send_error
from emulators.faults.plan import Call, Fault, Journal, Plan, name_call

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

_SIGNED = re.compile(r"Credential=([A-Z0-9]+)/\d{8}/[^/]+/s3/")
# Less than a client waits for a response.
_GATE_SECONDS = 50.0


class RequestInterceptor:
    """Stands between the functions and S3.

    ``functions``, ``buckets``  short names by the deployed ones
    ``prefixes``                the beginnings of the keys of each kind
    """

    def __init__(self, application: Application) -> None:
        self._application = application
        self.plan = Plan()
        self.journal = Journal()
        self.buckets: dict[str, str] = {}
        self.prefixes: tuple[str, ...] = ()
        self.functions: dict[str, str] = {}
        self.waiting: dict[str, asyncio.Event] = {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take the place of MiniStack's own application, for requests of functions to S3."""
        worker = find_sender(scope)
        call = None if worker is None else self._recognise(scope, worker)
        faults = [] if call is None else self.plan.decide_request(call)
        if call is None or not faults:
            await self._application(scope, receive, send)
            return
        for fault in faults:
            self.journal.fired.append(
                {
                    "kind": f"{fault.when} {fault.action}",
                    "function": call.function,
                    "call": call.name,
                    "count": call.count,
                    "ordinal": call.ordinal,
                }
            )
        for fault in faults:
            if fault.when == "before" and await self._apply(fault, worker, send, call):
                return
        response = await self._collect_response(scope, receive)
        for fault in faults:
            if fault.when == "after" and await self._apply(fault, worker, send, call):
                return
        for message in response:
            await send(message)

    async def _collect_response(self, scope: Scope, receive: Receive) -> list[Message]:
        """Return S3's whole response, by which time the request has taken effect."""
        messages: list[Message] = []

        async def keep(message: Message) -> None:
            messages.append(message)

        await self._application(scope, receive, keep)
        return messages

    def _recognise(self, scope: Scope, worker: Any) -> Call | None:
        bucket, _, key = unquote(scope["path"]).lstrip("/").partition("/")
        function = self.functions.get(worker.func_name)
        if function is None or bucket not in self.buckets:
            return None
        name = name_call(scope["method"], self.buckets[bucket], key, self.prefixes)
        self.journal.seen[(function, name)] += 1
        return Call(
            function=function,
            name=name,
            count=self.journal.seen[(function, name)],
            ordinal=workers.number_request(worker),
        )

    async def _apply(self, fault: Fault, worker: Any, send: Send, call: Call) -> bool:
        """Apply a fault; return whether the request ends with it."""
        if fault.action == "kill":
            workers.kill(worker)
            return True
        if fault.action == "slow":
            await asyncio.sleep(fault.seconds)
            return False
        if fault.action == "gate":
            await self._wait_at_gate(f"{call.function} {call.name}")
            return False
        await send_error(fault.action, send, method=call.method)
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
    """Return the worker that signed a request to S3, or ``None``."""
    if scope["type"] != "http":
        return None
    for name, value in scope["headers"]:
        if name == b"authorization":
            signed = _SIGNED.search(value.decode("latin-1"))
            return None if signed is None else workers.find_worker(signed[1])
    return None
