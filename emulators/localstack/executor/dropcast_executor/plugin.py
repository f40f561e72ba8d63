"""The runtime executor plugin that LocalStack loads, chosen by LAMBDA_RUNTIME_EXECUTOR.

Two environment variables of LocalStack's process configure it:
``DROPCAST_FUNCTION_PYTHON``     the interpreter that the layers were built for
``DROPCAST_FUNCTION_LIBRARIES``  the folder of AWS's runtime client, if not with that interpreter
"""

import hashlib
import os
import subprocess
import tempfile
import threading
from functools import cache
from pathlib import Path
from typing import Any

from localstack import config
from localstack.services.lambda_.invocation.execution_environment import ExecutionEnvironment
from localstack.services.lambda_.invocation.executor_endpoint import StatusErrorException
from localstack.services.lambda_.invocation.lambda_models import FunctionVersion, InvocationResult
from localstack.services.lambda_.invocation.plugins import RuntimeExecutorPlugin
from localstack.services.lambda_.invocation.runtime_executor import RuntimeExecutor
from localstack.services.s3.models import KeyStore, VersionedKeyStore
from localstack.services.s3.notifications import EventBridgeNotifier, S3EventNotificationContext

from .function_process import Function, FunctionProcess, InitError
from .layers import list_python_paths, merge_layers
from .runtime_api import Invocation
from .s3_events import Sequencers, as_aws_describes, with_sequencer

PYTHON = "DROPCAST_FUNCTION_PYTHON"
LIBRARIES = "DROPCAST_FUNCTION_LIBRARIES"
# What a function's process inherits from this one: where programs are, and the mark by which the
# cloud's processes are found.
_INHERITED = ("PATH", "LANG", "DROPCAST_CLOUD_MARK")
_merging = threading.Lock()


class ProcessExecutorPlugin(RuntimeExecutorPlugin):  # type: ignore[misc] # LocalStack is untyped here
    """The entry point by which LocalStack finds the executor."""

    name = "dropcast-process"

    def load(self, *_: Any, **__: Any) -> type[RuntimeExecutor]:
        """Close the gaps, once, and return the executor."""
        _close_gaps()
        return ProcessExecutor


class ProcessExecutor(RuntimeExecutor):  # type: ignore[misc] # LocalStack is untyped here
    """One execution environment of a function version."""

    def __init__(self, id: str, function_version: FunctionVersion) -> None:  # noqa: A002
        super().__init__(id=id, function_version=function_version)
        self._process: FunctionProcess | None = None

    def start(self, env_vars: dict[str, str]) -> None:
        """Start the function's process; raise LocalStack's error where it does not load."""
        version = self.function_version
        settings = version.config
        task = settings.code.get_unzipped_code_location()
        self._process = FunctionProcess(
            Function(
                python=os.environ[PYTHON],
                handler=settings.handler,
                version=version.id.qualifier,
                task=task,
                python_paths=_list_paths(version, task),
                environment=_make_environment(env_vars, settings.runtime),
                memory_mb=settings.memory_size,
                timeout_seconds=settings.timeout,
                folder=_temporary() / "environments" / self.id,
            )
        )
        try:
            self._process.start(config.LAMBDA_RUNTIME_ENVIRONMENT_TIMEOUT)
        except InitError as error:
            raise StatusErrorException(str(error), payload=error.payload) from error

    def stop(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.stop()

    def invoke(self, payload: dict[str, str]) -> InvocationResult:
        """Run one invocation."""
        assert self._process is not None
        outcome = self._process.invoke(
            Invocation(
                request_id=payload["invoke-id"],
                function_arn=payload["invoked-function-arn"],
                trace_id=payload["trace-id"],
                payload=payload["payload"].encode(),
                deadline_ms=0,
            ),
            start_timeout_seconds=config.LAMBDA_RUNTIME_ENVIRONMENT_TIMEOUT,
        )
        return InvocationResult(
            payload["invoke-id"], outcome.payload, is_error=outcome.is_error, logs=outcome.logs
        )

    def get_logs(self) -> str:
        """Return what was logged since the last time."""
        return "" if self._process is None else self._process.read_logs()

    def get_address(self) -> str:
        """Return the host of the environment."""
        return "127.0.0.1"

    def get_endpoint_from_executor(self) -> str:
        """Return the host at which functions reach LocalStack."""
        return "127.0.0.1"

    def get_runtime_endpoint(self) -> str:
        """Return LocalStack's own endpoint."""
        return f"http://127.0.0.1:{config.GATEWAY_LISTEN[0].port}"

    @classmethod
    def prepare_version(cls, function_version: FunctionVersion) -> None:
        """Unpack the code and merge its layers, before the first cold start."""
        settings = function_version.config
        settings.code.prepare_for_execution()
        for layer in settings.layers:
            layer.code.prepare_for_execution()
        with _merging:
            merge_layers(_list_layers(function_version), _place_merged(function_version))

    @classmethod
    def cleanup_version(cls, function_version: FunctionVersion) -> None:
        """Leave the merged layers to other versions; they go with the cloud's temporary folder."""

    @classmethod
    def validate_environment(cls) -> bool:
        """Return whether the interpreter of functions can be run."""
        return os.access(os.environ.get(PYTHON, ""), os.X_OK)


@cache
def _close_gaps() -> None:
    """Correct LocalStack where it differs from AWS and this project relies on AWS's behaviour."""
    # LocalStack logs to /aws/lambda/<name>, whatever the function's configuration.
    ExecutionEnvironment.get_log_group_name = find_log_group
    sequencers = Sequencers()
    for store in (KeyStore, VersionedKeyStore):
        store.set = sequencers.in_order(store.set)
    S3EventNotificationContext.from_request_context = with_sequencer(
        S3EventNotificationContext.from_request_context
    )
    EventBridgeNotifier._get_event_payload = staticmethod(  # noqa: SLF001 - there is no public hook
        as_aws_describes(EventBridgeNotifier._get_event_payload)  # noqa: SLF001
    )


def find_log_group(environment: ExecutionEnvironment) -> str:
    """Return the log group that the function's configuration names, or AWS's own name for it."""
    version = environment.function_version
    named = (version.config.logging_config or {}).get("LogGroup")
    return str(named or f"/aws/lambda/{version.id.function_name}")


def _temporary() -> Path:
    return Path(tempfile.gettempdir(), "lambda")


def _list_layers(version: FunctionVersion) -> list[Path]:
    return [layer.code.get_unzipped_code_location() for layer in version.config.layers]


def _place_merged(version: FunctionVersion) -> Path:
    names = "\n".join(str(path) for path in _list_layers(version))
    return _temporary() / "opt" / hashlib.sha256(names.encode()).hexdigest()[:16]


def _list_paths(version: FunctionVersion, task: Path) -> tuple[str, ...]:
    paths = list_python_paths(task, _place_merged(version), _read_version(os.environ[PYTHON]))
    libraries = os.environ.get(LIBRARIES)
    return (*paths, libraries) if libraries else tuple(paths)


@cache
def _read_version(python: str) -> str:
    command = [python, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def _make_environment(given: dict[str, Any], runtime: str) -> dict[str, str]:
    """Return a function's environment variables; LocalStack does not set the runtime's name."""
    inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    own = {name: str(value) for name, value in given.items()}
    return {**inherited, **own, "AWS_EXECUTION_ENV": f"AWS_Lambda_{runtime}"}
