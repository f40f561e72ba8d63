"""``build``: fill the Lambda layers of a stage."""

import os
from typing import Annotated

import typer
from rich.console import Console

from cli.options import StageOption
from operations.accounts import resolve_stage
from toolchain.builder.budget import MB
from toolchain.builder.bytecode import describe_missing_python
from toolchain.builder.layers import LAYERS, LayerBuilt, build_layers, open_workshop
from toolchain.project import ROOT


def register(app: typer.Typer) -> None:
    """Add this module's command to the program."""
    app.command()(build)


def build(
    stage: StageOption = None,
    layer: Annotated[str | None, typer.Option(help="one layer instead of all")] = None,
    details: Annotated[bool, typer.Option(help="list what was left out, and why")] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", help="print only what is being built, to stderr")
    ] = False,
) -> None:
    """Fill build/<stage>/layers; unchanged layers are kept."""
    console = Console(highlight=False, soft_wrap=True, stderr=quiet)
    if layer is not None and layer not in LAYERS:
        raise typer.BadParameter(f"no layer '{layer}'; known: {', '.join(LAYERS)}")
    workshop = open_workshop(resolve_stage(stage, local=False, environ=os.environ), ROOT)
    target = workshop.target
    names = (layer,) if layer else LAYERS
    if quiet:
        for outcome in build_layers(
            workshop,
            names=names,
            starting=lambda name: console.print(f"building the layer {name} ({target.stage})"),
        ):
            del outcome
        return
    console.print(f"Layers for {target.stage}: Python {target.python_minor}, {target.machine}")
    if workshop.python is None:
        console.print(describe_missing_python(target), style="yellow")
    with console.status("looking for changes") as status:
        outcomes = build_layers(
            workshop,
            names=names,
            starting=lambda name: status.update(f"building {name}"),
        )
        for outcome in outcomes:
            console.print(describe_layer(outcome))
            if details:
                for reason, freed in outcome.stamp.trimmed_bytes.items():
                    console.print(f"  - {freed / MB:6.2f} MB  {reason}", style="dim")


def describe_layer(outcome: LayerBuilt) -> str:
    """Return the line that a layer gets on the screen."""
    stamp = outcome.stamp
    left_out = sum(stamp.trimmed_bytes.values())
    state = f"built in {outcome.seconds:.1f} s" if outcome.built else "unchanged"
    return (
        f"  {outcome.name:<10} {stamp.size_bytes / MB:6.1f} MB, of it bytecode "
        f"{stamp.bytecode_bytes / MB:4.1f}; left out {left_out / MB:5.1f}; {state}"
    )
