"""Hostile drops and names: each is reported, none is lost, nothing is written elsewhere."""

import csv
import gzip
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cdk.permissions import ACCESSES
from dropcast.contracts import keys
from dropcast.runtime.dependencies import Dependencies
from tests.functions.cloud import Cloud
from tests.functions.steps import ingest_drop, score_drop
from tests.functions.test_ingest import HEADER, ROW

GOOD = (HEADER + ROW * 3).encode()
ODD_NAMES = (
    "a+b cé\n.csv",
    "a%2Bb%0A.csv",
    "../../clean/parts/x.csv",
    "./x.csv",
    "/x.csv",
    "a//b.csv",
    "=cmd|' /C calc'!A1.csv",
    "\x01\x1b[2J.csv",
    "日本語 🎵.csv",
    "n.csv/",
    "x.txt",
    "🎵" * 240 + ".csv",
)
# What a function may write beside the drop's own object.
WRITTEN = {
    function: {
        access.bucket + "/" + key_format.prefix
        for access in ACCESSES
        if access.function == function and "s3:PutObject" in access.actions
        for key_format in access.formats
    }
    for function in ("Ingest", "Score")
}


@pytest.mark.parametrize("name", ODD_NAMES)
def test_a_drop_of_any_name_is_taken_in_and_told_of(cloud: Cloud, name: str) -> None:
    key = keys.RAW.format(dataset="spotify_preference", name=name)
    finished = ingest_drop(cloud.put_raw(key, GOOD), cloud.dependencies)
    assert finished is not None
    assert (finished.state, finished.raw_key, finished.rows_accepted) == ("success", key, 3)
    assert finished.report_key.startswith("reports/spotify_preference/")
    assert len(finished.report_key.encode()) <= 1024
    report = cloud.read_text("raw", finished.report_key)
    assert report.splitlines()[0].startswith("File:")
    assert report.splitlines()[1].startswith("Version:")
    found = cloud.dependencies.ledger.find(
        dataset="spotify_preference", raw_key=key, version_id=finished.raw_version_id
    )
    assert found == finished
    (row,) = cloud.dependencies.versions.read_files("spotify_preference").files
    assert row == key


@pytest.mark.parametrize(
    "key",
    [
        "raw//x.csv",
        "raw/x",
        "raw/../clean/x.csv",
        "raw/Bitcoin/x.csv",
        "x",
        "/raw/bitcoin/x.csv",
        "../reports/x.csv",
        "clean/parts/x.parquet",
        "🎵" * 255 + ".csv",
    ],
)
def test_a_key_that_names_no_dataset_is_refused_under_its_own_place(cloud: Cloud, key: str) -> None:
    finished = ingest_drop(cloud.put_raw(key, GOOD), cloud.dependencies)
    assert finished is not None
    assert (finished.state, finished.dataset) == ("refused", keys.UNPLACED)
    assert finished.report_key.startswith(f"reports/{keys.UNPLACED}/")
    assert key in cloud.read_text("raw", finished.report_key)


def test_no_name_writes_a_line_of_its_own_into_the_report_on_a_stray(cloud: Cloud) -> None:
    key = "spotify_preference/a\nState:            success\x1b[2J\u202e.csv"
    finished = ingest_drop(cloud.put_raw(key, GOOD), cloud.dependencies)
    assert finished is not None
    report = cloud.read_text("raw", finished.report_key)
    assert [line for line in report.split("\n") if line.startswith("State:")] == [
        "State:            refused"
    ]
    place = "s3://raw/raw/spotify_preference/a\\nState:            success\\x1b[2J\\u202e.csv"
    assert f"\nPerhaps it is for 'spotify_preference': {place}\n" in report
    assert not set("\x1b\u202e") & set(report)


@settings(
    deadline=None, max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    # A listing, which the test needs and no function does, cannot show control characters.
    name=st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=40),
    body=st.sampled_from([GOOD, b"", b"\0" * 100, b"x", b"{}\n"]),
)
def test_whatever_is_dropped_a_function_writes_below_its_own_prefixes(
    cloud: Cloud, name: str, body: bytes
) -> None:
    for function, prefix, run in (
        ("Ingest", keys.RAW.prefix, ingest_drop),
        ("Ingest", "", ingest_drop),
        ("Score", keys.SCORE_DROP.prefix, score_drop),
    ):
        event = cloud.put_raw(f"{prefix}{name}", body)
        for place in watch_writes(cloud, event, run):
            assert place.startswith(tuple(WRITTEN[function])), (function, place)


def watch_writes(cloud: Cloud, event: Any, run: Callable[[Any, Dependencies], object]) -> list[str]:
    """Return the places that a function writes to while it handles an event."""
    before = _list_places(cloud)
    run(event, cloud.dependencies)
    return sorted(_list_places(cloud) - before)


def _list_places(cloud: Cloud) -> set[str]:
    """A listing in XML cannot carry control characters, so keys come encoded."""
    places = set()
    for bucket in ("raw", "lake", "models"):
        answer = cloud.s3.list_object_versions(Bucket=bucket, EncodingType="url")
        for item in answer.get("Versions", []):
            places.add(f"{bucket}/{unquote_plus(item['Key'])}")
    return places


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"", "The file is empty"),
        (gzip.compress(b"", mtime=0), "The file is empty once decompressed"),
        (b"\0" * 5_000, "many NUL bytes"),
        (gzip.compress(gzip.compress(GOOD, mtime=0), mtime=0), "gzip file inside a gzip"),
        (b"PK\x03\x04" + b"x" * 100, "damaged"),
        (b"PAR1" + b"x" * 100 + b"PAR1", "damaged"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\xff" * 600, "damaged"),
        (("x," * 20_000 + "\n").encode(), "too many columns"),
        (b'{"\\ud800": 1}\n', "\\ud800"),
        (b"[" * 100_000, "not one object a line"),
        (b'{"a":' * 100_000, "not one object a line"),
    ],
)
def test_poison_is_refused_with_a_report_a_record_and_nothing_else(
    cloud: Cloud, body: bytes, sentence: str
) -> None:
    finished = ingest_drop(cloud.drop(body, "poison.csv"), cloud.dependencies)
    assert finished is not None
    assert finished.state == "refused"
    assert sentence in cloud.read_text("raw", finished.report_key)
    assert all(key.startswith("ledger/") for key in cloud.list_keys("lake"))
    assert ingest_drop(cloud.drop(GOOD), cloud.dependencies).state == "success"  # type: ignore[union-attr]


def test_a_lone_surrogate_in_a_name_loses_neither_record_nor_report(cloud: Cloud) -> None:
    names = HEADER.strip().split(",")
    values = ROW.strip().split(",")
    fields = ", ".join(f'"{n}": {v}' for n, v in zip(names, values, strict=True))
    finished = ingest_drop(
        cloud.drop(f'{{{fields}, "\\ud800": 1}}\n'.encode(), "a.jsonl"), cloud.dependencies
    )
    assert finished is not None
    assert finished.state == "success"
    assert "Columns ignored:  \\ud800" in cloud.read_text("raw", finished.report_key)


def test_a_formula_in_a_bad_row_is_text_to_a_spreadsheet(cloud: Cloud) -> None:
    finished = ingest_drop(cloud.drop((HEADER + ROW + "=1+1\n-2.5\n").encode()), cloud.dependencies)
    assert finished is not None
    assert finished.quarantine_key is not None
    rows = list(csv.DictReader(io.StringIO(cloud.read_text("lake", finished.quarantine_key))))
    assert [row["text"] for row in rows] == ["'=1+1", "-2.5"]
    assert Path(finished.quarantine_key).suffix == ".csv"
