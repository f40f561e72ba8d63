"""The cloud that probes run on, and the resources made there, which are removed at the end."""

import ssl
import threading
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any, TypeVar

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

T = TypeVar("T")
_POLL_SECONDS = 0.1
_GONE = frozenset(
    {"NoSuchBucket", "NoSuchEntity", "NotFoundException", "ResourceNotFoundException"}
)


@dataclass(frozen=True, kw_only=True)
class Target:
    """A cloud, by its session. All probes of a run share it and run concurrently.

    ``endpoint_url``      ``None`` for AWS itself
    ``patience_seconds``  how long a probe waits for what comes by itself
    ``mark``              the beginning of every name that is made
    ``left``              what could not be removed
    """

    session: boto3.Session
    endpoint_url: str | None
    ca_bundle: str | None
    account: str
    patience_seconds: float
    mark: str = field(default_factory=lambda: f"dropcast-probe-{uuid.uuid4().hex[:8]}")
    removals: ExitStack = field(default_factory=ExitStack)
    left: list[str] = field(default_factory=list)
    _shared: dict[object, "Future[Any]"] = field(default_factory=dict)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    @property
    def region(self) -> str:
        """The region of the session."""
        return str(self.session.region_name)

    @property
    def settles(self) -> bool:
        """Whether new resources are known everywhere only after a while, as on AWS."""
        return self.endpoint_url is None

    @property
    def doubt_seconds(self) -> float:
        """How long to wait for what may never come."""
        return 400.0 if self.settles else 8.0

    def client(self, service: str) -> Any:
        """Return the run's client of a service, without its types."""
        return self.share(service, lambda: self.open_client(service))

    def open_client(self, service: str, **credentials: str) -> Any:
        """Return a new client, with the session's credentials where no others are given."""
        make: Any = self.session.client
        with self._lock:  # sessions are not made for threads
            client = make(
                service,
                endpoint_url=self.endpoint_url,
                config=_make_config(service, tries=8 if self.settles else 2),
                **credentials,
            )
            self.removals.callback(client.close)
        return client

    def name(self, kind: str) -> str:
        """Return a new name for a resource."""
        return f"{self.mark}-{kind}-{uuid.uuid4().hex[:6]}"

    def share(self, key: object, make: Callable[[], T]) -> T:
        """Return what ``make`` made for the key the first time, or raise what it raised."""
        with self._lock:
            found = self._shared.get(key)
            if found is None:
                mine = self._shared[key] = Future()
        if found is not None:
            shared: T = found.result()
            return shared
        try:
            mine.set_result(make())
        except BaseException as error:
            mine.set_exception(error)
            raise
        made: T = mine.result()
        return made

    def once(self, make: Callable[["Target"], T]) -> T:
        """Return what a function made of this target, made once a run."""
        return self.share(make, lambda: make(self))

    def remove_later(self, name: str, call: Callable[[], object]) -> None:
        """Remove something at the end; a failure is added to ``left`` and does not stop others."""

        def remove() -> None:
            try:
                call()
            except ClientError as error:
                if error.response.get("Error", {}).get("Code") not in _GONE:
                    self.left.append(f"{name}: {error}")
            except BotoCoreError as error:
                self.left.append(f"{name}: {error}")

        with self._lock:
            self.removals.callback(remove)

    def wait_for(self, look: Callable[[], T | None], seconds: float | None = None) -> T:
        """Return the first result that is not ``None``; raise ``TimeoutError`` if none comes."""
        deadline = time.monotonic() + (self.patience_seconds if seconds is None else seconds)
        while (found := look()) is None:
            if time.monotonic() >= deadline:
                raise TimeoutError("what was waited for did not come")
            time.sleep(_POLL_SECONDS)
        return found

    def fetch(
        self,
        url: str,
        *,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> "Response":
        """Return the response to one HTTP request, whatever its status."""
        context = ssl.create_default_context(cafile=self.ca_bundle)
        request = urllib.request.Request(  # noqa: S310 - the cloud's own endpoint
            url, method=method, headers=dict(headers or {}), data=body
        )
        try:
            with urllib.request.urlopen(request, timeout=60, context=context) as found:  # noqa: S310
                return Response(status=found.status, headers=dict(found.headers), body=found.read())
        except urllib.error.HTTPError as error:
            with error:
                return Response(status=error.code, headers=dict(error.headers), body=error.read())


@dataclass(frozen=True, kw_only=True)
class Response:
    """An HTTP response."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def header(self, name: str) -> str:
        """Return a header's value, by its name in any case; empty if it is missing."""
        return next((v for n, v in self.headers.items() if n.lower() == name.lower()), "")


def _make_config(service: str, *, tries: int) -> Config:
    config = Config(
        connect_timeout=5,
        read_timeout=70,
        max_pool_connections=32,
        retries={"total_max_attempts": tries},
    )
    # Forms are signed with version 4, as the product signs them.
    s3 = Config(signature_version="s3v4", s3={"addressing_style": "path"})
    return config.merge(s3) if service == "s3" else config
