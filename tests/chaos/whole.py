"""Buckets that break no promise, and the checks over them."""

import json
from random import Random
from typing import Any

from dropcast.contracts.keys import CURRENT_VERSION, PROGRAM
from proofs.chaos.files import draw_file
from proofs.chaos.found import Found, RawVersion, Run
from proofs.chaos.ground import DATASET
from proofs.chaos.promises.data import check_data, check_reports
from proofs.chaos.promises.ends import check_ends
from proofs.chaos.promises.serving import check_pointers, check_runs_made_one_model
from proofs.chaos.promises.undisturbed import take_in
from tests.cli.test_replay import BODY, MODEL, SHA256

CODE = "c" * 64
CURRENT = CURRENT_VERSION.format(dataset=DATASET)


def make_whole() -> Found:
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
    return Found(
        raw=raw,
        reports=dict(made.reports),
        lake=dict(lake),
        models={
            PROGRAM.format(dataset="songs", model=MODEL): BODY,
            "audit/songs/one.json": tell_audit("one", 0),
            "audit/songs/rollback.json": tell_audit("two", 1),
        },
        pointers={"songs": (point(1, "one"), point(2, "two", "one"))},
        runs=(run,),
    )


def point(generation: int, *movers: str) -> dict[str, Any]:
    champion = {
        "model": MODEL,
        "program_sha256": SHA256,
        "dataset_version": "d",
        "run_id": "r",
        "recipe_hash": "h",
    }
    return {"champion": champion, "generation": generation, "movers": list(movers)}


def tell_audit(mover: str, generation: int) -> bytes:
    told = {"dataset": "songs", "model": mover, "decision": "registered"}
    return json.dumps({**told, "champion_generation": generation}).encode()


def find_broken(found: Found) -> set[int]:
    broken = [
        *check_data(found, code_hash=CODE),
        *check_reports(found),
        *check_pointers(found),
        *check_runs_made_one_model(found),
        *check_ends(found),
    ]
    assert all(str(one.promise) in one.tell() and one.where for one in broken)
    return {one.promise for one in broken}
