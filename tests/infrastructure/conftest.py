"""The app as the CDK CLI runs it, once for all test processes of a run: ``app.py`` in a process of
its own that has Node and the project, and neither Docker, git nor AWS settings.

The project is a copy with placeholder layers, so these tests need no build.
"""

import fcntl
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.infrastructure.template import Template, read_template

PROJECT = Path(__file__).resolve().parents[2]
LAYERS = (
    "core",
    "powertools",
    "zones",
    "tables",
    "arrays",
    "learning",
    "boosting",
    "search",
    "docs",
)
STAGES = ("aws", "local")
_TIMEOUT_SECONDS = 300


@dataclass(frozen=True, kw_only=True)
class Synthesis:
    """A run of ``app.py`` under way."""

    process: subprocess.Popen[str]
    folder: Path

    def finish(self) -> str:
        """Return what it wrote to stderr."""
        _, said = self.process.communicate(timeout=_TIMEOUT_SECONDS)
        return said

    def read(self) -> Template:
        said = self.finish()
        assert self.process.returncode == 0, said
        return read_template(self.folder)


@dataclass(frozen=True, kw_only=True)
class Copy:
    """A copy of the project; ``path`` is a PATH with Node alone."""

    root: Path
    path: Path

    def synthesise(
        self,
        stage: str | None,
        folder: Path,
        *,
        settings: Mapping[str, str] | None = None,
        variables: Mapping[str, str] | None = None,
    ) -> Synthesis:
        """Run the app with ``settings`` as the CLI's ``-c name=value``, and with ``variables`` in
        its environment."""
        context = json.loads((self.root / "cdk.json").read_text())["context"]
        context |= {**(settings or {}), **({"stage": stage} if stage else {})}
        environment = {
            **(variables or {}),
            "PATH": str(self.path),
            "HOME": str(self.path),
            "CDK_OUTDIR": str(folder),
            "CDK_CONTEXT_JSON": json.dumps(context),
            "JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION": "1",
            "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "1",
        }
        process = subprocess.Popen(
            [sys.executable, "app.py"],
            cwd=self.root,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        return Synthesis(process=process, folder=folder)


def make_copy(folder: Path, contents: Mapping[str, str]) -> Copy:
    """Return a copy of the project whose layers hold a file with these contents each."""
    root = folder / "project"
    ignore = shutil.ignore_patterns("__pycache__", "tests")
    for name in ("cdk", "toolchain", "functions", "layers/core/python"):
        shutil.copytree(PROJECT / name, root / name, ignore=ignore)
    for name in ("app.py", "cdk.json"):
        shutil.copyfile(PROJECT / name, root / name)
    for stage in STAGES:
        for layer, content in contents.items():
            place = root / "build" / stage / "layers" / layer / "python"
            place.mkdir(parents=True)
            (place / "placeholder.txt").write_text(content)
    node = shutil.which("node")
    if node is None and (PROJECT / ".dropcast/tools/node/bin/node").exists():
        node = str(PROJECT / ".dropcast/tools/node/bin/node")
    assert node is not None, "the CDK needs Node; run `make setup`"
    path = folder / "bin"
    path.mkdir()
    (path / "node").symlink_to(os.path.realpath(node))
    return Copy(root=root, path=path)


@pytest.fixture(scope="session")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    return make_copy(tmp_path_factory.mktemp("copy"), dict.fromkeys(LAYERS, "placeholder"))


@pytest.fixture(scope="session")
def templates(copy: Copy, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Template]:
    """Both stages' templates, checked by cdk-nag as they were made."""
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:  # each worker's folder lies in the run's own
        shared = shared.parent
    folders = {stage: shared / f"assembly-{stage}" for stage in STAGES}
    with (shared / "assemblies.lock").open("a+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not lock.seek(0, os.SEEK_END):
            running = [copy.synthesise(stage, folder) for stage, folder in folders.items()]
            for synthesis in running:
                synthesis.read()
            lock.write("made")
    return {stage: read_template(folder) for stage, folder in folders.items()}


@pytest.fixture(scope="session")
def aws(templates: dict[str, Template]) -> Template:
    return templates["aws"]
