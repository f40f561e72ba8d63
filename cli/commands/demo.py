"""``demo``: build, start, deploy, drop, watch, predict, on this machine and with one command."""

from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from cli.commands.build import describe_layer
from cli.demo_run import DemoError, run_demo
from cli.following import show_step
from cli.options import FORMATS, CloudOption
from dropcast.recipes import find_recipe
from emulators.cloud import CLOUD_FOLDER
from emulators.clouds import choose_cloud
from operations.demo_stack import bring_up, find_sample


def register(app: typer.Typer) -> None:
    """Add this module's command to the program."""
    app.command()(demo)


def demo(
    file: Annotated[
        Path | None, typer.Option(help=f"{FORMATS}; without it the dataset's sample")
    ] = None,
    dataset: Annotated[str, typer.Option(help="whose recipe reads it")] = "spotify_preference",
    folder: Annotated[Path, typer.Option(help="where the cloud keeps its state")] = CLOUD_FOLDER,
    cloud: CloudOption = None,
) -> None:
    """Drop a file into the local cloud and follow it to a prediction."""
    console = Console(highlight=False)
    find_recipe(dataset)
    path = file or find_sample(dataset)
    if not path.is_file():
        raise DemoError(f"no file {path}; name one with FILE=<path>, or leave FILE out")
    stack = bring_up(
        folder=folder,
        cloud=choose_cloud(cloud),
        show_step=partial(show_step, console),
        on_layer=lambda built: console.print(describe_layer(built)),
    )
    run_demo(stack=stack, dataset=dataset, path=path, folder=folder, console=console)
