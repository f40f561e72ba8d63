"""The app: one stack, checked by cdk-nag as it is synthesised."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path

from aws_cdk import App, Tags, Validations
from cdk_nag import AwsSolutionsChecks

from cdk.settings import read_settings
from cdk.stack import DropcastStack
from toolchain.endpoints import choose_stage, describe_missing_account, require_match


def make_app(
    *,
    root: Path,
    environ: Mapping[str, str],
    context: Mapping[str, object] | None = None,
    outdir: str | None = None,
) -> App:
    """Return the app that the context describes.

    ``root`` is the project's folder, with ``functions/`` and the layers that ``make build`` made;
    ``environ`` decides the stage where the context has none; ``context`` is what to add to the
    context that the CDK CLI hands over. Raises
    :class:`~toolchain.endpoints.StageMismatchError`, :class:`~cdk.settings.SettingsError` and
    :class:`~cdk.functions.LayersMissingError`.
    """
    app = App(outdir=outdir, context=context)
    known: dict[str, object] = app.node.get_all_context()
    named = known.get("stage")
    settings = read_settings(
        known,
        stage=choose_stage(str(named) if named else None, environ),
        shared=list_shared_names(environ),
    )
    require_match(settings.stage.name, environ)
    note = describe_missing_account(environ)
    if note is not None:
        print(note, file=sys.stderr)  # noqa: T201 - the CDK CLI shows an app's stderr
    stack = DropcastStack(app, settings.name, settings=settings, root=root)
    for name, value in settings.tags.items():
        Tags.of(stack).add(name, value)
    Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    return app


def list_shared_names(environ: Mapping[str, str]) -> frozenset[str]:
    """Return the names of context in ``~/.cdk.json``, which all CDK apps of a person share."""
    try:
        shared = json.loads(Path(environ.get("HOME", "~"), ".cdk.json").read_text())["context"]
    except (OSError, ValueError, KeyError, TypeError):
        return frozenset()
    return frozenset(shared)
