"""Each check of the lake passes one that is whole, and tells of each way in which it may not be."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from random import Random

import pytest

from dropcast.contracts.keys import name_ledger_record
from operations.recovery.findings import Dead
from proofs.chaos.files import draw_file
from proofs.chaos.found import Found, RawVersion
from proofs.chaos.ground import DATASET
from proofs.chaos.promises.data import list_lost
from proofs.chaos.promises.ends import explain
from proofs.chaos.promises.undisturbed import take_in
from tests.chaos.whole import CODE, CURRENT, find_broken, make_whole


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


def drop(name: str, version: str, kind: str, like: str | None = None) -> RawVersion:
    body = draw_file(Random(like or version), mark=like or version, kind=kind, rows=20).body
    return RawVersion(key=f"raw/{DATASET}/{name}", version_id=version, body=body)


def find_after(*drops: RawVersion, untold: str) -> tuple[set[int], list[str]]:
    """Return what is broken, and what counts as lost, where the event of one drop never came."""
    told = [one for one in drops if one.version_id != untold]
    whole, made = make_whole(), take_in(told, code_hash=CODE)
    version = json.loads(made.lake[CURRENT])["version"]
    runs = (replace(whole.runs[0], name=f"{DATASET}-{version[:16]}-x"),)
    found = replace(whole, raw=drops, lake=made.lake, reports=made.reports, runs=runs)
    return find_broken(found), [one.version_id for one in list_lost(found)]


OTHER = drop("b.csv", "v0", "clean")


def test_a_lost_event_is_excused_where_a_newer_drop_replaced_it() -> None:
    drops = (OTHER, drop("a.csv", "v1", "clean"), drop("a.csv", "v2", "dirty"))
    assert find_after(*drops, untold="v1") == (set(), ["v1"])
    later = (*drops, drop("a.csv", "v3", "other columns"))
    assert find_after(*later, untold="v1") == (set(), ["v1"])


def test_a_good_drop_lost_under_refused_ones_is_told_of() -> None:
    drops = (OTHER, drop("a.csv", "v1", "clean"), drop("a.csv", "v2", "other columns"))
    broken, lost = find_after(*drops, untold="v1")
    assert 0 in broken
    assert lost == []
    under_two = (*drops, drop("a.csv", "v3", "other columns"))
    assert 0 in find_after(*under_two, untold="v1")[0]


def test_a_lost_event_of_the_newest_drop_is_told_of() -> None:
    drops = (OTHER, drop("a.csv", "v1", "clean"), drop("a.csv", "v2", "dirty"))
    assert 0 in find_after(*drops, untold="v2")[0]


def test_a_lost_event_is_excused_where_the_same_bytes_were_refused() -> None:
    first, again = (drop("a.csv", v, "other columns", like="v1") for v in ("v1", "v2"))
    assert find_after(OTHER, first, again, untold="v1") == (set(), ["v1"])


def test_a_record_of_a_drop_that_is_none_is_told_of() -> None:
    whole = make_whole()
    folder = RawVersion(key=f"raw/{DATASET}/folder/", version_id="v9", body=b"")
    of = next(key for key, one in sorted(whole.records.items()) if one.raw_version_id == "v2")
    record = edit_json(raw_key=folder.key, raw_version_id="v9")(whole.lake[of])
    place = {"dataset": DATASET, "raw_key": folder.key, "version_id": "v9"}
    lake = {**whole.lake, name_ledger_record(**place): record}
    assert 3 in find_broken(replace(whole, raw=(*whole.raw, folder), lake=lake))


@pytest.mark.parametrize(
    ("error", "broken"), [("TooFewRowsError", []), ("StoreBusyError", [0]), (None, [0])]
)
def test_what_is_dead_at_the_end_is_so_by_its_data(error: str | None, broken: list[int]) -> None:
    left = Dead(
        kind="run",
        handle="arn",
        what="a run failed",
        at=datetime(2024, 1, 1, tzinfo=UTC),
        error=error,
    )
    told = list(explain([left]))
    assert [one.promise for one in told] == broken
    assert all(left.id in one.tell() for one in told)
    assert list(explain([])) == []
