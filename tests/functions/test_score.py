"""A file under score/ comes back as predictions, with the numbers that the API gives."""

import csv
import io
import json
from typing import Any

import pyarrow.parquet as pq
import pytest

from dropcast.contracts.errors import ProgramError
from dropcast.contracts.keys import CHAMPION
from dropcast.contracts.scored_files import DropScored, FileScored
from dropcast.contracts.serialization.codec import from_document
from dropcast.recipes import RECIPES
from operations.reports import read_fact, split_uri
from tests.batch.programs import make_recipe_program
from tests.functions.cloud import SAMPLE, Cloud
from tests.functions.predicting import ask, make_models
from tests.functions.steps import score_drop

DATASET = "spotify_preference"
HEADER = (
    "acousticness,danceability,duration_ms,energy,instrumentalness,key,liveness,loudness,mode,"
    "speechiness,tempo,time_signature,valence,target,song_title\n"
)
ROW = '0.1,0.5,200000,0.4,0.0,2,0.1,-8.5,1,0.05,120.5,4,0.3,1,"=HYPERLINK(1)"\n'


@pytest.fixture
def served(cloud: Cloud) -> Cloud:
    """A cloud whose champion is a program made by hand."""
    add_program(cloud, DATASET)
    return cloud


def add_program(cloud: Cloud, dataset: str) -> None:
    for key, body in make_models(make_recipe_program(RECIPES[dataset])).objects.items():
        cloud.s3.put_object(Bucket="models", Key=key, Body=body)


def score(cloud: Cloud, event: Any) -> DropScored:
    dropped = score_drop(event, cloud.dependencies)
    assert dropped is not None
    return dropped


def read_receipt(cloud: Cloud, dropped: DropScored) -> FileScored:
    assert dropped.receipt_key is not None
    return from_document(FileScored, json.loads(cloud.read_text("raw", dropped.receipt_key)))


def read_csv(cloud: Cloud, key: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(cloud.read_text("raw", key), newline="")))


def test_every_number_is_the_apis_in_both_files(served: Cloud) -> None:
    dropped = score(served, served.drop_to_score(SAMPLE.read_bytes()))
    receipt = read_receipt(served, dropped)
    shown = read_csv(served, receipt.csv_key)
    parquet = served.s3.get_object(Bucket="raw", Key=receipt.parquet_key)["Body"].read()
    stored = pq.read_table(io.BytesIO(parquet)).to_pylist()
    columns = [column.name for column in RECIPES[DATASET].input_columns]
    rows = [{name: row[name] for name in columns} for row in stored]
    status, answer = ask(served, {"rows": rows})
    assert status == 200
    for given, line, prediction in zip(stored, shown, answer["predictions"], strict=True):
        assert int(line["line_number"]) == given["line_number"]
        assert int(line["prediction"]) == given["prediction"] == prediction["prediction"]
        assert line["label"] == given["label"] == prediction["label"]
        for label, probability in prediction["probabilities"].items():
            name = f"probability_{label}"
            assert float(line[name]) == given[name] == probability


def test_every_row_of_the_file_is_answered_or_among_the_problems(served: Cloud) -> None:
    dropped = score(served, served.drop_to_score(SAMPLE.read_bytes()))
    receipt = read_receipt(served, dropped)
    assert receipt.problems_key is not None
    answered = [int(r["line_number"]) for r in read_csv(served, receipt.csv_key)]
    refused = [int(r["line_number"]) for r in read_csv(served, receipt.problems_key)]
    assert answered == sorted(answered)
    assert (len(answered), len(refused)) == (receipt.rows_answered, receipt.rows_refused)
    assert sorted([*answered, *refused]) == list(range(2, len(SAMPLE.read_text().splitlines()) + 1))


def test_a_bad_row_is_a_problem_with_its_reasons_and_stops_no_other(served: Cloud) -> None:
    bad = "0.1,1.5,200000,loud,0.0,2,0.1,-8.5,1,0.05,120.5,4,0.3,1,x\n"
    body = (HEADER + ROW + bad + ROW).encode()
    dropped = score(served, served.drop_to_score(body))
    assert (dropped.state, dropped.rows_answered, dropped.rows_refused) == (
        "scored_with_problems",
        2,
        1,
    )
    receipt = read_receipt(served, dropped)
    assert receipt.problems_key is not None
    (row,) = read_csv(served, receipt.problems_key)
    assert row["line_number"] == "3"
    assert "danceability: 1.5 is above the maximum 1" in row["reasons"]
    report = served.read_text("raw", dropped.report_key)
    assert "energy: not a number" in report
    assert receipt.champion.model in report
    assert read_fact(report, "File") == "s3://raw/score/spotify_preference/songs.csv"
    assert read_fact(report, "Predictions") == f"s3://raw/{receipt.csv_key}"
    assert f"\n{'':18}s3://raw/{receipt.parquet_key}\n" in report
    assert read_fact(report, "Problems") == f"s3://raw/{receipt.problems_key}"
    assert split_uri(read_fact(report, "Receipt") or "") == ("raw", dropped.receipt_key)


def test_what_the_program_does_not_read_is_ignored_and_said_so(served: Cloud) -> None:
    target_is_no_class = (HEADER + ROW.replace(',1,"', ',maybe,"')).encode()
    dropped = score(served, served.drop_to_score(target_is_no_class))
    assert dropped.state == "scored"
    receipt = read_receipt(served, dropped)
    assert receipt.facts.ignored_columns == ("target (field 14)", "song_title (field 15)")
    assert receipt.problems_key is None
    assert "target (field 14)" in served.read_text("raw", dropped.report_key)


def test_the_same_event_and_the_same_bytes_again_write_no_result(served: Cloud) -> None:
    event = served.drop_to_score(SAMPLE.read_bytes())
    first = score(served, event)
    versions = list_result_versions(served)
    report = served.read_text("raw", first.report_key)
    assert score(served, event) == first
    again = score(served, served.drop_to_score(SAMPLE.read_bytes(), "again.csv"))
    assert again.receipt_key == first.receipt_key
    assert list_result_versions(served) == versions
    assert served.read_text("raw", first.report_key) == report


def test_a_crash_before_the_receipt_is_finished_with_the_same_bytes(served: Cloud) -> None:
    event = served.drop_to_score(SAMPLE.read_bytes())
    first = score(served, event)
    keys = [key for key in served.list_keys("raw") if key.startswith("scored/")]
    before = {k: served.s3.get_object(Bucket="raw", Key=k)["Body"].read() for k in keys}
    assert first.receipt_key is not None
    served.s3.delete_object(Bucket="raw", Key=first.receipt_key)
    assert score(served, event) == first
    assert before == {k: served.s3.get_object(Bucket="raw", Key=k)["Body"].read() for k in keys}


def list_result_versions(cloud: Cloud) -> list[tuple[str, str]]:
    answer = cloud.s3.list_object_versions(Bucket="raw", Prefix="scored/")
    return sorted((v["Key"], v["VersionId"]) for v in answer["Versions"])


@pytest.mark.parametrize(
    ("key", "report_key", "sentence"),
    [
        (
            "score/spotify/a.csv",
            "scored-reports/spotify/a.csv.txt",
            "This file was not taken in: no dataset 'spotify'",
        ),
        (
            "score/a.csv",
            "scored-reports/unplaced/score/a.csv.txt",
            "It belongs at s3://raw/score/<dataset>/<file>.",
        ),
    ],
)
def test_a_drop_of_no_dataset_is_refused_with_a_report(
    served: Cloud, key: str, report_key: str, sentence: str
) -> None:
    refused = score(served, served.put_raw(key, b"x"))
    assert (refused.state, refused.report_key) == ("refused", report_key)
    assert sentence in served.read_text("raw", report_key)
    assert served.list_keys("raw") == sorted([key, report_key])


def test_without_a_champion_the_report_says_what_to_do(cloud: Cloud) -> None:
    refused = score(cloud, cloud.drop_to_score(SAMPLE.read_bytes()))
    assert refused.state == "refused"
    assert "has no champion yet" in cloud.read_text("raw", refused.report_key)


def test_a_file_that_cannot_be_understood_is_refused_with_what_was_looked_for(
    served: Cloud,
) -> None:
    refused = score(served, served.drop_to_score(b"title,energie\nx,1\n"))
    assert refused.state == "refused"
    report = served.read_text("raw", refused.report_key)
    assert "danceability" in report
    assert "energie" in report


def test_a_champion_that_is_not_what_the_registry_names_is_a_fault(served: Cloud) -> None:
    key = CHAMPION.format(dataset=DATASET)
    pointer = json.loads(served.read_text("models", key))
    pointer["champion"]["program_sha256"] = "0" * 64
    served.s3.put_object(Bucket="models", Key=key, Body=json.dumps(pointer))
    with pytest.raises(ProgramError, match="not the registered"):
        score_drop(served.drop_to_score(SAMPLE.read_bytes()), served.dependencies)


def test_a_folder_marker_is_nothing_to_answer(served: Cloud) -> None:
    assert score_drop(served.put_raw(f"score/{DATASET}/", b""), served.dependencies) is None


def test_an_older_drop_whose_event_comes_late_leaves_the_newer_ones_report(served: Cloud) -> None:
    older = served.drop_to_score(b"nothing,of,it\n1,2,3\n")
    newer = score(served, served.drop_to_score(SAMPLE.read_bytes()))
    report = served.read_text("raw", newer.report_key)
    late = score(served, older)
    assert (late.state, late.report_key) == ("refused", newer.report_key)
    assert served.read_text("raw", late.report_key) == report
