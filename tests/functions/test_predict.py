import json
import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from dropcast.contracts.limits import MAX_EXPLAINED, MAX_ROWS
from dropcast.contracts.serialization.codec import to_document
from dropcast.recipes import RECIPES
from dropcast.scoring.links import compute_probability
from dropcast.storage.memory import MemoryBlobStore
from tests.functions.cloud import QUICK_RECIPES, Cloud, open_cloud
from tests.functions.predicting import Predictor, ask, make_models
from tests.functions.steps import evaluate_and_judge
from tests.functions.test_train import decide, fit, prepare
from tests.scoring.examples import make_example
from tests.scoring.programs import make_logistic
from toolchain.project import ROOT

ROW = {
    column.name: column.minimum if column.minimum is not None else 0
    for column in RECIPES["spotify_preference"].input_columns
}


@pytest.fixture(scope="module")
def champion_cloud() -> Iterator[Cloud]:
    with open_cloud({**RECIPES, **QUICK_RECIPES}) as opened:
        _, fitted = fit(opened, prepare(opened))
        decide(opened, evaluate_and_judge(to_document(fitted), opened.dependencies))
        yield opened


def test_a_row_is_answered_with_its_probabilities_and_a_receipt(champion_cloud: Cloud) -> None:
    status, answer = ask(champion_cloud, ROW)
    assert status == 200
    (prediction,) = answer["predictions"]
    probabilities = prediction["probabilities"]
    assert set(probabilities) == {"disliked", "liked"}
    assert sum(probabilities.values()) == pytest.approx(1)
    assert prediction["label"] == max(probabilities, key=probabilities.__getitem__)
    assert prediction["prediction"] == ["disliked", "liked"].index(prediction["label"])
    champion = champion_cloud.dependencies.registry.read_champion("spotify_preference")
    assert answer["receipt"] == {
        "model": champion.model,
        "program_sha256": champion.program_sha256,
        "dataset_version": champion.dataset_version,
        "references": {},
        "recipe_hash": champion.recipe_hash,
        "run_id": champion.run_id,
        "trained_by_code": "code",
        "served_by_code": "code",
    }


def test_many_rows_are_answered_in_their_order(champion_cloud: Cloud) -> None:
    rows = [{**ROW, "energy": energy / 10} for energy in range(10)]
    _, many = ask(champion_cloud, {"rows": rows})
    alone = [ask(champion_cloud, row)[1]["predictions"][0] for row in rows]
    assert many["predictions"] == alone


def test_a_bad_row_gets_every_problem(champion_cloud: Cloud) -> None:
    row = {**ROW, "energy": 1.5, "tempo": "fast", "volume": 3}
    del row["key"]
    status, problem = ask(champion_cloud, {"rows": [ROW, row]})
    assert status == 400
    found = {(p["row"], p["field"]) for p in problem["problems"]}
    assert found == {(1, "energy"), (1, "tempo"), (1, "volume"), (1, "key")}


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_numbers_that_json_does_not_have_are_refused(champion_cloud: Cloud, number: str) -> None:
    body = json.dumps(ROW).replace('"energy": 0', f'"energy": {number}')
    assert number in body
    status, problem = ask(champion_cloud, body)
    assert status == 400
    assert problem["problems"][0]["field"] == "energy"


def test_other_answers_have_their_statuses(champion_cloud: Cloud) -> None:
    assert ask(champion_cloud, ROW, dataset="songs")[0] == 404
    assert ask(champion_cloud, ROW, dataset="../champions")[0] == 404
    assert ask(champion_cloud, {"rows": [ROW] * (MAX_ROWS + 1)})[0] == 413
    assert ask(champion_cloud, "{")[0] == 400


def test_a_query_parameter_that_does_nothing_is_refused(champion_cloud: Cloud) -> None:
    status, problem = ask(champion_cloud, ROW, parameters={"explian": "true"})
    assert (status, problem["problems"][0]["field"]) == (400, "explian")


def test_an_explanation_adds_up_to_its_score() -> None:
    predictor = Predictor(models=make_models(make_logistic()))
    rows = {"rows": [{"x0": 3.5, "x1": 1.0}, {"x0": -0.5, "x1": -2}]}
    status, plain = predictor.ask(rows, dataset="songs", parameters={"explain": "false"})
    assert (status, "explanation" in plain["predictions"][0]) == (200, False)
    status, explained = predictor.ask(rows, dataset="songs", parameters={"explain": "true"})
    assert status == 200
    for prediction, other in zip(explained["predictions"], plain["predictions"], strict=True):
        reason = prediction.pop("explanation")
        assert prediction == other
        assert reason["of"] == "log-odds of 'class 1'"
        total = reason["base"] + sum(reason["contributions"].values())
        assert total == pytest.approx(reason["score"])
        positive = prediction["probabilities"]["class 1"]
        assert compute_probability(total) == pytest.approx(positive)


def test_a_model_that_cannot_be_explained_says_so_and_answers_without() -> None:
    models = make_models(make_example("svc, radial"))
    predictor, row = Predictor(models=models), {"x0": 1, "x1": 1}
    status, problem = predictor.ask(row, dataset="songs", parameters={"explain": "true"})
    assert (status, problem["problems"][0]["field"]) == (400, "explain")
    assert "no exact explanation" in problem["problems"][0]["problem"]
    assert predictor.ask(row, dataset="songs")[0] == 200


def test_reasons_are_asked_for_in_small_numbers_and_known_words(champion_cloud: Cloud) -> None:
    many = {"rows": [ROW] * (MAX_EXPLAINED + 1)}
    for rows, word in ((many, "true"), (ROW, "please")):
        status, problem = ask(champion_cloud, rows, parameters={"explain": word})
        assert (status, problem["problems"][0]["field"]) == (400, "explain")


def test_each_request_leaves_one_line_with_its_metrics(champion_cloud: Cloud) -> None:
    predictor = Predictor(models=champion_cloud.dependencies.models)
    predictor.ask(ROW)
    predictor.ask({**ROW, "energy": "high"})
    predictor.ask(ROW, dataset="songs")
    answered, refused, unknown = predictor.read_lines()
    assert {name: answered[name] for name in ("level", "message", "service", "location")} == {
        "level": "INFO",
        "message": "answered",
        "service": "dropcast-predict",
        "location": "functions/predict",
    }
    assert {**answered, "_aws": None, "timestamp": None} == {
        "level": "INFO",
        "message": "answered",
        "service": "dropcast-predict",
        "location": "functions/predict",
        "timestamp": None,
        "_aws": None,
        "route": "POST /{dataset}/predict",
        "key_id": "id-of-predictions",
        "dataset": "spotify_preference",
        "instance": "request-1",
        "request_id": "invocation-1",
        "function_version": "3",
        "cold_start": True,
        "status": 200,
        "requests": 1,
        "errors": 0,
        "latency_ms": pytest.approx(4.0),
    }
    assert (refused["status"], refused["error"]) == (400, "InvalidRequestError")
    assert not refused["cold_start"]
    # A name that a client made up is no dataset of the metrics.
    assert (unknown["dataset"], unknown["asked_for"], unknown["errors"]) == ("none", "songs", 0)


def test_a_name_is_no_dataset_of_the_metrics_before_its_champion_was_found() -> None:
    predictor = Predictor(models=MemoryBlobStore())
    bodies: tuple[object, ...] = ("{", ROW, {"rows": []})
    for body in bodies:
        predictor.ask(body, dataset="x" * 46)
        predictor.ask(body, dataset="A name/" * 40)
    for line in predictor.read_lines():
        assert (line["status"], line["dataset"]) == (404, "none")
        assert len(line["asked_for"]) <= 100
        assert line["instance"] == "request-1"


def test_a_failure_of_ours_is_in_the_log_and_not_in_the_answer(
    champion_cloud: Cloud,
) -> None:
    predictor = Predictor(models=champion_cloud.dependencies.lake)
    predictor.models.write("champions/spotify_preference.json", b"{", "x/y")
    status, problem = predictor.ask(ROW)
    (line,) = predictor.read_lines()
    assert (status, line["level"], line["errors"]) == (500, "ERROR", 1)
    assert line["error"] == "DocumentError"
    assert "Traceback" in line["exception"]
    assert (line["dataset"], line["asked_for"]) == ("none", "spotify_preference")
    assert "DocumentError" not in str(problem)


def test_what_no_one_thought_of_is_answered_and_its_trace_is_logged() -> None:
    predictor = Predictor(models=MemoryBlobStore())
    status, _ = predictor.ask(ROW, route=("GET", "/nothing"))
    (line,) = predictor.read_lines()
    assert (status, line["error"]) == (500, "KeyError")
    assert "Traceback" in line["exception"]


def test_a_lone_surrogate_from_a_client_breaks_neither_answer_nor_log(
    champion_cloud: Cloud,
) -> None:
    predictor = Predictor(models=champion_cloud.dependencies.models)
    status, problem = predictor.ask('{"\\ud800": 1}')
    assert status == 400
    assert any(p["field"] == "\ud800" for p in problem["problems"])
    status, _ = predictor.ask(ROW, dataset="\ud800")
    assert status == 404
    assert all(line.isascii() for line in predictor.lines)


def test_the_handler_imports_no_library_and_little_of_the_standard_one() -> None:
    """What each of these costs a cold start stands in docs/adr/0014."""
    code = "import json, sys, functions.predict.handler; print(json.dumps(sorted(sys.modules)))"
    path = os.pathsep.join([str(ROOT), str(ROOT / "layers/core/python")])
    finished = subprocess.run(
        [sys.executable, "-S", "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"},
    )
    loaded = {name.partition(".")[0] for name in json.loads(finished.stdout)}
    assert loaded - sys.stdlib_module_names == {"__main__", "dropcast", "functions"}
    dear = {"base64", "datetime", "difflib", "email", "http", "pathlib", "ssl", "urllib"}
    assert not (dear | {"zoneinfo"}) & loaded
