"""From the stack's code to a running local stack, doing only what has changed since the last time.

The stock CDK CLI does it all: what is deployed here is the template that AWS would get.
"""

import fcntl
import hashlib
import json
import os
import subprocess
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from botocore.exceptions import ClientError

from dropcast.contracts.errors import DropcastError
from emulators.account import (
    REGION,
    assert_local_account,
    cloud_environment,
    make_child_environment,
    open_session,
)
from emulators.cloud import LocalCloud
from toolchain.endpoints import STACK_NAME
from toolchain.project import ROOT, prepare_cdk

Outputs = dict[str, str]
OnLine = Callable[[str], None]

_TOOLKIT_STACK = "CDKToolkit"
_TAIL_LINES = 40
# A stack that was rolled back while it was made, or deleted, is "complete" too, but not there.
_WHOLE = frozenset({"CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"})
# What a template is made of: folders' sources by ending, and single files.
_SOURCES = (
    ("cdk", "*.py"),
    ("toolchain", "endpoints.py"),
    ("functions", "*.py"),
    ("layers/core/python", "*.py"),
)
_FILES = ("app.py", "cdk.json", "package-lock.json", "uv.lock")


class DeployError(DropcastError):
    """The CDK CLI ended with an error; the end of its output is in the message."""


def ignore_line(line: str) -> None:
    """Show nothing: for callers that follow no progress."""
    del line


def synthesise(
    stage: str, *, name: str = STACK_NAME, root: Path = ROOT, on_line: OnLine = ignore_line
) -> Path:
    """Return the stage's cloud assembly, made anew if its sources changed.

    It has the stack of this name and needs the stage's built layers. A second process waits while
    the first one makes it, and returns the same. Raises ``DeployError``.
    """
    (root / "build").mkdir(exist_ok=True)
    with Path(root, "build", f".synthesis-{stage}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return _synthesise(stage, name=name, root=root, on_line=on_line)


def name_assembly(stage: str, name: str = STACK_NAME) -> Path:
    """Return where an assembly lies in the project's folder.

    >>> str(name_assembly("local")), str(name_assembly("aws", "Dropcast-dev"))
    ('cdk.out/local', 'cdk.out/aws-Dropcast-dev')
    """
    return Path("cdk.out", stage if name == STACK_NAME else f"{stage}-{name}")


def forget_assembly(stage: str, name: str = STACK_NAME, *, root: Path = ROOT) -> None:
    """Make :func:`synthesise` make the assembly anew, whatever lies there."""
    _name_stamp(stage, root / name_assembly(stage, name), root).unlink(missing_ok=True)


def _name_stamp(stage: str, assembly: Path, root: Path) -> Path:
    return root / "build" / stage / "stamps" / f"assembly-{assembly.name}.txt"


def _synthesise(stage: str, *, name: str, root: Path, on_line: OnLine) -> Path:
    assembly = root / name_assembly(stage, name)
    stamp = _name_stamp(stage, assembly, root)
    wanted = hash_sources(stage, root=root)
    if (assembly / "manifest.json").exists() and _read_text(stamp) == wanted:
        return assembly
    stamp.unlink(missing_ok=True)
    command = ["synth", "--context", f"stage={stage}", "--context", f"name={name}"]
    command += ["--output", str(assembly), "--quiet"]
    environment = without_account(os.environ)
    _run_cdk(command, root=root, environment=environment, on_line=on_line)
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(wanted)
    return assembly


def without_account(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment without any AWS setting.

    A template is made without an account, and the CDK CLI would look for one in the files of the
    shell's user.
    """
    own = ("AWS_", "CDK_DEFAULT_")
    kept = {name: value for name, value in environ.items() if not name.startswith(own)}
    nowhere = ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE")
    return {**kept, **dict.fromkeys(nowhere, os.devnull), "AWS_EC2_METADATA_DISABLED": "true"}


def hash_sources(stage: str, *, root: Path) -> str:
    """Return one sha256 over everything that the stage's template and assets are made of."""
    digest = hashlib.sha256()
    for path in _list_sources(stage, root):
        body = path.read_bytes()
        digest.update(f"{path.relative_to(root).as_posix()}\0{len(body)}\0".encode())
        digest.update(body)
    return digest.hexdigest()


def _list_sources(stage: str, root: Path) -> Iterator[Path]:
    for folder, pattern in _SOURCES:
        yield from sorted((root / folder).rglob(pattern))
    # A layer's stamp stands for the layer.
    yield from sorted((root / "build" / stage / "stamps").glob("*.json"))
    yield from (root / name for name in _FILES if (root / name).exists())


def deploy(
    cloud: LocalCloud,
    assembly: Path,
    *,
    account: str = "000000000000",
    root: Path = ROOT,
    on_line: OnLine = ignore_line,
) -> Outputs:
    """Deploy the assembly's stacks to the local cloud; return their outputs by name.

    Nothing is done where this very cloud has this very assembly already, and nobody has updated or
    deleted the stacks since. Raises ``NotLocalError`` before anything is sent anywhere else, and
    ``DeployError`` with the end of the CLI's log.
    """
    assert_local_account(cloud_environment(cloud, account))
    state = Path(cloud.folder, f"deployed-{account}.json")
    wanted = {"cloud": cloud.mark, "assembly": hash_assembly(assembly)}
    known = _read_state(state)
    if known is not None and known.get("wanted") == wanted:
        seen = known.get("stacks", {})
        if seen == {name: read_state(cloud, name, account=account) for name in seen}:
            return dict(known["outputs"])
    state.unlink(missing_ok=True)
    environment = make_child_environment(os.environ, cloud, account)
    if not has_stack(cloud, _TOOLKIT_STACK, account=account):
        command = ["bootstrap", f"aws://{account}/{REGION}", "--app", str(assembly)]
        _run_cdk(command, root=root, environment=environment, on_line=on_line)
    outputs_file = Path(cloud.folder, f"outputs-{account}.json")
    outputs_file.unlink(missing_ok=True)
    command = ["deploy", "--app", str(assembly), "--all", "--require-approval", "never"]
    command += ["--outputs-file", str(outputs_file), "--progress", "events"]
    _run_cdk(command, root=root, environment=environment, on_line=on_line)
    stacks = json.loads(outputs_file.read_text()) if outputs_file.exists() else {}
    outputs: Outputs = {name: value for stack in stacks.values() for name, value in stack.items()}
    found = {name: read_state(cloud, name, account=account) for name in stacks}
    state.write_text(json.dumps({"wanted": wanted, "stacks": found, "outputs": outputs}, indent=1))
    return outputs


def hash_assembly(assembly: Path) -> str:
    """Return one sha256 over the assembly's templates and lists of assets.

    Assets are named by their own hashes there, so their bytes need no second reading.
    """
    digest = hashlib.sha256()
    for path in sorted(assembly.glob("*.json")):
        if path.name != "tree.json":  # for viewers only
            digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def has_stack(cloud: LocalCloud, name: str, *, account: str = "000000000000") -> bool:
    """Return whether the local cloud has a stack of this name that is whole."""
    return read_state(cloud, name, account=account) is not None


def read_state(cloud: LocalCloud, name: str, *, account: str = "000000000000") -> str | None:
    """Return which stack has this name and when it was deployed last, as one text.

    The text changes with either. ``None`` where the local cloud has no such stack, or none that is
    whole.
    """
    client = open_session(cloud_environment(cloud, account)).client(
        "cloudformation", endpoint_url=cloud.endpoint_url
    )
    try:
        stacks = client.describe_stacks(StackName=name)["Stacks"]
    except ClientError as error:
        # CloudFormation's code for a stack that does not exist
        if error.response.get("Error", {}).get("Code") == "ValidationError":
            return None
        raise
    finally:
        client.close()
    for stack in stacks:
        if stack["StackStatus"] in _WHOLE:
            deployed_at = stack.get("LastUpdatedTime", stack["CreationTime"])
            return f"{stack['StackId']} {deployed_at.isoformat()}"
    return None


def _run_cdk(
    arguments: Sequence[str], *, root: Path, environment: Mapping[str, str], on_line: OnLine
) -> None:
    command, environ = prepare_cdk(
        [*arguments, "--ci", "--no-notices", "--no-color"], root=root, environ=environment
    )
    tail: deque[str] = deque(maxlen=_TAIL_LINES)
    with subprocess.Popen(
        command,
        cwd=root,
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as running:
        assert running.stdout is not None
        for line in running.stdout:
            tail.append(line.rstrip())
            on_line(line.rstrip())
    if running.returncode != 0:
        raise DeployError(
            f"`cdk {' '.join(arguments)}` ended with {running.returncode}:\n" + "\n".join(tail)
        )


def _read_text(path: Path) -> str | None:
    return path.read_text() if path.exists() else None


def _read_state(path: Path) -> dict[str, dict[str, str]] | None:
    text = _read_text(path)
    return None if text is None else json.loads(text)
