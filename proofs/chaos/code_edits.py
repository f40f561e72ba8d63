"""Edits of the deployed code, by AWS's own calls.

They make a new version of the core layer, new code of functions and a new version for an alias.
"""

import io
import ssl
import urllib.request
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from fnmatch import fnmatch
from urllib.parse import urlsplit

from dropcast.bundle import FILE_NAME
from operations.stacks import DeployedStack
from toolchain.project import ROOT

# A path in the core layer or in a function's code -> its new text, from its old one.
Edits = Mapping[str, Callable[[str], str]]
LAYER_ROOT = "python/"
# The bundle of the layer's bytecode, which was made from the sources before the edit.
BUNDLES = FILE_NAME.format(tag="*")


class EditError(Exception):
    """An edit does not fit the deployed code; the message says which."""


@contextmanager
def deployed_edits(stack: DeployedStack, edits: Edits) -> Iterator[None]:
    """Deploy edits for the length of a ``with`` block, then the code before them again."""
    client = stack.cloud.client("lambda")
    before = []
    for name in stack.functions.values():
        found = client.get_function(FunctionName=name)
        layers = [layer["Arn"] for layer in found["Configuration"].get("Layers", [])]
        before.append((name, layers, _fetch(stack, found["Code"]["Location"])))
    try:
        deploy_edits(stack, edits)
        yield
    finally:
        for name, layers, body in before:
            client.update_function_configuration(FunctionName=name, Layers=layers)
            client.update_function_code(FunctionName=name, ZipFile=body)
        _move_aliases(stack)


def deploy_edits(stack: DeployedStack, edits: Edits) -> None:
    """Deploy the edited sources to every function that has them.

    Paths are those of the project: ``layers/core/python/...`` or ``functions/<folder>/...``.
    """
    layer = {
        LAYER_ROOT + path.removeprefix("layers/core/python/"): edit
        for path, edit in edits.items()
        if path.startswith("layers/core/")
    }
    code = {path: edit for path, edit in edits.items() if path.startswith("functions/")}
    functions = stack.functions
    if layer:
        _revise_layer(stack, functions, layer)
    if code:
        _revise_code(stack, functions, code)
    _move_aliases(stack)


def _revise_layer(
    stack: DeployedStack, functions: Mapping[str, str], edits: Mapping[str, Callable[[str], str]]
) -> None:
    client = stack.cloud.client("lambda")
    attached = {
        name: [
            layer["Arn"]
            for layer in client.get_function_configuration(FunctionName=name).get("Layers", [])
        ]
        for name in functions.values()
    }
    (core,) = {arn for arns in attached.values() for arn in arns if "core" in arn.lower()}
    content = client.get_layer_version_by_arn(Arn=core)["Content"]["Location"]
    body = edit_zip(_fetch(stack, content), edits)
    name = core.rsplit(":", 2)[-2]
    fresh = client.publish_layer_version(LayerName=name, Content={"ZipFile": body})
    for function, arns in attached.items():
        changed = [fresh["LayerVersionArn"] if arn == core else arn for arn in arns]
        client.update_function_configuration(FunctionName=function, Layers=changed)


def _revise_code(
    stack: DeployedStack, functions: Mapping[str, str], edits: Mapping[str, Callable[[str], str]]
) -> None:
    client = stack.cloud.client("lambda")
    for function in functions.values():
        described = client.get_function(FunctionName=function)
        body = _fetch(stack, described["Code"]["Location"])
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            texts = {name: archive.read(name).decode() for name in list_sources(archive)}
        # Every folder has a handler.py, so a function's files are found by their text.
        own = {
            path.split("/", 2)[2]: edit
            for path, edit in edits.items()
            if texts.get(path.split("/", 2)[2]) == (ROOT / path).read_text()
        }
        if own:
            client.update_function_code(FunctionName=function, ZipFile=edit_zip(body, own))


def list_sources(archive: zipfile.ZipFile) -> list[str]:
    """Return the names of the sources in a zip."""
    return [name for name in archive.namelist() if name.endswith(".py")]


def edit_zip(body: bytes, edits: Mapping[str, Callable[[str], str]]) -> bytes:
    """Return the zip with edited texts and without their bytecode.

    A path that is not in the zip is edited from the empty text.
    """
    kept = io.BytesIO()
    stems = tuple(f"{path.rpartition('/')[2].removesuffix('.py')}.cpython" for path in edits)
    folders = {path.rpartition("/")[0] for path in edits}
    with (
        zipfile.ZipFile(io.BytesIO(body)) as old,
        zipfile.ZipFile(kept, "w", zipfile.ZIP_STORED) as new,
    ):
        for one in old.infolist():
            folder, _, name = one.filename.rpartition("/")
            stale = folder.removesuffix("/__pycache__") in folders and name.startswith(stems)
            stale = stale or fnmatch(name, BUNDLES)
            if one.filename not in edits and not stale:
                new.writestr(one, old.read(one))
        for path, edit in edits.items():
            text = old.read(path).decode() if path in old.namelist() else ""
            new.writestr(path, edit(text))
    return kept.getvalue()


def replace_text(old: str, new: str) -> Callable[[str], str]:
    """Return the edit that puts ``new`` in the place of the one ``old``."""

    def edit(text: str) -> str:
        if text.count(old) != 1:
            raise EditError(f"{text.count(old)} places, not one, have: {old}")
        return text.replace(old, new)

    return edit


def _fetch(stack: DeployedStack, url: str) -> bytes:
    # The URL has the emulator's own address, without TLS.
    given = urlsplit(url)
    place = f"{stack.cloud.endpoint_url}{given.path}?{given.query}"
    context = ssl.create_default_context(cafile=stack.cloud.environ.get("AWS_CA_BUNDLE"))
    with urllib.request.urlopen(place, context=context, timeout=60) as response:  # noqa: S310
        body: bytes = response.read()
        return body


def _move_aliases(stack: DeployedStack) -> None:
    """Publish each function that is called by an alias, and move the alias to that version."""
    client = stack.cloud.client("lambda")
    for name in stack.functions.values():
        aliases = [one["Name"] for one in client.list_aliases(FunctionName=name)["Aliases"]]
        if aliases:
            version = client.publish_version(FunctionName=name)["Version"]
            for alias in aliases:
                client.update_alias(FunctionName=name, Name=alias, FunctionVersion=version)
