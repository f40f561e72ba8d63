"""The states that schedules begin with, and the places where a function can be killed."""

from random import Random
from typing import Any

from dropcast.contracts import environment
from dropcast.contracts.errors import DropcastError
from emulators.faults.plan import Point
from proofs.chaos.files import draw_file
from proofs.chaos.ground import DATASET, Ground

# What reads and writes on behalf of events and of the state machine.
DOORS = (
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


def prepare_bases(ground: Ground) -> list[Point]:
    """Train two champions, keep the state as a base, and return every place where a function may be
    killed: each request that it makes while a champion takes another's place, before it and after.
    """
    ground.restore("empty")
    for number in range(2):
        seen = _train(ground, f"seed{number or ''}.csv", number)
    ground.control("keep", name="champions")
    return [
        Point(door=door, name=name, count=count, when=when, act="kill")
        for door, name, most in sorted(map(tuple, seen))
        if door in DOORS
        for count in range(1, most + 1)
        for when in ("before", "after")
    ]


def _train(ground: Ground, name: str, seed: int) -> list[list[Any]]:
    random = Random(seed)  # noqa: S311 - made-up data, not a secret
    file = draw_file(random, mark=f"base{seed}", kind="dirty", rows=_FIRST_ROWS)
    ground.control("arm", seed=0)
    ground.put("raw", f"raw/{DATASET}/{name}", file.body)
    ground.rest()
    pointer = ground.stack.read_json("ModelBucketName", f"champions/{DATASET}.json")
    if pointer is None or pointer["generation"] != seed + 1:
        raise SuiteError(
            f"the file {name} made no champion; look at {ground.cloud.folder}/cloud.log"
        )
    seen: list[list[Any]] = ground.control("tell")["seen"]
    return seen


def read_code_hash(ground: Ground) -> str:
    """Return the code hash that the deployed functions were given."""
    settings = ground.stack.cloud.client("lambda").get_function_configuration(
        FunctionName=ground.functions["ingest"]
    )
    found: str = settings["Environment"]["Variables"][environment.CODE_HASH]
    return found
