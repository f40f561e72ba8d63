"""Every other dataset on the deployed stack: its generated sample, a run, a prediction."""

import json

import pytest

from dropcast.contracts.drops import DropRecord
from dropcast.contracts.keys import RAW
from dropcast.recipe import Recipe
from dropcast.recipes import RECIPES
from operations.demo_stack import find_sample
from operations.stacks import DeployedStack
from operations.watching import find_references, name_execution, wait_for_drop, wait_for_run
from tests.e2e.conftest import DATASET, Trained

pytestmark = pytest.mark.e2e

OTHERS = [recipe for recipe in RECIPES.values() if recipe.dataset != DATASET]


def drop_sample(stack: DeployedStack, dataset: str) -> DropRecord:
    path = find_sample(dataset)
    key = RAW.format(dataset=dataset, name=path.name)
    version_id = stack.drop_file(path, key)
    return wait_for_drop(stack, dataset=dataset, raw_key=key, version_id=version_id)


@pytest.mark.parametrize("recipe", OTHERS, ids=lambda recipe: recipe.dataset)
def test_a_sample_becomes_a_model_that_predicts(
    stack: DeployedStack, trained: Trained, recipe: Recipe
) -> None:
    assert trained.run.status == "SUCCEEDED"
    dropped = drop_sample(stack, recipe.dataset)
    assert dropped.state == "completed_with_errors"
    # A dataset waits for its reference tables: they are dropped after it, and start it.
    for table in recipe.references:
        assert drop_sample(stack, table.dataset).state == "success"
    execution = name_execution(stack, recipe, str(dropped.dataset_version))
    run = wait_for_run(stack, execution)
    assert (run.status, run.output.get("decision")) == ("SUCCEEDED", "registered"), run
    _, card = stack.call_api("GET", f"{recipe.dataset}/model")
    leaderboard = card["fit"]["leaderboard"]["rows"]
    assert len(leaderboard) > len(recipe.candidates) or recipe.search.rounds == 1
    assert any(row["error"] is None for row in leaderboard)
    body = json.loads((find_sample(recipe.dataset)).with_name("request.json").read_text())
    status, response = stack.call_api("POST", f"{recipe.dataset}/predict", body)
    assert status == 200
    assert response["predictions"]
    assert response["receipt"]["references"] == find_references(stack, recipe)


def test_a_request_for_a_series_that_is_too_short_says_how_many_rows_it_needs(
    stack: DeployedStack, trained: Trained
) -> None:
    assert trained.run.status == "SUCCEEDED"
    path = find_sample("bitcoin").with_name("request.json")
    body = json.loads(path.read_text())
    status, problem = stack.call_api("POST", "bitcoin/predict", {"rows": body["rows"][:30]})
    assert status == 400
    assert "31 rows of the series are needed" in problem["problems"][0]["problem"]
