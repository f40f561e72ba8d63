"""The app: one stack of one stage, checked by cdk-nag as it is synthesised."""

from pathlib import Path

from aws_cdk import App, Validations
from cdk_nag import AwsSolutionsChecks

from cdk.api_keys import read_generations
from cdk.stack import DropcastStack
from cdk.stage import find_stage

STACK_NAME = "Dropcast"


def make_app(*, root: Path, outdir: str | None = None, stage: str | None = None) -> App:
    """Return the app of the stage that the context (or ``stage``) names.

    ``root`` is the project's folder, with ``functions/`` and the layers that ``make build`` made.
    """
    app = App(outdir=outdir)
    named = find_stage(stage or app.node.try_get_context("stage"))
    DropcastStack(
        app,
        STACK_NAME,
        stage=named,
        root=root,
        key_generations=read_generations(app.node.try_get_context("keys")),
    )
    Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    return app
