"""The states that schedules start from, and the requests at which a function can be killed."""

from random import Random
from typing import Any

from dropcast.contracts import environment
from dropcast.contracts.errors import DropcastError
from emulators.faults.plan import Point
from proofs.chaos.cloud_setup import DATASET, CloudSetup
from proofs.chaos.files import draw_file

# The functions that events and the state machine run.
FUNCTIONS = (
    "ingest",
    "features",
    "split",
    "propose",
    "trial",
    "fit",
    "evaluate",
    "register",
)
_FIRST_ROWS = 460


class SuiteError(DropcastError):
    """The suite itself cannot go on; the message says why."""


def prepare_baselines(setup: CloudSetup) -> list[Point]:
    """Train two champions and save the state as a base; return the kills that may be drawn.

    They are before and after each request that a function makes while a champion replaces another.
    """
    setup.restore("empty")
    for number in range(2):
        seen = _train(setup, f"seed{number or ''}.csv", number)
    setup.control("save", name="champions")
    return [
        Point(function=function, name=name, count=count, when=when, action="kill")
        for function, name, most in sorted(map(tuple, seen))
        if function in FUNCTIONS
        for count in range(1, most + 1)
        for when in ("before", "after")
    ]


def _train(setup: CloudSetup, name: str, seed: int) -> list[list[Any]]:
    random = Random(seed)  # noqa: S311 - made-up data, not a secret
    file = draw_file(random, mark=f"base{seed}", kind="dirty", rows=_FIRST_ROWS)
    setup.control("arm", seed=0)
    setup.put("raw", f"raw/{DATASET}/{name}", file.body)
    setup.wait_until_idle()
    pointer = setup.stack.read_json("ModelBucketName", f"champions/{DATASET}.json")
    if pointer is None or pointer["generation"] != seed + 1:
        raise SuiteError(
            f"the file {name} made no champion; look at {setup.cloud.folder}/cloud.log"
        )
    seen: list[list[Any]] = setup.control("status")["seen"]
    return seen


def read_code_hash(setup: CloudSetup) -> str:
    """Return the code hash in the environment of the deployed functions."""
    settings = setup.stack.cloud.client("lambda").get_function_configuration(
        FunctionName=setup.functions["ingest"]
    )
    found: str = settings["Environment"]["Variables"][environment.CODE_HASH]
    return found
