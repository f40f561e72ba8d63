"""The predict function's dependencies and its way with a request; no boto3, nothing at import."""

import os
import sys
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from dropcast.contracts import environment
from dropcast.contracts.errors import (
    InvalidRequestError,
    NoModelError,
    TransientError,
    make_problem,
)
from dropcast.contracts.keys import is_dataset
from dropcast.runtime.api_keys import find_key_id, read_key_ids, require_key
from dropcast.runtime.champions import Champions, Serving
from dropcast.runtime.http import Answer, answer_error
from dropcast.runtime.log_lines import describe_invocation, make_line
from dropcast.storage.http.bucket import S3HttpBucket

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dropcast.contracts.ports import WatchedBlobs

Event = Mapping[str, Any]
# Metrics are kept by dataset, and a client may send any name: one without a champion is this.
NO_DATASET = "none"


class PredictDependencies:
    """Adapters by argument; :func:`make_predict_dependencies` passes the real ones."""

    def __init__(
        self,
        *,
        environ: Mapping[str, str],
        models: "WatchedBlobs",
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], float] = time.time,
        run: Callable[[Callable[[], None]], None],
        write: Callable[[str], object],
    ) -> None:
        self._environ = environ
        self._now = now
        self._write = write
        self._answered = False
        self.key_ids = read_key_ids(environ)
        self.clock = clock
        self.models = models
        self.champions = Champions(models=models, clock=clock, run=run, report=self._report_broken)

    @property
    def code_hash(self) -> str:
        """sha256 of the deployed sources: it goes into every receipt."""
        return self._environ[environment.CODE_HASH]

    def describe(self, context: Any) -> dict[str, Any]:
        """Return the facts of an invocation; the first one is the cold start."""
        cold_start, self._answered = not self._answered, True
        return describe_invocation(context, self._environ, cold_start=cold_start)

    def log(self, message: str, facts: Mapping[str, Any], *, level: str = "INFO") -> None:
        """Write one structured line."""
        line = make_line(
            message,
            level=level,
            location="functions/predict",
            environ=self._environ,
            seconds=self._now(),
            facts=facts,
        )
        self._write(line + "\n")

    def _report_broken(self, dataset: str, error: Exception) -> None:
        busy = isinstance(error, TransientError)
        facts = {
            "dataset": dataset,
            "error": type(error).__name__,
            "error_message": str(error)[:500],
            # A metric with an alarm on it, because a person must act. A busy store recovers.
            **({} if busy else {"broken_champions": 1}),
        }
        level = "WARNING" if busy else "ERROR"
        self.log("the last good champion goes on answering", facts, level=level)


def answer_prediction(
    event: Event,
    context: object,
    dependencies: PredictDependencies,
    *,
    routes: "Mapping[tuple[str, str], Callable[[Serving, Event, PredictDependencies], Answer]]",
    keys: "Sequence[str]",
) -> Answer:
    """Return the proxy answer of one request, never a stack trace, and log one line.

    API Gateway has routed the request; ``resource`` and ``httpMethod`` pick the route here.
    """
    started = dependencies.clock()
    instance = str((event.get("requestContext") or {}).get("requestId", ""))
    route = (event["httpMethod"], event["resource"])
    dataset = event["pathParameters"]["dataset"]
    facts = {"route": " ".join(route), "instance": instance, **dependencies.describe(context)}
    key_id = find_key_id(event)
    if key_id is not None:
        facts["key_id"] = key_id
    named = {"dataset": NO_DATASET, "asked_for": dataset[:100]}
    try:
        answer_route = routes[route]
        require_key(event, dependencies.key_ids, keys)
        serving = dependencies.champions.find(_require_dataset(dataset))
        named = {"dataset": dataset}
        answer = answer_route(serving, event, dependencies)
    except Exception as error:  # noqa: BLE001 - whatever happened, the client gets an answer
        answer = answer_error(error, instance=instance)
        facts |= {"error": type(error).__name__, "error_message": str(error)[:500]}
        if answer["statusCode"] >= 500:
            facts["exception"] = traceback.format_exc()
    status = answer["statusCode"]
    failed = status >= 500
    facts |= named | {
        "status": status,
        "requests": 1,
        "errors": int(failed),
        "latency_ms": round((dependencies.clock() - started) * 1000, 3),
    }
    message, level = ("failed", "ERROR") if failed else ("answered", "INFO")
    dependencies.log(message, facts, level=level)
    return answer


def read_flag(event: Event, name: str) -> bool:
    """Return a query parameter that is "true" or "false"; raise ``InvalidRequestError``.

    An unknown parameter that was ignored would be taken for one that works.
    """
    given = event.get("queryStringParameters") or {}
    problems = [
        make_problem(other[:60], "no such query parameter")
        for other in sorted(given)
        if other != name
    ]
    if given.get(name, "true") not in ("true", "false"):
        problems.append(make_problem(name, "is 'true' or 'false'"))
    if problems:
        raise InvalidRequestError(problems)
    return given.get(name) == "true"


def _require_dataset(dataset: str) -> str:
    """Return the name; refuse what can be none before anything is read."""
    if not is_dataset(dataset):
        raise NoModelError(
            f"'{dataset[:60]}' is no dataset's name: lower-case letters, digits and '_', a letter "
            "first, at most 46"
        )
    return dataset


def run_beside(work: Callable[[], None]) -> None:
    """Run in a thread that ends with the process."""
    threading.Thread(target=work, daemon=True).start()


def write_line(line: str) -> None:
    """Write to the function's log."""
    sys.stdout.write(line)
    sys.stdout.flush()


@cache
def make_predict_dependencies() -> PredictDependencies:
    """Return this process's dependencies, from its environment."""
    models = S3HttpBucket(bucket=os.environ[environment.MODEL_BUCKET], environ=os.environ)
    return PredictDependencies(environ=os.environ, models=models, run=run_beside, write=write_line)
