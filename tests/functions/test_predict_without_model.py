import json

from dropcast.contracts.keys import PROGRAM
from dropcast.contracts.serialization.codec import to_document
from tests.functions.cloud import Cloud
from tests.functions.predicting import ask
from tests.functions.steps import evaluate_and_judge
from tests.functions.test_predict import ROW
from tests.functions.test_train import decide, fit, prepare


def test_before_a_champion_the_answer_says_what_to_do(cloud: Cloud) -> None:
    status, problem = ask(cloud, ROW)
    assert status == 404
    assert "drop a file under raw/spotify_preference/" in problem["detail"]


def test_of_a_reference_table_the_answer_says_that_it_may_be_one(cloud: Cloud) -> None:
    status, problem = ask(cloud, ROW, dataset="police_stations")
    assert status == 404
    assert "or it is a reference table, which has no model" in problem["detail"]


def test_a_program_that_is_not_the_registered_one_is_an_internal_error_without_its_cause(
    cloud: Cloud,
) -> None:
    _, fitted = fit(cloud, prepare(cloud))
    decide(cloud, evaluate_and_judge(to_document(fitted), cloud.dependencies))
    key = PROGRAM.format(dataset="spotify_preference", model=fitted.model)
    cloud.dependencies.models.write(key, b"something else", "x/y")
    status, problem = ask(cloud, ROW)
    assert status == 500
    assert "sha256" not in json.dumps(problem)
