"""``demo``: build, start, deploy, drop, watch, predict, on this machine and with one command."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from cli.commands.build import describe_layer
from cli.commands.cloud import CloudName
from cli.commands.score import FORMATS
from cli.demo_run import DemoError, find_sample, run_demo
from cli.following import show_step
from dropcast.recipes import find_recipe
from emulators.cloud import CLOUD_FOLDER
from emulators.clouds import DEFAULT_CLOUD, choose_cloud, open_cloud
from operations.client import Stack, open_stack
from operations.local_stack import deploy, synthesise
from operations.stacks import reach_cloud
from toolchain.builder.layers import build_layers, open_workshop
from toolchain.project import ROOT

STAGE = "local"


def register(app: typer.Typer) -> None:
    """Add this module's command to the program."""
    app.command()(demo)


def demo(
    file: Annotated[
        Path | None, typer.Option(help=f"{FORMATS}; without it the dataset's sample")
    ] = None,
    dataset: Annotated[str, typer.Option(help="whose recipe reads it")] = "spotify_preference",
    folder: Annotated[Path, typer.Option(help="where the cloud keeps its state")] = CLOUD_FOLDER,
    cloud: CloudName = None,
) -> None:
    """Drop a file into the local cloud and follow it to a prediction."""
    console = Console(highlight=False)
    find_recipe(dataset)
    path = file or ROOT / find_sample(dataset)
    if not path.is_file():
        raise DemoError(f"no file {path}; name one with FILE=<path>, or leave FILE out")
    stack = bring_up(folder=folder, console=console, cloud=choose_cloud(cloud))
    run_demo(stack=stack, dataset=dataset, path=path, folder=folder, console=console)


def bring_up(*, folder: Path, console: Console, cloud: str = DEFAULT_CLOUD) -> Stack:
    """Return the deployed stack of the folder's cloud; only what changed is built and deployed.

    ``cloud`` is the name of one of :data:`~emulators.clouds.CLOUDS`.
    """
    with show_step(console, "Build the layers") as say:
        workshop = open_workshop(STAGE, ROOT)
        for outcome in build_layers(workshop, starting=say):
            if outcome.built:
                console.print(describe_layer(outcome))
    with show_step(console, f"Start the local cloud: {cloud}"):
        running = open_cloud(cloud, folder)
    with show_step(console, "Synthesise the template") as say:
        assembly = synthesise(STAGE, on_line=say)
    with show_step(console, f"Deploy to {running.endpoint_url} with the CDK CLI") as say:
        deploy(running, assembly, on_line=say)
    return open_stack(reach_cloud(local=True, folder=folder))
