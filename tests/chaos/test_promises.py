"""Each check passes buckets that are whole, and tells of each way in which they may not be."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest

from bench.chaos.files import draw_file
from bench.chaos.found import Found, RawVersion, Run
from bench.chaos.ground import DATASET
from bench.chaos.promises.data import check_data, check_reports
from bench.chaos.promises.ends import check_ends
from bench.chaos.promises.serving import (
    Answered,
    check_answers,
    check_canary,
    check_pointers,
    check_runs_made_one_model,
)
from bench.chaos.promises.undisturbed import take_in
from dropcast.contracts.keys import CURRENT_VERSION, PROGRAM
from tests.cli.test_replay import BODY, MODEL, REQUEST, SHA256

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


def test_whole_buckets_break_nothing() -> None:
    assert find_broken(make_whole()) == set()


def first(found: Found, start: str) -> str:
    return next(key for key in sorted(found.lake) if key.startswith(start))


def change(found: Found, key: str, edit: Callable[[bytes], bytes | None]) -> Found:
    body = edit(found.lake[key])
    rest = {name: value for name, value in found.lake.items() if name != key}
    return replace(found, lake=rest if body is None else {**rest, key: body})


def edit_json(**fields: object) -> Callable[[bytes], bytes]:
    return lambda body: json.dumps({**json.loads(body), **fields}).encode()


@pytest.mark.parametrize(
    ("start", "edit", "promise"),
    [
        (CURRENT, edit_json(version="0" * 64), 1),
        ("clean/versions/", lambda body: body.replace(b"rows", b"rowz"), 1),
        ("clean/parts/", lambda body: body + b" ", 1),
        ("clean/parts/", lambda _: None, 1),
        ("quarantine/", lambda body: body[: body.rstrip().rindex(b"\n") + 1], 3),
        (CURRENT, edit_json(files={}), 2),
        ("ledger/", lambda _: None, 0),
        ("ledger/", edit_json(state="processing", finished_at=None), 0),
    ],
)
def test_a_doctored_lake_is_told_of(
    start: str, edit: Callable[[bytes], bytes | None], promise: int
) -> None:
    whole = make_whole()
    keys = [key for key in sorted(whole.lake) if key.startswith(start)]
    found = [find_broken(change(whole, key, edit)) for key in keys]
    assert any(promise in broken for broken in found)


def test_a_count_that_does_not_add_up_is_told_of() -> None:
    whole = make_whole()
    for key, record in whole.records.items():
        if record.state == "completed_with_errors":
            doctored = change(whole, key, edit_json(rows_accepted=record.rows_accepted - 1))
            assert find_broken(doctored) == {3}


def test_an_older_drop_in_the_newest_ones_place_is_told_of() -> None:
    whole = make_whole()
    older = take_in(whole.raw[:1], code_hash=CODE).lake
    state = json.loads(older[CURRENT])["files"][f"raw/{DATASET}/a.csv"]
    files = {**json.loads(whole.lake[CURRENT])["files"], f"raw/{DATASET}/a.csv": state}
    assert 2 in find_broken(change(whole, CURRENT, edit_json(files=files)))


def test_an_older_drops_report_beside_the_file_is_told_of() -> None:
    whole = make_whole()
    older = take_in(whole.raw[:1], code_hash=CODE).reports
    assert find_broken(replace(whole, reports={**whole.reports, **older})) == {2}


@pytest.mark.parametrize(
    "states",
    [
        (point(1, "one"), point(3, "two", "one")),
        (point(1, "one"), point(1, "two")),
        (point(1, "one"), point(2, "two")),
        (point(1, "one"), point(2, "nobody", "one")),
    ],
)
def test_a_pointer_that_is_not_one_copy_is_told_of(states: tuple[dict[str, Any], ...]) -> None:
    assert find_broken(replace(make_whole(), pointers={"songs": states})) == {4}


def test_what_was_asked_tells_of_a_move_whose_maker_was_killed_after_it() -> None:
    whole = make_whole()
    states = (point(1, "one"), point(2, "killed", "one"))
    killed = replace(whole, pointers={"songs": states})
    assert find_broken(killed) == {4}
    asked = json.loads(tell_audit("killed", 1)) | {"decision": "asked"}
    asked |= {"model": "killed", "request_id": None}
    models = {**whole.models, "audit/songs/asked.json": json.dumps(asked).encode()}
    assert find_broken(replace(killed, models=models)) == set()


def test_a_loser_that_moved_the_pointer_is_told_of() -> None:
    whole = make_whole()
    lost = json.loads(tell_audit("two", 1)) | {"decision": "lost the race"}
    models = {**whole.models, "audit/songs/lost.json": json.dumps(lost).encode()}
    assert find_broken(replace(whole, models=models)) == {4}


def test_a_champion_without_a_program_is_told_of() -> None:
    whole = make_whole()
    models = {key: body for key, body in whole.models.items() if "program" not in key}
    assert find_broken(replace(whole, models=models)) == {4}


def test_runs_that_differ_or_go_on_are_told_of() -> None:
    whole = make_whole()
    (run,) = whole.runs
    other = replace(run, output={"run_id": "r", "model": "another"})
    assert find_broken(replace(whole, runs=(run, other))) == {5}
    assert find_broken(replace(whole, runs=(run, replace(run, status="RUNNING")))) == {0}
    assert find_broken(replace(whole, runs=(replace(run, status="FAILED", error="X"),))) == {0}
    data = replace(run, status="FAILED", error="TooFewRowsError")
    assert find_broken(replace(whole, runs=(data,))) == set()


def test_a_program_that_is_not_what_its_name_says_is_told_of() -> None:
    whole = make_whole()
    models = {**whole.models, PROGRAM.format(dataset="songs", model=MODEL): BODY + b" "}
    assert find_broken(replace(whole, models=models)) == {5}


def answer(**receipt: object) -> dict[str, Any]:
    champion = point(1)["champion"]
    codes = {"trained_by_code": "t", "served_by_code": "s"}
    return {"predictions": [{}, {}], "receipt": {**champion, **codes, **receipt}}


def judge(given: object, status: int = 200) -> list[str]:
    one = Answered(body=json.dumps(REQUEST), status=status, answer=given)
    return [broken.what for broken in check_answers([one], {MODEL: BODY}, make_whole())]


def test_an_answer_is_compared_with_its_champion_and_with_its_program() -> None:
    assert [line.partition(":")[0] for line in judge(answer())] == ["row 0", "row 1"]
    assert "dataset_version is not that of the champion" in judge(answer(dataset_version="z"))
    assert "does not name served_by_code" in judge(answer(served_by_code=""))
    assert "songs-1 was never champion" in judge(answer(model="songs-1"))
    assert any("cannot be replayed" in line for line in judge(answer(program_sha256="0" * 64)))


def test_a_refusal_needs_a_sentence() -> None:
    assert judge({"detail": "no champion yet"}, 404) == []
    assert judge({"message": "Internal server error"}, 502) == []
    assert judge({"message": "Internal server error"}, 500) == ["500 without a sentence"]
    assert judge(None, 502) == ["502 without a sentence"]


def test_a_canary_is_told_of(tmp_path: Path) -> None:
    assert list(check_canary(tmp_path / "canary")) == []
    (tmp_path / "canary").touch()
    assert [one.promise for one in check_canary(tmp_path / "canary")] == [6]
