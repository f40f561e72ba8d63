"""Each check of the lake passes a valid state, and reports each kind of damage."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from random import Random

import pytest

from dropcast.contracts.keys import name_ledger_record
from operations.recovery.findings import Dead
from proofs.chaos.cloud_setup import DATASET
from proofs.chaos.files import draw_file
from proofs.chaos.observed_state import ObservedState, RawVersion
from proofs.chaos.promises.completion import check_remaining
from proofs.chaos.promises.data import list_lost
from proofs.chaos.promises.undisturbed import take_in
from tests.chaos.valid_state import CODE, CURRENT, find_broken_promises, make_valid_state


def test_a_valid_state_breaks_nothing() -> None:
    assert find_broken_promises(make_valid_state()) == set()


def first(found: ObservedState, start: str) -> str:
    return next(key for key in sorted(found.lake) if key.startswith(start))


def change(found: ObservedState, key: str, edit: Callable[[bytes], bytes | None]) -> ObservedState:
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
def test_a_changed_lake_is_reported(
    start: str, edit: Callable[[bytes], bytes | None], promise: int
) -> None:
    valid = make_valid_state()
    keys = [key for key in sorted(valid.lake) if key.startswith(start)]
    found = [find_broken_promises(change(valid, key, edit)) for key in keys]
    assert any(promise in broken for broken in found)


def test_a_count_that_does_not_add_up_is_reported() -> None:
    valid = make_valid_state()
    for key, record in valid.records.items():
        if record.state == "completed_with_errors":
            changed = change(valid, key, edit_json(rows_accepted=record.rows_accepted - 1))
            assert find_broken_promises(changed) == {3}


def test_an_older_drop_in_the_newest_ones_place_is_reported() -> None:
    valid = make_valid_state()
    older = take_in(valid.raw[:1], code_hash=CODE).lake
    state = json.loads(older[CURRENT])["files"][f"raw/{DATASET}/a.csv"]
    files = {**json.loads(valid.lake[CURRENT])["files"], f"raw/{DATASET}/a.csv": state}
    assert 2 in find_broken_promises(change(valid, CURRENT, edit_json(files=files)))


def test_an_older_drops_report_beside_the_file_is_reported() -> None:
    valid = make_valid_state()
    older = take_in(valid.raw[:1], code_hash=CODE).reports
    assert find_broken_promises(replace(valid, reports={**valid.reports, **older})) == {2}


def drop(name: str, version: str, kind: str, like: str | None = None) -> RawVersion:
    body = draw_file(Random(like or version), mark=like or version, kind=kind, rows=20).body
    return RawVersion(key=f"raw/{DATASET}/{name}", version_id=version, body=body)


def find_after(*drops: RawVersion, undelivered: str) -> tuple[set[int], list[str]]:
    """Return what is broken, and what counts as lost, where the event of one drop never arrived."""
    delivered = [one for one in drops if one.version_id != undelivered]
    valid, made = make_valid_state(), take_in(delivered, code_hash=CODE)
    version = json.loads(made.lake[CURRENT])["version"]
    runs = (replace(valid.runs[0], name=f"{DATASET}-{version[:16]}-x"),)
    found = replace(valid, raw=drops, lake=made.lake, reports=made.reports, runs=runs)
    return find_broken_promises(found), [one.version_id for one in list_lost(found)]


OTHER = drop("b.csv", "v0", "clean")


def test_a_lost_event_is_excused_where_a_newer_drop_replaced_it() -> None:
    drops = (OTHER, drop("a.csv", "v1", "clean"), drop("a.csv", "v2", "dirty"))
    assert find_after(*drops, undelivered="v1") == (set(), ["v1"])
    later = (*drops, drop("a.csv", "v3", "other columns"))
    assert find_after(*later, undelivered="v1") == (set(), ["v1"])


def test_a_good_drop_lost_under_refused_ones_is_reported() -> None:
    drops = (OTHER, drop("a.csv", "v1", "clean"), drop("a.csv", "v2", "other columns"))
    broken, lost = find_after(*drops, undelivered="v1")
    assert 0 in broken
    assert lost == []
    under_two = (*drops, drop("a.csv", "v3", "other columns"))
    assert 0 in find_after(*under_two, undelivered="v1")[0]


def test_a_lost_event_of_the_newest_drop_is_reported() -> None:
    drops = (OTHER, drop("a.csv", "v1", "clean"), drop("a.csv", "v2", "dirty"))
    assert 0 in find_after(*drops, undelivered="v2")[0]


def test_a_lost_event_is_excused_where_the_same_bytes_were_refused() -> None:
    first, again = (drop("a.csv", v, "other columns", like="v1") for v in ("v1", "v2"))
    assert find_after(OTHER, first, again, undelivered="v1") == (set(), ["v1"])


def test_a_record_of_a_drop_that_is_none_is_reported() -> None:
    valid = make_valid_state()
    folder = RawVersion(key=f"raw/{DATASET}/folder/", version_id="v9", body=b"")
    of = next(key for key, one in sorted(valid.records.items()) if one.raw_version_id == "v2")
    record = edit_json(raw_key=folder.key, raw_version_id="v9")(valid.lake[of])
    place = {"dataset": DATASET, "raw_key": folder.key, "version_id": "v9"}
    lake = {**valid.lake, name_ledger_record(**place): record}
    assert 3 in find_broken_promises(replace(valid, raw=(*valid.raw, folder), lake=lake))


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
    found = list(check_remaining([left]))
    assert [one.promise for one in found] == broken
    assert all(left.id in one.describe() for one in found)
    assert list(check_remaining([])) == []
