"""The app in a process that has Node and the project, and no Docker, git or AWS settings.

The project is a copy with placeholder layers, so these tests need no build.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
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
class Copy:
    """A copy of the project; ``path`` is a PATH with Node alone."""

    root: Path
    path: Path

    def start(
        self,
        script: Path,
        environment: Mapping[str, str],
        *,
        stdin: int | None = None,
        stdout: int | None = None,
        stderr: int | None = None,
    ) -> subprocess.Popen[str]:
        """Start a script in the copy, with nothing of this process's environment."""
        quiet = dict.fromkeys(
            (
                "JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION",
                "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION",
            ),
            "1",
        )
        return subprocess.Popen(
            [sys.executable, script],
            cwd=self.root,
            env={**environment, **quiet, "PATH": str(self.path), "HOME": str(self.path)},
            text=True,
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
        )

    def read_context(self, stage: str | None, settings: Mapping[str, str]) -> dict[str, object]:
        """Return the context of ``cdk.json`` with ``settings`` as the CLI's ``-c name=value``."""
        context: dict[str, object] = json.loads((self.root / "cdk.json").read_text())["context"]
        return {**context, **settings, **({"stage": stage} if stage else {})}

    def run_app(
        self, stage: str | None, folder: Path, *, variables: Mapping[str, str]
    ) -> subprocess.CompletedProcess[str]:
        """Run ``app.py`` as the CDK CLI does, with ``variables`` in its environment."""
        environment = {
            **variables,
            "CDK_OUTDIR": str(folder),
            "CDK_CONTEXT_JSON": json.dumps(self.read_context(stage, {})),
        }
        process = self.start(
            self.root / "app.py", environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        stdout, stderr = process.communicate(timeout=_TIMEOUT_SECONDS)
        return subprocess.CompletedProcess(process.args, process.returncode, stdout, stderr)


class SynthesisError(Exception):
    """The app refused to make a template; the message is the app's own."""


class Synthesiser:
    """One process that makes many templates (see ``synthesise_many.py``)."""

    def __init__(self, copy: Copy) -> None:
        self._copy = copy
        script = Path(__file__).with_name("synthesise_many.py")
        self._process = copy.start(script, {}, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def synthesise(
        self,
        stage: str,
        folder: Path,
        *,
        settings: Mapping[str, str] | None = None,
        root: Path | None = None,
    ) -> Template:
        """Return the template with ``settings``, of ``root`` instead of the copy where given.

        Raises :class:`SynthesisError` with the app's own message.
        """
        request = {
            "root": str(root or self._copy.root),
            "context": self._copy.read_context(stage, settings or {}),
            "environ": {},
            "outdir": str(folder),
        }
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        reply = self._process.stdout.readline()
        assert reply, f"the process ended with {self._process.wait()}; its stderr is above"
        error = json.loads(reply)
        if error is not None:
            raise SynthesisError(error)
        return read_template(folder)

    def close(self) -> None:
        """End the process."""
        self._process.communicate(timeout=_TIMEOUT_SECONDS)


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
def synthesiser(copy: Copy) -> Iterator[Synthesiser]:
    made = Synthesiser(copy)
    yield made
    made.close()


@pytest.fixture(scope="session")
def templates(
    synthesiser: Synthesiser, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Template]:
    """Both stages' templates, checked by cdk-nag as they were made."""
    folder = tmp_path_factory.mktemp("assemblies")
    return {stage: synthesiser.synthesise(stage, folder / stage) for stage in STAGES}


@pytest.fixture(scope="session")
def aws(templates: dict[str, Template]) -> Template:
    return templates["aws"]
