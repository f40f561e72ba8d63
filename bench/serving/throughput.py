"""Requests per second of one row each: every server with one worker, the same model and rows."""

import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.measure import Figure, Target, take_turns
from bench.serving.cold_start import build_serving_layers
from bench.serving.http_load import (
    BadResponseError,
    Load,
    make_request,
    run_load,
    send_once,
)
from bench.serving.latency import OVER_HTTP, read_prediction, require_same
from bench.serving.model_store import Store
from bench.serving.peers import APPS, install_peer
from bench.serving.served_model import JOBLIB_KEY, ONNX_KEY, Row, Served
from toolchain.project import ROOT, run_tool

PART = "b2"
OURS = "dropcast"
_START_SECONDS = 120.0
_CONNECTIONS = 8
_TARGET = Target(kind="at_least", bound=1.0)
# Lines that a server may write in all rounds without writing one per request.
_MOST_LINES_PER_REQUEST = 0.01
Command = Sequence[str | Path]


def _wrap_rows(row: Row) -> object:
    return {"rows": [row]}


@dataclass(frozen=True, kw_only=True)
class Server:
    """How a server is started and called; ``{port}`` in the command stands for its port."""

    command: Command
    environ: Mapping[str, str]
    path: str = "/spotify_preference/predict"
    wrap: Callable[[Row], object] = _wrap_rows
    read: Callable[[Any], float] = read_prediction


class RequestsLoggedError(Exception):
    """A peer writes a line per request, which the others do not: times cannot be compared."""


class ServerFailedError(Exception):
    """A server did not start; the end of its output is in the message."""


def measure_throughput(
    served: Served, store: Store, *, peers: Path, folder: Path, repetitions: int, seconds: float
) -> list[Figure]:
    """Return our requests per second beside each peer's."""
    servers = list_servers(store, peers=peers, folder=folder)
    expected = served.pipeline.predict_proba(served.frame)[:, 1]
    with ExitStack() as stack:
        loads: dict[str, Callable[[], Load]] = {}
        logs: dict[str, Path] = {}
        for name, server in servers.items():
            requests = [
                make_request(server.path, json.dumps(server.wrap(row)).encode())
                for row in served.rows
            ]
            logs[name] = folder / f"server-{len(loads)}.log"
            port = stack.enter_context(_run_server(server, store, logs[name], requests[0]))
            predictions = [server.read(json.loads(send_once(port, one))) for one in requests]
            require_same(name, predictions, expected)
            loads[name] = _bind_load(port, requests, seconds)
        for load in loads.values():
            load()  # warm
        before = {name: count_lines(log) for name, log in logs.items()}
        rounds = take_turns(loads, repetitions)
        for name, taken in rounds.items():
            if name != OURS:
                require_no_lines(
                    name,
                    lines=count_lines(logs[name]) - before[name],
                    responses=sum(one.responses for one in taken),
                )
    return [
        Figure(
            part=PART,
            what=f"{OVER_HTTP}, {_CONNECTIONS} connections",
            unit="requests/s",
            samples=tuple(one.per_second for one in rounds[OURS]),
            peer=name,
            peer_samples=tuple(one.per_second for one in taken),
            more_is_better=True,
            target=_TARGET,
        )
        for name, taken in rounds.items()
        if name != OURS
    ]


def list_servers(store: Store, *, peers: Path, folder: Path) -> dict[str, Server]:
    """Return the servers by name; their models are in ``folder``."""
    dumped, onnx, saved = folder / "served.joblib", folder / "served.onnx", folder / "mlflow"
    dumped.write_bytes(store.objects[JOBLIB_KEY])
    onnx.write_bytes(store.objects[ONNX_KEY])
    fastapi, onnxruntime, mlflow, bentoml = (
        install_peer(name, peers) for name in ("fastapi", "onnxruntime", "mlflow", "bentoml")
    )
    run_tool([mlflow.python, APPS / "save_mlflow.py", dumped, saved], cwd=folder)
    ours = os.pathsep.join(map(str, (ROOT / "functions/predict", *build_serving_layers())))
    models = {"MODEL_JOBLIB": str(dumped), "MODEL_ONNX": str(onnx)}
    scripts = mlflow.folder / "bin"
    return {
        OURS: Server(
            command=_uvicorn(fastapi.python, "dropcast_asgi:app"),
            environ={"PYTHONPATH": f"{APPS}{os.pathsep}{ours}"},
        ),
        "FastAPI + uvicorn + scikit-learn": Server(
            command=_uvicorn(fastapi.python, "fastapi_sklearn:app"), environ=models
        ),
        "FastAPI + uvicorn + onnxruntime": Server(
            command=_uvicorn(onnxruntime.python, "fastapi_onnx:app"), environ=models
        ),
        "mlflow models serve": Server(
            command=[
                *(scripts / "mlflow", "models", "serve", "--model-uri", saved),
                *("--env-manager", "local", "--port", "{port}", "--workers", "1"),
            ],
            environ={
                "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}",
                "UVICORN_ACCESS_LOG": "false",
            },
            path="/invocations",
            wrap=lambda row: {"dataframe_records": [row]},
            read=lambda document: float(document["predictions"][0][1]),
        ),
        "BentoML": Server(
            command=[
                *(bentoml.python, "-m", "bentoml", "serve", "bentoml_service:Songs"),
                *("--working-dir", APPS, "--port", "{port}"),
            ],
            environ={
                **models,
                "BENTOML_DO_NOT_TRACK": "1",
                "BENTOML_HOME": str(folder / "bento"),
            },
            path="/predict",
        ),
    }


def _uvicorn(python: Path, app: str) -> Command:
    return [
        *(python, "-m", "uvicorn", app, "--app-dir", APPS, "--port", "{port}"),
        *("--no-access-log", "--log-level", "warning", "--lifespan", "off"),
    ]


def count_lines(log: Path) -> int:
    """Return how many lines a server wrote so far."""
    return log.read_bytes().count(b"\n")


def require_no_lines(name: str, *, lines: int, responses: int) -> None:
    """Raise ``RequestsLoggedError`` for a peer that wrote about a line per request."""
    if lines > _MOST_LINES_PER_REQUEST * responses:
        raise RequestsLoggedError(
            f"{name} wrote {lines:,} lines for {responses:,} responses; turn its access log "
            "off in list_servers or its app"
        )


def _bind_load(port: int, requests: Sequence[bytes], seconds: float) -> Callable[[], Load]:
    return lambda: run_load(port, requests, connections=_CONNECTIONS, seconds=seconds)


@contextmanager
def _run_server(server: Server, store: Store, log: Path, request: bytes) -> Iterator[int]:
    """Start the server, yield its port once it responds, and end it and its children."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    environ = {
        **{name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ},
        **store.environ,
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        **server.environ,
    }
    command = [str(word).replace("{port}", str(port)) for word in server.command]
    with log.open("wb") as written:
        process = subprocess.Popen(
            command, env=environ, stdout=written, stderr=written, start_new_session=True
        )
    try:
        _wait_for_response(port, request, process, log)
        yield port
    finally:
        # The session is its own, so the group has no process of another program.
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _wait_for_response(
    port: int, request: bytes, process: subprocess.Popen[bytes], log: Path
) -> None:
    deadline = time.monotonic() + _START_SECONDS
    trouble: Exception | None = None
    while process.poll() is None and time.monotonic() < deadline:
        try:
            send_once(port, request)
        except (OSError, BadResponseError) as error:
            trouble = error
            time.sleep(0.2)
        else:
            return
    output = log.read_text(errors="replace")[-2000:]
    raise ServerFailedError(f"`{process.args!r}` does not respond ({trouble}); it wrote:\n{output}")
