"""The ground that schedules are played on: a cloud with faults, the stack, and the suite's dataset
deployed to it."""

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
from proofs.chaos.recipe import RECIPE
from proofs.chaos.revision import revise
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
# The doors that a person waits at.
ANSWERING = ("predict", "catalogue", "uploads", "rollback")
_POLL_SECONDS = 0.15
# Longer than the emulator's longest wait before it tries a failed event again.
QUIET_SECONDS = 0.7


class UnquietError(DropcastError):
    """The stack did not come to rest in time; the message says what goes on."""


@dataclass(frozen=True, kw_only=True)
class Ground:
    """The deployed stack and the emulator's control."""

    cloud: LocalCloud
    stack: DeployedStack

    @cached_property
    def buckets(self) -> dict[str, str]:
        """The buckets' names by the short ones."""
        return {name: self.stack.outputs[output] for name, output in BUCKETS.items()}

    @property
    def functions(self) -> Mapping[str, str]:
        """The functions' physical ids by their names in small letters."""
        return self.stack.functions

    def control(self, verb: str, **asked: Any) -> Any:
        """Ask the emulator; see ``emulators.faults.control``."""
        request = urllib.request.Request(  # noqa: S310 - the local cloud's own endpoint
            f"{self.cloud.endpoint_url}/_chaos/{verb}", data=json.dumps(asked).encode()
        )
        with urllib.request.urlopen(request, context=self.stack.trust, timeout=30) as answer:  # noqa: S310
            return json.loads(answer.read())

    def rest(self, *, timeout_seconds: float = 600) -> None:
        """Wait until nothing is under way; raise :class:`UnquietError` if that does not come."""
        deadline = time.monotonic() + timeout_seconds
        time.sleep(_POLL_SECONDS)  # what was done last has its event on the way
        while self.control("tell")["idle_seconds"] < QUIET_SECONDS:
            if time.monotonic() > deadline:
                raise UnquietError(
                    f"after {timeout_seconds:.0f} s something still goes on; look at "
                    f"{self.cloud.folder}/cloud.log for what repeats"
                )
            time.sleep(_POLL_SECONDS)

    def restore(self, name: str) -> None:
        """Put the kept state back; what answers predictions forgets what it knew."""
        self.control("restore", name=name)
        served = [self.functions[door] for door in ("predict", "catalogue", "score")]
        self.control("end-workers", functions=served)

    def recover(self) -> None:
        """End what an unfinished schedule left under way; raise :class:`UnquietError` if that is
        not to be ended."""
        self.control("arm")
        for gate in self.control("tell")["waiting"]:
            self.control("open", gate=gate)
        self.control("restore", name="empty")
        self.control("end-workers", functions=list(self.functions.values()))
        self.rest()

    def put(self, bucket: str, key: str, body: bytes) -> str:
        """Write an object; return its version."""
        answer = self.stack.s3.put_object(Bucket=self.buckets[bucket], Key=key, Body=body)
        return str(answer["VersionId"])


def prepare_chaos(*, folder: Path, port: int) -> Launch:
    """Return how MiniStack is started with faults, and with the waits of hours in moments."""
    launch = prepare_ministack(folder=folder, port=port)
    faulty = {
        "DROPCAST_CHAOS": "1",
        "LAMBDA_ASYNC_RETRY_BASE_SECONDS": "0.1",
        "SFN_WAIT_SCALE": "0.02",
    }
    return replace(launch, environment={**launch.environment, **faulty})


@contextmanager
def open_ground(folder: Path, console: Console) -> Iterator[Ground]:
    """A cloud with the stack and the suite's dataset, for the length of a ``with`` block."""
    for layer in build_layers(open_workshop(STAGE, ROOT), starting=lambda _: None):
        if layer.built:
            console.print(f"built the layer {layer.name}")
    try:
        cloud = start_cloud(prepare_chaos, folder)
        assembly = synthesise(STAGE)
        deploy(cloud, assembly)
        console.print(f"deployed to {cloud.endpoint_url}")
        # The operator's commands know the recipes of the release that they are of.
        RECIPES[DATASET] = RECIPE
        yield make_ground(cloud)
    finally:
        RECIPES.pop(DATASET, None)
        stop_cloud(folder)


def make_ground(cloud: LocalCloud) -> Ground:
    """Return the ground of a cloud where the stack is deployed; its dataset is deployed too."""
    ground = reach_ground(cloud)
    revise(ground.stack, recipe_edits())
    ground.rest()
    ground.control("clear")
    ground.control("keep", name="empty")
    return ground


def reach_ground(cloud: LocalCloud) -> Ground:
    """Return the stack as it was deployed, with a control that knows its functions and buckets."""
    stack = open_stack(reach_cloud(local=True, folder=Path(cloud.folder)))
    ground = Ground(cloud=cloud, stack=stack)
    ground.control(
        "know",
        doors={function: door for door, function in ground.functions.items()},
        buckets={name: short for short, name in ground.buckets.items()},
        prefixes=_PREFIXES,
        answering=[ground.functions[door] for door in ANSWERING],
    )
    return ground


def recipe_edits() -> dict[str, Any]:
    """Return the edits by which the suite's dataset is deployed: a file and a line, as adding a
    dataset is."""
    source = Path(__file__).with_name("recipe.py").read_text()
    line = f"from dropcast.recipes.{DATASET} import RECIPE as CHAOS_READINGS\n"

    def list_it(text: str) -> str:
        if line in text:
            return text
        anchor = "from dropcast.recipes.sipsa_prices"
        named = text.replace(anchor, line + anchor, 1)
        return named.replace("        BITCOIN,\n", "        BITCOIN,\n        CHAOS_READINGS,\n", 1)

    return {
        f"{_RECIPES}/{DATASET}.py": lambda _: source,
        f"{_RECIPES}/__init__.py": list_it,
    }
