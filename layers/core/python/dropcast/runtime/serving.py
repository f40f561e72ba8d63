"""What the predict door is wired to, from its environment; no boto3, and nothing at import."""

import os
import sys
import threading
import time
from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from dropcast.contracts import environment
from dropcast.contracts.errors import TransientError
from dropcast.runtime.api_keys import read_key_ids
from dropcast.runtime.champions import Champions
from dropcast.runtime.log_lines import describe_invocation, make_line
from dropcast.storage.s3_http import S3HttpBucket

if TYPE_CHECKING:
    from dropcast.contracts.ports import WatchedBlobs


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
        self.champions = Champions(models=models, clock=clock, run=run, report=self._tell_broken)

    @property
    def code_hash(self) -> str:
        """sha256 of the deployed sources: it goes into every receipt."""
        return self._environ[environment.CODE_HASH]

    def describe(self, context: Any) -> dict[str, Any]:
        """Return what a log line says of the invocation; the first one is the cold start."""
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

    def _tell_broken(self, dataset: str, error: Exception) -> None:
        busy = isinstance(error, TransientError)
        facts = {
            "dataset": dataset,
            "error": type(error).__name__,
            "error_message": str(error)[:500],
            # A metric, and an alarm on it: a person must act. A busy store mends itself.
            **({} if busy else {"broken_champions": 1}),
        }
        level = "WARNING" if busy else "ERROR"
        self.log("the last good champion goes on answering", facts, level=level)


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
