"""An observed state that breaks no promise, and the checks over one."""

import json
from random import Random
from typing import Any

from dropcast.contracts.keys import CURRENT_VERSION, PROGRAM
from proofs.chaos.cloud_setup import DATASET
from proofs.chaos.files import draw_file
from proofs.chaos.observed_state import ObservedState, RawVersion, Run
from proofs.chaos.promises.completion import check_ends
from proofs.chaos.promises.data import check_data, check_reports
from proofs.chaos.promises.serving import check_pointers, check_runs_made_one_model
from proofs.chaos.promises.undisturbed import take_in
from tests.cli.test_replay import BODY, MODEL, SHA256

CODE = "c" * 64
CURRENT = CURRENT_VERSION.format(dataset=DATASET)


def make_valid_state() -> ObservedState:
    files = [
        ("a.csv", "v1", "clean"),
        ("a.csv", "v2", "dirty"),
        ("b.csv", "v3", "gzip"),
        ("c.csv", "v4", "other columns"),
    ]
    raw = tuple(
        RawVersion(
            key=f"raw/{DATASET}/{name}",
            version_id=version,
            body=draw_file(Random(version), mark=version, kind=kind, rows=20).body,
        )
        for name, version, kind in files
    )
    made = take_in(raw, code_hash=CODE)
    lake = made.lake
    version = json.loads(lake[CURRENT])["version"]
    run = Run(
        name=f"{DATASET}-{version[:16]}-x",
        status="SUCCEEDED",
        error=None,
        output={
            "run_id": "r",
            "model": MODEL,
        },
    )
    return ObservedState(
        raw=raw,
        reports=dict(made.reports),
        lake=dict(lake),
        models={
            PROGRAM.format(dataset="songs", model=MODEL): BODY,
            "audit/songs/one.json": write_audit_record("one", 0),
            "audit/songs/rollback.json": write_audit_record("two", 1),
        },
        pointers={"songs": (make_pointer(1, "one"), make_pointer(2, "two", "one"))},
        runs=(run,),
    )


def make_pointer(generation: int, *movers: str) -> dict[str, Any]:
    champion = {
        "model": MODEL,
        "program_sha256": SHA256,
        "dataset_version": "d",
        "run_id": "r",
        "recipe_hash": "h",
    }
    return {"champion": champion, "generation": generation, "movers": list(movers)}


def write_audit_record(mover: str, generation: int) -> bytes:
    record = {"dataset": "songs", "model": mover, "decision": "registered"}
    return json.dumps({**record, "champion_generation": generation}).encode()


def find_broken_promises(state: ObservedState) -> set[int]:
    broken = [
        *check_data(state, code_hash=CODE),
        *check_reports(state),
        *check_pointers(state),
        *check_runs_made_one_model(state),
        *check_ends(state),
    ]
    assert all(str(one.promise) in one.describe() and one.where for one in broken)
    return {one.promise for one in broken}
