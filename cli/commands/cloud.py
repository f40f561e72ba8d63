"""``cloud start``, ``cloud stop`` and ``cloud status``: the local cloud by itself."""

import typer
from rich.console import Console

from cli.options import CloudOption
from emulators.account import cloud_environment
from emulators.cloud import find_cloud, stop_cloud
from emulators.clouds import choose_cloud, find_missing, open_cloud
from operations.shell_environment import remove_environment


def register(app: typer.Typer) -> None:
    """Add this module's commands to the program."""
    group = typer.Typer(no_args_is_help=True, help="The local cloud: start, check, stop, status.")
    group.command()(start)
    group.command()(check)
    group.command()(stop)
    group.command()(status)
    app.add_typer(group, name="cloud")


def start(cloud: CloudOption = None) -> None:
    """Start the local cloud, or find the one that runs; print the variables that reach it."""
    console = Console(highlight=False, soft_wrap=True)
    chosen = choose_cloud(cloud)
    with Console(stderr=True).status(f"starting {chosen}"):
        running = open_cloud(chosen)
    for name, value in cloud_environment(running).items():
        console.print(f"export {name}={value}", markup=False)


def check(cloud: CloudOption = None) -> None:
    """Say whether this machine has what the cloud needs; exit status 1, and the remedy, if not."""
    console = Console(highlight=False, soft_wrap=True)
    chosen = choose_cloud(cloud)
    missing = find_missing(chosen)
    if missing is not None:
        console.print(f"{chosen} is left out: {missing}", markup=False)
        raise typer.Exit(1)
    console.print(f"{chosen} can run here")


def stop() -> None:
    """Stop the local cloud and remove what it left."""
    console = Console(highlight=False)
    stopped = stop_cloud()
    remove_environment()
    console.print("the local cloud is stopped" if stopped else "no local cloud was running")


def status() -> None:
    """Say whether the local cloud runs; exit status 1 if not."""
    console = Console(highlight=False, soft_wrap=True)
    cloud = find_cloud()
    if cloud is None:
        console.print("no local cloud is running")
        raise typer.Exit(1)
    console.print(
        f"{cloud.name} runs at {cloud.endpoint_url} (process {cloud.pid}, log {cloud.log})"
    )
