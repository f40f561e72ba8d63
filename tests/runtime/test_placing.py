"""What the refusal of a drop says whose key names no dataset, or one that does not exist."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropcast.contracts.errors import (
    MisplacedDropError,
    ReferenceTableError,
    UnknownDatasetError,
)
from dropcast.recipes import RECIPES, find_recipe, find_table, list_references
from dropcast.steps.placing import describe_misplaced, find_placed, suggest_dataset

KNOWN = [*RECIPES, *list_references()]


def name_uri(key: str) -> str:
    return f"s3://drops/{key}"


def describe(key: str) -> list[str]:
    return describe_misplaced(key, known=KNOWN, name_uri=name_uri).split("\n")


def test_a_file_at_the_root_gets_both_places_and_the_dataset_that_its_name_suggests() -> None:
    first, places, datasets, near, new = describe("Bitcoin 2024.csv")
    assert first == "This file was not taken in: nothing reads files at this place of the bucket."
    assert places == (
        "A file to learn from belongs at s3://drops/raw/<dataset>/<file>; "
        "a file to be scored at s3://drops/score/<dataset>/<file>."
    )
    assert datasets == f"The datasets are: {', '.join(sorted(KNOWN))}."
    assert near == "Perhaps it is for 'bitcoin': s3://drops/raw/bitcoin/Bitcoin 2024.csv"
    assert "`make new FILE=<file> DATASET=<name>`" in new


def test_a_prefix_in_other_letters_gets_an_error_and_leads_to_its_own_place() -> None:
    lines = describe("Score/bitcoin/may.csv")
    assert lines[1].startswith("A file to be scored belongs at s3://drops/score/<dataset>/<file>")
    assert "Upper and lower case count: only score/ is read." in lines
    assert "Perhaps it is for 'bitcoin': s3://drops/score/bitcoin/may.csv" in lines
    assert "Upper and lower case count: only raw/ is read." in describe("RAW/x.csv")


def test_a_file_directly_under_a_prefix_gets_that_prefix_alone() -> None:
    for prefix in ("raw", "score"):
        lines = describe(f"{prefix}/songs.csv")
        assert lines[:2] == [
            f"This file was not taken in: its key names no dataset after {prefix}/.",
            f"It belongs at s3://drops/{prefix}/<dataset>/<file>.",
        ]
        assert not any(line.startswith(("Perhaps", "Upper")) for line in lines)


@pytest.mark.parametrize(
    ("key", "dataset"),
    [
        ("raw/Bitcoin/may.csv", "bitcoin"),
        ("data/police-stations.xlsx", "police_stations"),
        ("spotify_preferense/a.csv", "spotify_preference"),
        ("my/deep/SIPSA Prices/2024/07.csv", "sipsa_prices"),
        ("songs.csv", None),
        ("spotify.csv", None),
        ("/", None),
        ("a" * 1000, None),
    ],
)
def test_the_nearest_dataset_is_named_where_the_key_suggests_one(
    key: str, dataset: str | None
) -> None:
    assert suggest_dataset(key, KNOWN) == dataset


@given(key=st.text(min_size=1))
def test_whatever_the_key_the_sentences_hold_nothing_unseen_and_end(key: str) -> None:
    lines = describe(key)
    assert lines[0].startswith("This file was not taken in:")
    assert len(lines) <= 6
    assert all(line.isprintable() or not line.isascii() for line in lines)
    assert not any(ord(c) < 32 or 127 <= ord(c) < 160 for line in lines for c in line)


def place(dataset: str, key: str, *, scored: bool = False) -> object:
    return find_placed(
        find_recipe if scored else find_table,
        dataset=dataset,
        key=key,
        known=KNOWN,
        name_uri=name_uri,
    )


def test_a_known_dataset_is_found_and_an_unknown_one_is_not_taken_for_a_misplaced_file() -> None:
    assert place("bitcoin", "raw/bitcoin/a.csv") is RECIPES["bitcoin"]
    with pytest.raises(MisplacedDropError, match="names no dataset after raw/"):
        place("unplaced", "raw/a.csv")
    with pytest.raises(UnknownDatasetError, match="did you mean 'bitcoin'") as caught:
        place("bitcoins", "raw/bitcoins/a.csv")
    assert not isinstance(caught.value, MisplacedDropError)
    assert "DATASET=bitcoins" in str(caught.value)


def test_a_file_to_be_answered_for_a_reference_table_is_not_led_to_a_new_dataset() -> None:
    with pytest.raises(ReferenceTableError, match="not taken in: 'police_stations' is a") as caught:
        place("police_stations", "score/police_stations/a.csv", scored=True)
    assert "make new" not in str(caught.value)
