"""A deployed stack as lines for a shell: the variables that the README's commands use.

The same lines serve sh, dash, bash and zsh, read from a file or by ``eval "$(...)"``.
"""

import os
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from botocore.exceptions import ClientError

from emulators.cloud import CERTIFICATE_VARIABLES, CLOUD_FOLDER
from operations.clouds import Cloud
from operations.stacks import DeployedStack
from toolchain.endpoints import is_on_this_machine
from toolchain.project import find_project

FILE_NAME = "demo.env"
# Variables of API keys, by the stack's outputs with the keys' ids.
KEYS = {"API_KEY": "ApiKeyId", "UPLOAD_KEY": "UploadKeyId", "OPERATOR_KEY": "OperatorKeyId"}
_OUTPUTS = {
    "RAW_BUCKET": "RawBucketName",
    "LAKE_BUCKET": "LakeBucketName",
    "MODEL_BUCKET": "ModelBucketName",
    "STATE_MACHINE_ARN": "StateMachineArn",
}
# Set in a shell that reads the lines, these would lead away from a local cloud.
_MISLEADING = (
    "AWS_DEFAULT_PROFILE",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    "AWS_PROFILE",
    "AWS_SESSION_TOKEN",
)
# The project's own tools, for machines that have no aws and no node.
_TOOL_FOLDERS = (".venv/bin", ".dropcast/tools/node/bin")


@dataclass(frozen=True, kw_only=True)
class ShellEnvironment:
    """What a shell is given.

    ``values`` are exported, ``unset`` are removed, ``hidden`` has why other variables are not
    there, and ``folders`` end the PATH.
    """

    values: Mapping[str, str]
    unset: tuple[str, ...]
    hidden: Mapping[str, str]
    folders: tuple[Path, ...]


def describe_environment(
    stack: DeployedStack, *, environ: Mapping[str, str] = os.environ, root: Path | None = None
) -> ShellEnvironment:
    """Return what a shell needs to use a stack.

    ``environ`` is the shell's where it is known; ``root`` is the checkout whose tools end the PATH,
    by default the one that is meant. Raises :class:`~operations.stacks.StackUnreadableError` where
    the stack is not whole.
    """
    root = root or find_project()
    tools = () if root is None else tuple(root / name for name in _TOOL_FOLDERS)
    values = {name: stack.find_output(output) for name, output in _OUTPUTS.items()}
    keys, hidden = read_keys(stack)
    reaching = list_reaching(stack.cloud)
    return ShellEnvironment(
        values={
            **reaching,
            "AWS_REGION": stack.cloud.region,
            "AWS_DEFAULT_REGION": stack.cloud.region,
            **values,
            "API_URL": stack.api_url,
            **keys,
        },
        unset=list_misleading(reaching, environ) if reaching else (),
        hidden=hidden,
        folders=tuple(folder for folder in tools if folder.is_dir()),
    )


def read_keys(stack: DeployedStack) -> tuple[dict[str, str], dict[str, str]]:
    """Return the values of the API keys, and why others cannot be read.

    The caller may lack the right, or the stack is of a release before the key.
    """
    found, hidden = {}, {}
    for name, output in KEYS.items():
        if output not in stack.outputs:
            hidden[name] = f"the stack has no output {output}; this release's has, once deployed"
            continue
        try:
            found[name] = stack.read_key(output)
        except ClientError as error:
            hidden[name] = str(error)
    return found, hidden


def list_reaching(cloud: Cloud) -> dict[str, str]:
    """Return the variables that lead to a cloud on this machine, none for any other.

    There the shell's own lead the way: its credentials are printed nowhere.
    """
    if cloud.endpoint_url is None or not is_on_this_machine(cloud.endpoint_url):
        return {}
    settings = {
        name: value
        for name, value in cloud.environ.items()
        if name.startswith("AWS_") or name in CERTIFICATE_VARIABLES
    }
    # A profile may have the address, and not every tool reads profiles.
    return {**settings, "AWS_ENDPOINT_URL": cloud.endpoint_url}


def list_misleading(reaching: Mapping[str, str], environ: Mapping[str, str]) -> tuple[str, ...]:
    """Return the AWS settings that would lead elsewhere than ``reaching`` does.

    Endpoints of single services are among them.

    >>> list_misleading({"AWS_ENDPOINT_URL": "x"}, {"AWS_ENDPOINT_URL_S3": "y", "HOME": "/"})[:2]
    ('AWS_DEFAULT_PROFILE', 'AWS_ENDPOINT_URL_S3')
    """
    present = {name for name in environ if name.startswith("AWS_")}
    return tuple(sorted((present | set(_MISLEADING)) - reaching.keys()))


def write_lines(described: ShellEnvironment) -> str:
    r"""Return the lines for a shell.

    >>> written = write_lines(
    ...     ShellEnvironment(
    ...         values={"A": "it's"}, unset=("B",), hidden={"C": "no\nleave"}, folders=()
    ...     )
    ... )
    >>> print(written, end="")
    unset B
    export A='it'"'"'s'
    # C is not shown: no leave
    """
    lines = [f"unset {' '.join(described.unset)}"] if described.unset else []
    lines += [f"export {name}={shlex.quote(value)}" for name, value in described.values.items()]
    # In one line whatever the reason holds: the next would be a command.
    lines += [
        f"# {name} is not shown: {' '.join(reason.split())}"
        for name, reason in described.hidden.items()
    ]
    lines += [_write_path_line(str(folder)) for folder in described.folders]
    return "".join(f"{line}\n" for line in lines)


def _write_path_line(folder: str) -> str:
    quoted = shlex.quote(folder)
    return f'case ":$PATH:" in *:{quoted}:*) ;; *) export PATH="$PATH:"{quoted} ;; esac'


def save_environment(stack: DeployedStack, folder: Path) -> Path:
    """Write the lines to a file that its owner alone may read; return the file.

    Which shell reads it later is not known.
    """
    path = folder / FILE_NAME
    path.touch(mode=0o600)
    path.chmod(0o600)
    path.write_text(write_lines(describe_environment(stack, environ={})))
    return path


def remove_environment(folder: Path = CLOUD_FOLDER) -> None:
    """Remove the file: it leads to a cloud that is no more."""
    Path(folder, FILE_NAME).unlink(missing_ok=True)
