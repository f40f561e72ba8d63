"""The cloud that schedules run on: with faults, the deployed stack and the suite's dataset."""

import json
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from rich.console import Console

from dropcast.contracts import keys
from dropcast.contracts.errors import DropcastError
from dropcast.recipes import RECIPES
from emulators.cloud import Launch, LocalCloud, start_cloud, stop_cloud
from emulators.ministack import prepare_ministack
from operations.clouds import reach_cloud
from operations.local_stack import deploy, synthesise
from operations.stacks import DeployedStack, open_stack
from proofs.chaos.code_edits import deploy_edits
from proofs.chaos.recipe import RECIPE
from toolchain.builder.layers import build_layers, open_workshop
from toolchain.project import ROOT

STAGE = "local"
DATASET = RECIPE.dataset
STATIONS = "police_stations"
BUCKETS = {"raw": "RawBucketName", "lake": "LakeBucketName", "models": "ModelBucketName"}
_RECIPES = "layers/core/python/dropcast/recipes"
_PREFIXES = sorted(
    value.prefix for value in vars(keys).values() if isinstance(value, keys.KeyFormat)
)
# The functions whose callers wait for them.
ANSWERING = ("predict", "catalogue", "uploads", "rollback")
_POLL_SECONDS = 0.15
# Longer than the emulator's longest wait before it tries a failed event again.
IDLE_SECONDS = 0.7


class NotIdleError(DropcastError):
    """Something in the stack was still at work when the time was up."""


@dataclass(frozen=True, kw_only=True)
class CloudSetup:
    """The deployed stack, and the HTTP interface of the emulator's faults."""

    cloud: LocalCloud
    stack: DeployedStack

    @cached_property
    def buckets(self) -> dict[str, str]:
        """The deployed buckets by their short names."""
        return {name: self.stack.outputs[output] for name, output in BUCKETS.items()}

    @property
    def functions(self) -> Mapping[str, str]:
        """The deployed functions by their short names, in lower case."""
        return self.stack.functions

    def control(self, verb: str, **given: Any) -> Any:
        """Send a request to ``emulators.faults.control`` and return its result."""
        request = urllib.request.Request(  # noqa: S310 - the local cloud's own endpoint
            f"{self.cloud.endpoint_url}/_chaos/{verb}", data=json.dumps(given).encode()
        )
        with urllib.request.urlopen(request, context=self.stack.trust, timeout=30) as response:  # noqa: S310
            return json.loads(response.read())

    def wait_until_idle(self, *, timeout_seconds: float = 600) -> None:
        """Wait until nothing is at work; raise :class:`NotIdleError` when the time is up."""
        deadline = time.monotonic() + timeout_seconds
        time.sleep(_POLL_SECONDS)  # the event of the last action may be on its way
        while self.control("status")["idle_seconds"] < IDLE_SECONDS:
            if time.monotonic() > deadline:
                raise NotIdleError(
                    f"after {timeout_seconds:.0f} s something still goes on; look at "
                    f"{self.cloud.folder}/cloud.log for what repeats"
                )
            time.sleep(_POLL_SECONDS)

    def restore(self, name: str) -> None:
        """Restore a saved state, and end the workers that hold a champion in memory."""
        self.control("restore", name=name)
        self.end_workers("predict", "catalogue", "score")

    def end_workers(self, *functions: str) -> None:
        """End the idle processes of these functions, so that the next call starts cold."""
        self.control("end-workers", functions=[self.functions[name] for name in functions])

    def recover(self) -> None:
        """End what an unfinished schedule left at work; raise :class:`NotIdleError` on failure."""
        self.control("arm")
        for gate in self.control("status")["waiting"]:
            self.control("open", gate=gate)
        self.control("restore", name="empty")
        self.end_workers(*self.functions)
        self.wait_until_idle()

    def put(self, bucket: str, key: str, body: bytes) -> str:
        """Write an object; return its version."""
        written = self.stack.s3.put_object(Bucket=self.buckets[bucket], Key=key, Body=body)
        return str(written["VersionId"])


def prepare_faulty_ministack(*, folder: Path, port: int) -> Launch:
    """Return how MiniStack is started with faults, and with its long waits shortened."""
    launch = prepare_ministack(folder=folder, port=port)
    faulty = {
        "DROPCAST_CHAOS": "1",
        "LAMBDA_ASYNC_RETRY_BASE_SECONDS": "0.1",
        "SFN_WAIT_SCALE": "0.02",
    }
    return replace(launch, environment={**launch.environment, **faulty})


@contextmanager
def open_setup(folder: Path, console: Console) -> Iterator[CloudSetup]:
    """Run a cloud with the stack and the suite's dataset for the length of a ``with`` block."""
    for layer in build_layers(open_workshop(STAGE, ROOT), starting=lambda _: None):
        if layer.built:
            console.print(f"built the layer {layer.name}")
    try:
        cloud = start_cloud(prepare_faulty_ministack, folder)
        assembly = synthesise(STAGE)
        deploy(cloud, assembly)
        console.print(f"deployed to {cloud.endpoint_url}")
        # The operator's commands read the recipes of their own release.
        RECIPES[DATASET] = RECIPE
        yield prepare_setup(cloud)
    finally:
        RECIPES.pop(DATASET, None)
        stop_cloud(folder)


def prepare_setup(cloud: LocalCloud) -> CloudSetup:
    """Return the setup of a cloud with the deployed stack; deploy the suite's dataset to it."""
    setup = connect_setup(cloud)
    deploy_edits(setup.stack, make_recipe_edits())
    setup.wait_until_idle()
    setup.control("clear")
    setup.control("save", name="empty")
    return setup


def connect_setup(cloud: LocalCloud) -> CloudSetup:
    """Return the setup of a cloud with the deployed stack, with the faults configured for it."""
    stack = open_stack(reach_cloud(local=True, folder=Path(cloud.folder)))
    setup = CloudSetup(cloud=cloud, stack=stack)
    setup.control(
        "configure",
        functions={deployed: name for name, deployed in setup.functions.items()},
        buckets={name: short for short, name in setup.buckets.items()},
        prefixes=_PREFIXES,
        answering=[setup.functions[name] for name in ANSWERING],
    )
    return setup


def make_recipe_edits() -> dict[str, Any]:
    """Return the edits that add the suite's dataset: a file and a line, as for any dataset."""
    source = Path(__file__).with_name("recipe.py").read_text()
    line = f"from dropcast.recipes.{DATASET} import RECIPE as CHAOS_READINGS\n"

    def add_recipe(text: str) -> str:
        if line in text:
            return text
        anchor = "from dropcast.recipes.sipsa_prices"
        named = text.replace(anchor, line + anchor, 1)
        return named.replace("        BITCOIN,\n", "        BITCOIN,\n        CHAOS_READINGS,\n", 1)

    return {
        f"{_RECIPES}/{DATASET}.py": lambda _: source,
        f"{_RECIPES}/__init__.py": add_recipe,
    }
