"""The stack of the demo, built and deployed to a local cloud, and the samples dropped there."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from emulators.clouds import DEFAULT_CLOUD, open_cloud
from operations.clouds import reach_cloud
from operations.local_stack import OnLine, deploy, ignore_line, synthesise
from operations.stacks import DeployedStack, open_stack
from toolchain.builder.layers import LayerBuilt, build_layers, open_workshop
from toolchain.project import ROOT

STAGE = "local"

# Shows a step by its title while a ``with`` block lasts; gives a way to show its progress.
Step = Callable[[str], AbstractContextManager[OnLine]]


def find_sample(dataset: str) -> Path:
    """Return the dataset's generated sample."""
    found = (ROOT / "tests/samples" / dataset).glob("generated_sample.*")
    # What `score` saves beside it has more endings.
    (path,) = (path for path in found if path.stem == "generated_sample")
    return path


def report_steps(report: Callable[[str], object]) -> Step:
    """Return steps that report their title and seconds once they have ended well."""

    @contextmanager
    def show(title: str) -> Iterator[OnLine]:
        started = time.monotonic()
        yield ignore_line
        report(f"done {title} {time.monotonic() - started:.1f} s")

    return show


def ignore_layer(built: LayerBuilt) -> None:
    """Show nothing: for callers that do not follow the layers."""
    del built


def bring_up(
    *,
    folder: Path,
    show_step: Step,
    cloud: str = DEFAULT_CLOUD,
    on_layer: Callable[[LayerBuilt], None] = ignore_layer,
) -> DeployedStack:
    """Return the deployed stack of the folder's cloud; only what changed is built and deployed.

    ``cloud`` is the name of one of :data:`~emulators.clouds.CLOUDS`; ``on_layer`` is called with
    each layer that was built anew.
    """
    with show_step("Build the layers") as show:
        for outcome in build_layers(open_workshop(STAGE, ROOT), starting=show):
            if outcome.built:
                on_layer(outcome)
    with show_step(f"Start the local cloud: {cloud}"):
        running = open_cloud(cloud, folder)
    with show_step("Synthesise the template") as show:
        assembly = synthesise(STAGE, on_line=show)
    with show_step(f"Deploy to {running.endpoint_url} with the CDK CLI") as show:
        deploy(running, assembly, on_line=show)
    return open_stack(reach_cloud(local=True, folder=folder))
