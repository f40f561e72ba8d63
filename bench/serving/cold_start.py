"""The time from a process's start to its first response, under ``awslambdaric``.

Each sample is a new process.

All run with one Python, the runtime's libraries (``awslambdaric``, ``boto3``) and a folder of
their own on the path, as on Lambda. Their libraries have valid bytecode; the handler's own file has
none, because a deployed function's folder has none either.
"""

import json
import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.measure import Figure, Target, name_split, take_turns
from bench.serving.fresh_process import Invoked, invoke_fresh
from bench.serving.latency import read_prediction, require_same
from bench.serving.model_store import Store
from bench.serving.peers import APPS, Peer, install_peer
from bench.serving.served_model import Served, make_event
from toolchain.builder.budget import FUNCTIONS
from toolchain.builder.layers import build_layers, open_workshop
from toolchain.project import ROOT

PART = "a"
OURS = "dropcast"
BARE = "a handler that does nothing"
JOBLIB = "joblib + scikit-learn + pandas"
ONNX = "onnxruntime"
IMPORTS = "our handler imported, not called"
STALE = "joblib + scikit-learn + pandas, without bytecode"
_WHAT = "process start to first response"
_TARGETS = {
    BARE: Target(kind="at_most", bound=1.5),
    JOBLIB: Target(kind="at_least", bound=25),
}
_NOTES = {STALE: "what a zip file with ordinary bytecode amounts to: its dates are not the files'"}


@dataclass(frozen=True, kw_only=True)
class Contender:
    """What a process is started with: its function's folder, and its libraries."""

    handler: str
    task: Path
    path: tuple[Path, ...]


def measure_cold_starts(
    served: Served,
    store: Store,
    *,
    peers: Path,
    folder: Path,
    repetitions: int,
    slow_repetitions: int,
) -> list[Figure]:
    """Return the figures; ``slow_repetitions`` are those of the contender without bytecode."""
    runtime = install_peer("runtime", peers)
    contenders = {**list_contenders(peers=peers, folder=folder), **list_stale(peers, folder)}
    stale = contenders.pop(STALE)
    event = make_event(served.rows[:1])
    expected = served.pipeline.predict_proba(served.frame.iloc[:1])[0, 1]
    for name, contender in contenders.items():
        # The first run fills the page cache and shows that all predict the same.
        response = invoke(contender, runtime, store, [event]).responses[0]
        if name not in (BARE, IMPORTS):
            require_same(name, [read_prediction(json.loads(response["body"]))], [expected])

    def start(contender: Contender) -> Callable[[], float]:
        return lambda: invoke(contender, runtime, store, [event]).first_ms

    rounds = take_turns({name: start(one) for name, one in contenders.items()}, repetitions)
    slow = take_turns({OURS: start(contenders[OURS]), STALE: start(stale)}, slow_repetitions)
    imports = rounds.pop(IMPORTS)
    return [
        *(
            _make_figure(rounds[OURS], name, samples)
            for name, samples in rounds.items()
            if name != OURS
        ),
        *([_make_figure(slow[OURS], STALE, slow[STALE])] if slow_repetitions else []),
        *_make_profile(rounds[OURS], imports, rounds[BARE]),
    ]


def list_contenders(*, peers: Path, folder: Path) -> dict[str, Contender]:
    """Return the contenders by name, their folders made."""
    joblib = install_peer("joblib", peers)
    task = _copy(ROOT / "functions/predict", folder / "predict")
    shutil.copy(APPS / "imports_handler.py", task)
    layers = build_serving_layers()
    return {
        OURS: Contender(handler="handler.handle", task=task, path=layers),
        IMPORTS: Contender(handler="imports_handler.handle", task=task, path=layers),
        BARE: _use_app("bare_handler", (), folder),
        ONNX: _use_app("onnx_handler", (install_peer("onnxruntime", peers).libraries,), folder),
        JOBLIB: _use_app("joblib_handler", (joblib.libraries,), folder),
    }


def list_stale(peers: Path, folder: Path) -> dict[str, Contender]:
    """Return joblib's contender with libraries without bytecode."""
    bare = shutil.copytree(
        install_peer("joblib", peers).libraries,
        folder / "no-bytecode",
        ignore=shutil.ignore_patterns("__pycache__"),
        symlinks=True,
    )
    return {STALE: _use_app("joblib_handler", (bare,), folder)}


def build_serving_layers() -> tuple[Path, ...]:
    """Return the ``python`` folders of the layers that the predict function carries, built."""
    workshop = open_workshop("local", ROOT)
    names = FUNCTIONS["predict"].layers
    for _ in build_layers(workshop, names=names):
        pass
    return tuple(workshop.folder / "layers" / name / "python" for name in names)


def invoke(contender: Contender, runtime: Peer, store: Store, events: Sequence[object]) -> Invoked:
    """Start a fresh process of the contender and hand it the events."""
    path = (contender.task, *contender.path, runtime.libraries)
    environ = {
        "PATH": os.environ["PATH"],
        **store.environ,
        "PYTHONPATH": os.pathsep.join(map(str, path)),
        "PYTHONDONTWRITEBYTECODE": "1",  # the folders of a function cannot be written
        "LAMBDA_TASK_ROOT": str(contender.task),
        "_HANDLER": contender.handler,
        "AWS_LAMBDA_FUNCTION_NAME": "bench",
        "AWS_LAMBDA_FUNCTION_VERSION": "1",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1024",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }
    return invoke_fresh([runtime.python, "-m", "awslambdaric", contender.handler], environ, events)


def _use_app(name: str, path: tuple[Path, ...], folder: Path) -> Contender:
    task = folder / name
    task.mkdir(exist_ok=True)
    shutil.copy(APPS / f"{name}.py", task)
    return Contender(handler=f"{name}.handle", task=task, path=path)


def _copy(source: Path, target: Path) -> Path:
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(source, target, ignore=ignored, dirs_exist_ok=True)
    return target


def _make_figure(ours: tuple[float, ...], name: str, samples: tuple[float, ...]) -> Figure:
    return Figure(
        part=PART,
        what=_WHAT,
        unit="ms",
        samples=ours,
        peer=name,
        peer_samples=samples,
        target=_TARGETS.get(name),
        note=_NOTES.get(name, ""),
    )


def _make_profile(
    ours: tuple[float, ...], imports: tuple[float, ...], bare: tuple[float, ...]
) -> list[Figure]:
    """Return where our milliseconds go, by the differences of three handlers' starts."""
    parts = (
        ("a bare handler's start and response", bare, (0.0,) * len(bare)),
        ("our imports", imports, bare),
        ("pointer and program from S3, the first row scored", ours, imports),
    )
    return [
        Figure(
            part=PART,
            what=name_split(_WHAT, what),
            unit="ms",
            splits=(_WHAT,),
            samples=tuple(more - less for more, less in zip(longer, shorter, strict=True)),
        )
        for what, longer, shorter in parts
    ]
