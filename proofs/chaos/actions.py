"""The actions of a schedule: what people who drop files, operators, clients and attackers do."""

import io
import json
import pickle
import threading
import time
import urllib.error
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path
from random import Random
from typing import Any

from dropcast.contracts.errors import DropcastError
from dropcast.contracts.keys import CURRENT_VERSION, PROGRAM
from proofs.chaos.cloud_setup import DATASET, IDLE_SECONDS, CloudSetup
from proofs.chaos.promises.serving import PredictionCall
from proofs.chaos.schedule import GATES, Action

_REQUEST = json.dumps({"rows": [{"pressure": 6.1, "flow": 2.0}, {"pressure": 2.0, "flow": 8.5}]})
_BETWEEN_CALLS = 0.3
# Until a dropped file's request comes to its gate: every function on the way may start cold.
_GATE_SECONDS = 240.0
# An event is on its way by then.
_EVENT_SECONDS = 0.3
_COMMIT_SECONDS = 30.0


class NoResponseError(DropcastError):
    """The API gave no response at all: the connection ended, or what came is not JSON."""


def perform(setup: CloudSetup, action: Action, random: Random, canary: Path) -> None:
    """Perform one action."""
    if action.kind == "drop at once":
        assert action.file is not None
        assert action.second is not None
        files = (action.file, action.second)
        other = action.key.replace(".csv", " 2.csv") if random.random() < 0.5 else action.key
        places = (action.key, other)
        with ThreadPoolExecutor(len(files)) as pool:
            # Read to the end, so that an error of a thread is an error of the action.
            list(pool.map(lambda key, file: setup.put("raw", key, file.body), places, files))
    elif action.kind in GATES:
        _interfere_at_gate(setup, action)
    elif action.kind == "rollback":
        _roll_back(setup)
    elif action.kind == "corrupt":
        _corrupt_programs(setup, action.what, random, canary)
    elif action.file is not None:
        setup.put("raw", action.key, action.file.body)
    time.sleep(action.pause_seconds)


def _interfere_at_gate(setup: CloudSetup, action: Action) -> None:
    """Drop a file, and while its request waits at the gate, change what it is about to use.

    Another file is dropped in its place, or the champion is rolled back.
    """
    assert action.file is not None
    function, name, _ = GATES[action.kind]
    gate = f"{function} {name}"
    setup.put("raw", action.key, action.file.body)
    deadline = time.monotonic() + _GATE_SECONDS
    time.sleep(_EVENT_SECONDS)
    while time.monotonic() < deadline:
        status = setup.control("status")
        # A fault on the way may end the request before it comes there.
        if gate in status["waiting"] or status["idle_seconds"] > IDLE_SECONDS:
            break
        time.sleep(0.05)
    if action.second is not None:
        key = action.key if action.kind == "overwrite" else action.key.replace(".csv", " 2.csv")
        setup.put("raw", key, action.second.body)
        if action.kind == "overwrite at commit":
            # Its own commit must be finished, not under way, when the first continues.
            wait_until_committed(setup, key)
    else:
        _roll_back(setup)
    setup.control("open", gate=gate)


def wait_until_committed(setup: CloudSetup, key: str) -> None:
    """Wait until a raw key is part of its dataset, but no longer than a gate is held."""
    place = CURRENT_VERSION.format(dataset=DATASET)
    deadline = time.monotonic() + _COMMIT_SECONDS
    while time.monotonic() < deadline:
        pointer = setup.stack.read_json("LakeBucketName", place)
        if pointer is not None and key in pointer["files"]:
            return
        time.sleep(0.1)


def _roll_back(setup: CloudSetup) -> None:
    """Request a rollback to a model that is not champion; faults decide whether it succeeds."""
    key = setup.stack.operator_key
    status, listed = call_api(setup, "GET", f"{DATASET}/versions", key=key)
    models = listed["models"] if status == 200 else []
    for model in [one["model"] for one in models if not one["champion"]][:1]:
        body = {"to": model, "reason": "the chaos suite asks for it"}
        call_api(setup, "POST", f"{DATASET}/rollback", body, key=key)


def call_api(
    setup: CloudSetup, method: str, path: str, body: object | None = None, *, key: str | None = None
) -> tuple[int, Any]:
    """Call the API; raise :class:`NoResponseError` where no status comes back."""
    try:
        return setup.stack.call_api(method, path, body, key=key)
    except (urllib.error.URLError, HTTPException, OSError, ValueError) as error:
        raise NoResponseError(f"{method} {path}: {type(error).__name__}: {error}") from error


def request_prediction(setup: CloudSetup) -> PredictionCall:
    """Request predictions once; a call without a response has the status 0."""
    try:
        status, response = call_api(setup, "POST", f"{DATASET}/predict", json.loads(_REQUEST))
    except NoResponseError as error:
        status, response = 0, str(error)
    return PredictionCall(body=_REQUEST, status=status, response=response)


def _corrupt_programs(setup: CloudSetup, kind: str, random: Random, canary: Path) -> None:
    """Replace every program with other bytes, and end the workers that hold the programs."""
    programs = read_programs(setup)
    for model, body in programs.items():
        other = next((one for one in programs.values() if one != body), b"")
        hostile = make_hostile(kind, body, random, canary, other=other)
        setup.put("models", PROGRAM.format(dataset=DATASET, model=model), hostile)
    setup.end_workers("predict", "catalogue")


class _Canary:
    """An object that makes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        return Path.touch, (self._path,)


def make_hostile(kind: str, program: bytes, random: Random, canary: Path, *, other: bytes) -> bytes:
    """Return bytes that are not this program.

    ``kind``  "pickle" (which makes the canary), "zip" (of one), "cut" (the program cut short),
    "flip" (the program with one bit changed), or "other" (the whole program ``other``)
    """
    hostile = pickle.dumps(_Canary(canary))
    if kind == "pickle":
        return hostile
    if kind == "zip":
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as files:
            files.writestr("model.pkl", hostile)
            files.writestr("../../canary", b"")
        return archive.getvalue()
    if kind == "other":
        return other
    if kind == "cut":
        return program[: random.randrange(1, len(program))]
    place = random.randrange(len(program))
    return (
        program[:place] + bytes([program[place] ^ 1 << random.randrange(8)]) + program[place + 1 :]
    )


def read_programs(setup: CloudSetup) -> dict[str, bytes]:
    """Return the programs in the model bucket, by model."""
    client, bucket = setup.stack.s3, setup.buckets["models"]
    listed = client.list_objects_v2(Bucket=bucket, Prefix=f"models/{DATASET}/").get("Contents", [])
    return {
        PROGRAM.parse(one["Key"])["model"]: client.get_object(Bucket=bucket, Key=one["Key"])[
            "Body"
        ].read()
        for one in listed
        if one["Key"].endswith("/model.program")
    }


def restore_programs(setup: CloudSetup, programs: dict[str, bytes]) -> None:
    """Write each program again that differs from what it was before the schedule."""
    present = read_programs(setup)
    for model, body in programs.items():
        if present.get(model) != body:
            setup.put("models", PROGRAM.format(dataset=DATASET, model=model), body)


@contextmanager
def requesting_predictions(
    setup: CloudSetup, calls: list[PredictionCall], *, enabled: bool
) -> Iterator[None]:
    """Request predictions during a ``with`` block, and once more at its end.

    The calls are appended to ``calls``; an error of the client thread is raised at the end.
    """
    if not enabled:
        yield
        return
    ended = threading.Event()

    def request_repeatedly() -> None:
        while not ended.wait(_BETWEEN_CALLS):
            calls.append(request_prediction(setup))

    with ThreadPoolExecutor(1) as pool:
        client = pool.submit(request_repeatedly)
        try:
            yield
        finally:
            ended.set()
        client.result()
    calls.append(request_prediction(setup))
