import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any, cast

import pytest

from dropcast.ingest import FileRead, fingerprint_file, read_file
from dropcast.recipe import Column, Recipe
from dropcast.recipes import RECIPES, find_recipe, find_table
from dropcast.scoring import check_rows
from tests.samples.bitcoin import generate as bitcoin
from tests.samples.chicago_arrests import generate as chicago_arrests
from tests.samples.chicago_arrests.kinds import STREETS
from tests.samples.police_stations import generate as police_stations
from tests.samples.sipsa_prices import generate as sipsa_prices
from tests.samples.spotify_events import generate as spotify_events
from tests.samples.spotify_popularity import generate as spotify_popularity
from tests.samples.spotify_preference import generate as spotify_preference

SAMPLES = Path(__file__).parent


@dataclass(frozen=True, kw_only=True)
class Sample:
    """A sample's file, what renders it, and how many of its rows are accepted and quarantined."""

    path: Path
    render: Callable[[], str]
    accepted: int
    quarantined: int

    @property
    def dataset(self) -> str:
        return self.path.parent.name


COUNTS = (
    (bitcoin, 4_945, 4),
    (chicago_arrests, 2_025, 7),
    (police_stations, 8, 0),
    (sipsa_prices, 7_222, 6),
    (spotify_events, 1_698, 7),
    (spotify_popularity, 1_893, 8),
    (spotify_preference, 698, 6),
)
EVERY_SAMPLE = tuple(
    Sample(path=module.SAMPLE, render=module.render_sample, accepted=good, quarantined=bad)
    for module, good, bad in COUNTS
)
REQUESTS = tuple(sorted(SAMPLES.glob("*/request.json")))
# Column kind -> the JSON types of a value in a request.
JSON_TYPES: dict[str, tuple[type, ...]] = {
    "number": (int, float),
    "integer": (int,),
    "boolean": (bool,),
    "text": (str,),
    "timestamp": (str, int),
}

each_sample = pytest.mark.parametrize("sample", EVERY_SAMPLE, ids=lambda sample: sample.dataset)
each_request = pytest.mark.parametrize("path", REQUESTS, ids=lambda path: path.parent.name)


def read_sample(sample: Sample, folder: Path) -> FileRead:
    body = sample.path.read_bytes()
    return read_file(
        lambda: BytesIO(body),
        fingerprint=fingerprint_file(lambda: BytesIO(body)),
        recipe=cast("Recipe", find_table(sample.dataset)),
        clean_path=folder / "clean.parquet",
        quarantine_path=folder / "quarantine.csv",
    )


def read_request(path: Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(path.read_text())["rows"]
    return rows


def find_declared(path: Path) -> Recipe:
    if path.parent.name not in RECIPES:
        pytest.skip(f"no recipe declares {path.parent.name}")
    return find_recipe(path.parent.name)


@each_sample
def test_the_sample_is_what_its_generator_writes(sample: Sample) -> None:
    assert sample.path.read_bytes() == sample.render().encode()


@pytest.mark.parametrize("module", [bitcoin, sipsa_prices], ids=["bitcoin", "sipsa_prices"])
def test_the_request_of_a_series_is_what_its_generator_writes(module: Any) -> None:
    assert module.REQUEST.read_bytes() == module.render_request().encode()


def test_every_folder_is_a_sample_that_is_tested() -> None:
    folders = {path.parent for path in SAMPLES.glob("*/generate.py")}
    assert folders == {sample.path.parent for sample in EVERY_SAMPLE}
    tables = {sample.dataset for sample in EVERY_SAMPLE}
    assert tables >= set(RECIPES)


@each_sample
def test_a_sample_is_small(sample: Sample) -> None:
    assert sample.path.stat().st_size < 500_000


@each_sample
def test_ingest_accepts_and_quarantines_the_stated_rows(sample: Sample, tmp_path: Path) -> None:
    read = read_sample(sample, tmp_path)
    assert (read.rows_accepted, read.rows_quarantined) == (sample.accepted, sample.quarantined)


def test_the_songs_say_that_they_are_generated() -> None:
    rows = spotify_preference.SAMPLE.read_text().splitlines()[1:-1]
    assert all("Generated song" in row for row in rows)


@pytest.mark.parametrize("module", [spotify_popularity, spotify_events])
def test_every_track_has_a_generated_id(module: Any) -> None:
    lines = module.SAMPLE.read_text().splitlines()[1:-1]
    without = [line for line in lines if "generated00" not in line]
    # One event has lost its id on purpose.
    assert len(without) == (1 if module is spotify_events else 0)


def test_every_street_of_the_crimes_is_made_up() -> None:
    blocks = {row[3] for row in chicago_arrests.generate_rows()}
    streets = {str(block).split(" ", 1)[1] for block in blocks}
    assert streets == set(STREETS)


def test_the_example_request_fits_the_recipe() -> None:
    body = json.loads(spotify_preference.SAMPLE.with_name("request.json").read_text())
    rows = check_rows(body, schema=find_recipe("spotify_preference").request_schema, max_rows=10)
    assert len(rows) == len(body["rows"])


@pytest.mark.parametrize("dataset", sorted(RECIPES))
def test_every_recipe_has_an_example_request(dataset: str) -> None:
    assert SAMPLES / dataset / "request.json" in REQUESTS


@each_request
def test_a_request_carries_what_an_answer_is_computed_from(path: Path) -> None:
    recipe = find_declared(path)
    needed = {column.name for column in recipe.input_columns if not column.nullable}
    declared = {column.name for column in recipe.columns}
    for row in read_request(path):
        assert needed <= set(row) <= declared


@each_request
def test_a_request_holds_values_that_its_columns_allow(path: Path) -> None:
    recipe = find_declared(path)
    for row in read_request(path):
        for name, value in row.items():
            assert is_allowed(value, recipe.find_column(name)), (name, value)


@each_request
def test_a_request_of_a_series_has_the_rows_that_its_windows_need(path: Path) -> None:
    recipe = find_declared(path)
    if recipe.series is not None:
        assert len(read_request(path)) >= recipe.rows_needed


@pytest.mark.parametrize(
    ("dataset", "time", "step", "count"),
    [
        ("bitcoin", "open_time", timedelta(hours=1), 31),
        ("sipsa_prices", "reported_on", timedelta(weeks=1), 16),
    ],
)
def test_the_rows_of_a_series_follow_one_another(
    dataset: str, time: str, step: timedelta, count: int
) -> None:
    rows = read_request(SAMPLES / dataset / "request.json")
    moments = [datetime.fromisoformat(row[time]) for row in rows]
    assert moments == [moments[0] + number * step for number in range(count)]
    assert len({(row.get("product"), row.get("market")) for row in rows}) == 1


def is_allowed(value: object, column: Column) -> bool:
    """Whether a request may hold this value; in JSON, true is no number and 1 is not true."""
    if value is None:
        return column.nullable
    if type(value) not in JSON_TYPES[column.kind]:
        return False
    if column.kind == "timestamp":
        epoch = column.formats == ("epoch_seconds",)
        return epoch or datetime.fromisoformat(str(value)).utcoffset() == timedelta(0)
    if column.categories:
        return str(value) in column.categories
    if isinstance(value, str | bool):
        return True
    number = float(str(value))
    above = column.minimum is None or number >= column.minimum
    return above and (column.maximum is None or number <= column.maximum)


def test_a_value_of_another_type_or_out_of_range_is_not_allowed() -> None:
    recipe = find_recipe("spotify_popularity")
    wrong = [("energy", 1.5), ("energy", True), ("key", 4.5), ("explicit", 1), ("artists", None)]
    assert not any(is_allowed(value, recipe.find_column(name)) for name, value in wrong)
