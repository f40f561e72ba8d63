"""Ours and the peers write one layout and the same rows, or nothing is compared."""

from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from bench.ingest.csv_files import TRIPS, write_trips
from bench.ingest.csv_readers import (
    ARROW,
    OURS,
    PANDAS,
    READERS,
    describe_layout,
    find_written,
    make_peer_schema,
    write_groups,
)
from bench.ingest.profile import PARSE_PLAIN, PROFILES, make_profile_figures
from bench.ingest.speed import DifferentFilesError, read_peak_mib, require_same_layout
from bench.measure import name_share
from dropcast.ingest import LINE_NUMBER, ROW_GROUP_ROWS


@pytest.fixture(scope="module")
def trips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("trips") / "trips.csv"
    write_trips(path, 8_200_000)  # more than a row group
    return path


@pytest.fixture(scope="module")
def written(trips: Path) -> tuple[Path, Mapping[str, int]]:
    return trips.parent, {name: read(trips, trips.parent) for name, read in READERS.items()}


def test_a_file_of_a_size_is_the_same_each_time(tmp_path: Path) -> None:
    first, second = tmp_path / "a.csv", tmp_path / "b.csv"
    assert write_trips(first, 10_000) == write_trips(second, 10_000) == 20_000
    assert first.read_bytes() == second.read_bytes()
    assert first.read_text().count("\n") == 20_001


def test_all_readers_write_the_same_rows(written: tuple[Path, Mapping[str, int]]) -> None:
    folder, rows = written
    assert len(set(rows.values())) == 1
    ours = parquet.read_table(find_written(OURS, folder))
    expected = ours.drop_columns([LINE_NUMBER]).cast(make_peer_schema())
    assert ours.column_names[:-1] == [column.name for column in TRIPS.columns]
    for name in READERS.keys() - {OURS}:
        assert parquet.read_table(find_written(name, folder)).equals(expected), name


def test_all_readers_write_one_layout(written: tuple[Path, Mapping[str, int]]) -> None:
    folder, rows = written
    require_same_layout(folder)
    layout = describe_layout(find_written(OURS, folder))
    assert layout["rows of row groups"] == [ROW_GROUP_ROWS, rows[OURS] - ROW_GROUP_ROWS]
    assert layout["trip"] == ("ZSTD", ["DELTA_BINARY_PACKED", "RLE"])
    assert layout["started_at"] == ("ZSTD", ["DELTA_BINARY_PACKED", "RLE"])
    assert layout["rider"] == ("ZSTD", ["PLAIN", "RLE", "RLE_DICTIONARY"])
    assert layout["distance_km"] == ("ZSTD", ["PLAIN", "RLE"])


def test_the_peers_compress_as_much(written: tuple[Path, Mapping[str, int]]) -> None:
    def list_sizes(name: str) -> list[int]:
        group = parquet.ParquetFile(find_written(name, written[0])).metadata.row_group(0)
        return [group.column(i).total_compressed_size for i in range(len(TRIPS.columns))]

    assert list_sizes(ARROW) == list_sizes(PANDAS) == list_sizes(OURS)


def test_a_file_of_another_layout_ends_the_run(
    written: tuple[Path, Mapping[str, int]], tmp_path: Path
) -> None:
    for name in READERS:
        target = find_written(name, tmp_path)
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(find_written(name, written[0]).read_bytes())
    table = parquet.read_table(find_written(PANDAS, tmp_path))
    parquet.write_table(table, find_written(PANDAS, tmp_path), compression="snappy")
    with pytest.raises(DifferentFilesError, match=r"pandas, by chunks wrote .*SNAPPY"):
        require_same_layout(tmp_path)


def test_groups_are_full_however_rows_come(tmp_path: Path) -> None:
    schema = make_peer_schema()
    sizes = (1, ROW_GROUP_ROWS - 2, 2 * ROW_GROUP_ROWS, 5)
    tables = (
        pa.Table.from_arrays([pa.nulls(size, kind) for kind in schema.types], schema=schema)
        for size in sizes
    )
    target = tmp_path / "groups.parquet"
    assert write_groups(tables, target) == sum(sizes)
    found = describe_layout(target)["rows of row groups"]
    assert found == [ROW_GROUP_ROWS] * 3 + [4]


def test_the_profile_has_a_line_for_each_part(trips: Path, tmp_path: Path) -> None:
    rounds = {name: (profile(trips, tmp_path),) for name, profile in PROFILES.items()}
    figures = make_profile_figures(rounds, part="d", size_mb=8)
    ours, arrow = rounds.values()
    *split, other = figures
    assert {name_share(figure): figure.samples[0] for figure in split} == ours[0]
    assert other.samples == (arrow[0][PARSE_PLAIN],)
    assert [figure.peer for figure in split] == ["", "", ARROW, ARROW]


def test_the_peak_is_the_processs_own_high_water(tmp_path: Path) -> None:
    status = tmp_path / "status"
    status.write_text("Name:\tpython\nVmPeak:\t  900000 kB\nVmHWM:\t  204800 kB\n")
    assert read_peak_mib(status) == 200
