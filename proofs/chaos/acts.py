"""What is done in a schedule: by those who drop files, who operate, who ask, and who mean harm."""

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
from proofs.chaos.ground import DATASET, QUIET_SECONDS, Ground
from proofs.chaos.promises.serving import Answered
from proofs.chaos.schedule import GATES, Act

_REQUEST = json.dumps({"rows": [{"pressure": 6.1, "flow": 2.0}, {"pressure": 2.0, "flow": 8.5}]})
_BETWEEN_CALLS = 0.3
# Till what was dropped comes to its gate: every function on the way may be a cold one.
_GATE_SECONDS = 240.0
# An event is on its way by then.
_EVENT_SECONDS = 0.3
_COMMIT_SECONDS = 30.0


class NoAnswerError(DropcastError):
    """The API gave no answer at all: the connection ended, or what came is not JSON."""


def do(ground: Ground, act: Act, random: Random, canary: Path) -> None:
    """Do one act."""
    if act.deed == "drop at once":
        assert act.file is not None
        assert act.second is not None
        files = (act.file, act.second)
        other = act.key.replace(".csv", " 2.csv") if random.random() < 0.5 else act.key
        places = (act.key, other)
        with ThreadPoolExecutor(len(files)) as pool:
            # To the end: an error of a thread is an error of the act.
            list(pool.map(lambda key, file: ground.put("raw", key, file.body), places, files))
    elif act.deed in GATES:
        _do_behind(ground, act)
    elif act.deed == "rollback":
        _roll_back(ground)
    elif act.deed == "corrupt":
        _corrupt(ground, act.what, random, canary)
    elif act.file is not None:
        ground.put("raw", act.key, act.file.body)
    time.sleep(act.pause_seconds)


def _do_behind(ground: Ground, act: Act) -> None:
    """Drop a file; when what comes of it waits at its gate, do something behind its back: drop
    another file in its place, or roll the champion back."""
    assert act.file is not None
    door, name, _ = GATES[act.deed]
    gate = f"{door} {name}"
    ground.put("raw", act.key, act.file.body)
    deadline = time.monotonic() + _GATE_SECONDS
    time.sleep(_EVENT_SECONDS)
    while time.monotonic() < deadline:
        told = ground.control("tell")
        # A fault on the way may end it before it comes there.
        if gate in told["waiting"] or told["idle_seconds"] > QUIET_SECONDS:
            break
        time.sleep(0.05)
    if act.second is not None:
        behind = act.key if act.deed == "overwrite" else act.key.replace(".csv", " 2.csv")
        ground.put("raw", behind, act.second.body)
        if act.deed == "overwrite at commit":
            # Its own commit must be through, not under way, when the first goes on.
            wait_until_in(ground, behind)
    else:
        _roll_back(ground)
    ground.control("open", gate=gate)


def wait_until_in(ground: Ground, key: str) -> None:
    """Wait until a raw key is part of its dataset; no longer than a gate is held."""
    place = CURRENT_VERSION.format(dataset=DATASET)
    deadline = time.monotonic() + _COMMIT_SECONDS
    while time.monotonic() < deadline:
        pointer = ground.stack.read_json("LakeBucketName", place)
        if pointer is not None and key in pointer["files"]:
            return
        time.sleep(0.1)


def _roll_back(ground: Ground) -> None:
    """Ask for the model before the champion, as an operator; whether it is done is S3's affair."""
    key = ground.stack.operator_key
    status, listed = ask(ground, "GET", f"{DATASET}/versions", key=key)
    models = listed["models"] if status == 200 else []
    for model in [one["model"] for one in models if not one["champion"]][:1]:
        body = {"to": model, "reason": "the chaos suite asks for it"}
        ask(ground, "POST", f"{DATASET}/rollback", body, key=key)


def ask(
    ground: Ground, method: str, path: str, body: object | None = None, *, key: str | None = None
) -> tuple[int, Any]:
    """Call the API; raise :class:`NoAnswerError` where no status comes back."""
    try:
        return ground.stack.call_api(method, path, body, key=key)
    except (urllib.error.URLError, HTTPException, OSError, ValueError) as error:
        raise NoAnswerError(f"{method} {path}: {type(error).__name__}: {error}") from error


def ask_prediction(ground: Ground) -> Answered:
    """Ask for predictions once."""
    try:
        status, answer = ask(ground, "POST", f"{DATASET}/predict", json.loads(_REQUEST))
    except NoAnswerError as error:
        status, answer = 0, str(error)
    return Answered(body=_REQUEST, status=status, answer=answer)


def _corrupt(ground: Ground, kind: str, random: Random, canary: Path) -> None:
    """Put other bytes in the place of every program; who answers forgets what it had."""
    programs = read_programs(ground)
    for model, body in programs.items():
        other = next((one for one in programs.values() if one != body), b"")
        hostile = make_hostile(kind, body, random, canary, other=other)
        ground.put("models", PROGRAM.format(dataset=DATASET, model=model), hostile)
    served = [ground.functions[door] for door in ("predict", "catalogue")]
    ground.control("end-workers", functions=served)


class _Canary:
    """Unpickled, it makes a file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        return Path.touch, (self._path,)


def make_hostile(kind: str, program: bytes, random: Random, canary: Path, *, other: bytes) -> bytes:
    """Return bytes that are not this program: a pickle that makes the canary, a zip of one, the
    program cut short or with one bit turned, or an ``other`` whole program."""
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


def read_programs(ground: Ground) -> dict[str, bytes]:
    """Return the programs in the model bucket, by model."""
    client, bucket = ground.stack.s3, ground.buckets["models"]
    listed = client.list_objects_v2(Bucket=bucket, Prefix=f"models/{DATASET}/").get("Contents", [])
    return {
        PROGRAM.parse(one["Key"])["model"]: client.get_object(Bucket=bucket, Key=one["Key"])[
            "Body"
        ].read()
        for one in listed
        if one["Key"].endswith("/model.program")
    }


def heal(ground: Ground, programs: dict[str, bytes]) -> None:
    """Put the programs back that were there before, where they are not."""
    present = read_programs(ground)
    for model, body in programs.items():
        if present.get(model) != body:
            ground.put("models", PROGRAM.format(dataset=DATASET, model=model), body)


@contextmanager
def calling(ground: Ground, answered: list[Answered], *, calls: bool) -> Iterator[None]:
    """Somebody asks for predictions all the while, and once more at the end. An error of his is
    raised there."""
    if not calls:
        yield
        return
    ended = threading.Event()

    def call() -> None:
        while not ended.wait(_BETWEEN_CALLS):
            answered.append(ask_prediction(ground))

    with ThreadPoolExecutor(1) as pool:
        called = pool.submit(call)
        try:
            yield
        finally:
            ended.set()
        called.result()
    answered.append(ask_prediction(ground))
