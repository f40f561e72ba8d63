"""The functions are what their code needs; the state machine reads as a sentence and knows every
error by name."""

import ast
import json
from dataclasses import fields
from typing import Any

import pytest

from dropcast.contracts.errors import DataError, TransientError
from dropcast.contracts.messages import SearchFinished, TrialEnded
from tests.infrastructure.conftest import LAYERS
from tests.infrastructure.template import Template
from toolchain.builder.budget import FUNCTIONS

SERVING = {"powertools"}
TABLES, SEARCH = SERVING | {"tables"}, SERVING | {"search"}
ARRAYS = SERVING | {"arrays"}
FITTING = ARRAYS | {"learning", "boosting"}
# Function -> (handler, layers beside core, memory in MiB, disk in MiB).
EXPECTED: dict[str, tuple[str, set[str], int, int]] = {
    "ingest": ("handler.handle", TABLES, 2048, 4096),
    "features": ("handler.handle", TABLES, 3008, 512),
    "split": ("split.handle", ARRAYS, 2048, 512),
    "propose": ("propose.handle", SEARCH, 512, 512),
    "trial": ("trial.handle", FITTING, 3008, 512),
    "fit": ("fit.handle", FITTING, 3008, 512),
    "evaluate": ("evaluate.handle", ARRAYS, 3008, 512),
    "register": ("register.handle", SERVING, 512, 512),
    "predict": ("handler.handle", {"zones"}, 512, 512),
    "score": ("score.handle", TABLES, 2048, 8192),
    "catalogue": ("catalogue.handle", SERVING | {"docs"}, 512, 512),
    "uploads": ("uploads.handle", SERVING, 512, 512),
    "rollback": ("rollback.handle", SERVING, 512, 512),
}
TASKS = {
    "Split rows": "split",
    "Propose trials": "propose",
    "Fit model": "fit",
    "Evaluate model": "evaluate",
    "Register model": "register",
    "Reject model": "register",
}
LAMBDA_ERRORS = {
    "Lambda.AWSLambdaException",
    "Lambda.ResourceConflictException",
    "Lambda.ResourceNotReadyException",
    "Lambda.SdkClientException",
    "Lambda.ServiceException",
    "Lambda.TooManyRequestsException",
}


def list_names(root: type[Exception]) -> set[str]:
    names = {root.__name__}
    for child in root.__subclasses__():
        names |= list_names(child)
    return names


def list_layers(properties: dict[str, Any]) -> list[str]:
    carried = [layer["Ref"].lower() for layer in properties["Layers"]]
    return sorted(name for found in carried for name in LAYERS if f"{name}layer" in found)


def test_the_builder_measures_what_each_function_carries(aws: Template) -> None:
    functions = {
        name: list_layers(function["Properties"]) for name, function in aws.find_functions().items()
    }
    assert {name: sorted(load.layers) for name, load in FUNCTIONS.items()} == functions


@pytest.mark.parametrize("function", EXPECTED)
def test_a_function_carries_the_layers_of_its_role_and_enough_memory(
    aws: Template, function: str
) -> None:
    handler, layers, memory_mib, disk_mib = EXPECTED[function]
    properties = aws.find_functions()[function]["Properties"]
    assert properties["Handler"] == handler
    assert list_layers(properties) == sorted({"core"} | layers)
    assert properties["MemorySize"] >= memory_mib
    assert properties.get("EphemeralStorage", {"Size": 512})["Size"] == disk_mib


@pytest.mark.parametrize("function", EXPECTED)
def test_the_handler_is_a_function_at_the_root_of_its_code(aws: Template, function: str) -> None:
    properties = aws.find_functions()[function]["Properties"]
    module, _, name = properties["Handler"].partition(".")
    asset = aws.folder / f"asset.{properties['Code']['S3Key'].removesuffix('.zip')}"
    tree = ast.parse((asset / f"{module}.py").read_text())
    functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    assert len(functions[name].args.args) == 2
    assert not list(asset.rglob("__pycache__"))


@pytest.mark.parametrize("stage", ["aws", "local"])
def test_every_function_logs_to_a_group_of_its_own_that_ends(
    templates: dict[str, Template], stage: str
) -> None:
    template = templates[stage]
    groups = [
        function["Properties"]["LoggingConfig"]["LogGroup"]["Ref"]
        for function in template.find_functions().values()
    ]
    assert len(set(groups)) == len(EXPECTED)
    for group in template.find("Logs::LogGroup").values():
        assert 0 < group["Properties"]["RetentionInDays"] <= 365
        assert group["DeletionPolicy"] == "Delete"


def test_receipts_name_the_code_by_one_hash(templates: dict[str, Template]) -> None:
    hashes = {
        function["Properties"]["Environment"]["Variables"]["DROPCAST_CODE_HASH"]
        for template in templates.values()
        for name, function in template.find_functions().items()
        if name in {"ingest", "features", "evaluate", "register", "predict", "score", "rollback"}
    }
    (found,) = hashes
    assert len(found) == 64
    assert int(found, 16) > 0


def read_definition(template: Template) -> dict[str, Any]:
    (machine,) = template.find("StepFunctions::StateMachine").values()
    definition = machine["Properties"]["DefinitionString"]
    found: dict[str, Any] = json.loads(template.render(definition))
    return found


def list_states(template: Template) -> dict[str, Any]:
    """Return the states by name, those inside the Map too."""
    states: dict[str, Any] = read_definition(template)["States"]
    inside: dict[str, Any] = states["Try candidates"]["ItemProcessor"]["States"]
    return states | inside


def read_sentence(states: dict[str, Any], first: str) -> list[str]:
    """Return the states from ``first`` to the one that chooses, ends or was passed before."""
    sentence = [first]
    while (following := states[sentence[-1]].get("Next")) and following not in sentence:
        sentence.append(following)
    return sentence


def test_the_states_read_as_a_sentence(aws: Template) -> None:
    definition = read_definition(aws)
    states = definition["States"]
    begun = read_sentence(states, definition["StartAt"])
    assert begun == ["Split rows", "Propose trials", "More trials?"]
    assert states["More trials?"]["Choices"] == [
        {"Variable": "$.ended", "BooleanEquals": True, "Next": "Fit model"}
    ]
    tried = read_sentence(states, states["More trials?"]["Default"])
    assert tried == ["Try candidates", "Propose trials", "More trials?"]
    assert read_sentence(states, "Fit model") == ["Fit model", "Evaluate model", "Beats the gate?"]
    (choice,) = states["Beats the gate?"]["Choices"]
    assert choice == {"Variable": "$.passed", "BooleanEquals": True, "Next": "Register model"}
    assert states["Beats the gate?"]["Default"] == "Reject model"
    assert states["Register model"]["End"] is states["Reject model"]["End"] is True
    assert definition["TimeoutSeconds"] == 6 * 3600


def test_a_step_hands_its_whole_message_to_the_next(aws: Template) -> None:
    states = list_states(aws)
    for state, name in (TASKS | {"Fit trial": "trial"}).items():
        function = states[state]["Resource"].removeprefix("<").removesuffix(".Arn>")
        variables = aws.body["Resources"][function]["Properties"]["Environment"]["Variables"]
        assert variables["POWERTOOLS_SERVICE_NAME"].lower().removeprefix("dropcast-") == name
        assert (
            not {"InputPath", "OutputPath", "ResultPath", "ResultSelector"} & states[state].keys()
        )
    for state in ("Split rows", "Propose trials", "Fit trial", "Evaluate model"):
        assert "Parameters" not in states[state]
    for decision in ("register", "reject"):
        asked = {"decision": decision, "evaluated.$": "$"}
        assert states[f"{decision.capitalize()} model"]["Parameters"] == asked


def test_fitting_is_told_the_split_and_the_board(aws: Template) -> None:
    told = list_states(aws)["Fit model"]["Parameters"]
    assert {name.removesuffix(".$") for name in told} == {f.name for f in fields(SearchFinished)}
    assert told == {"split.$": "$.split", "leaderboard_key.$": "$.leaderboard_key"}


def test_a_round_is_tried_side_by_side_and_ten_at_a_time(aws: Template) -> None:
    tried = read_definition(aws)["States"]["Try candidates"]
    assert tried["Type"] == "Map"
    assert tried["ItemProcessor"]["ProcessorConfig"] == {"Mode": "INLINE"}
    assert tried["MaxConcurrency"] == 10
    assert tried["ItemsPath"] == "$.trials"
    assert tried["ItemSelector"] == {"split.$": "$.split", "trial.$": "$$.Map.Item.Value"}
    assert tried["ResultPath"] == "$.outcomes"


def test_whatever_stops_a_trial_is_its_outcome_and_no_failed_run(aws: Template) -> None:
    processor = read_definition(aws)["States"]["Try candidates"]["ItemProcessor"]
    assert processor["StartAt"] == "Fit trial"
    trial, failed = (processor["States"][name] for name in ("Fit trial", "Trial failed"))
    assert trial["End"] is failed["End"] is True
    assert trial["Catch"] == [
        {"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "Trial failed"}
    ]
    assert failed["Type"] == "Pass"
    assert failed["Parameters"] == {"number.$": "$.trial.number", "error.$": "$.error.Error"}
    outcome = {name.removesuffix(".$") for name in failed["Parameters"]}
    assert outcome == {f.name for f in fields(TrialEnded)}


def test_a_trial_waits_for_room_in_the_account_longer_than_others_last(aws: Template) -> None:
    first = list_states(aws)["Fit trial"]["Retry"][0]
    assert first["ErrorEquals"] == ["Lambda.TooManyRequestsException"]
    assert first["MaxAttempts"] * first["MaxDelaySeconds"] / 2 >= 900


def test_a_map_that_fails_as_a_whole_is_a_fault_of_the_run(aws: Template) -> None:
    (caught,) = read_definition(aws)["States"]["Try candidates"]["Catch"]
    assert caught == {"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "Run failed"}


@pytest.mark.parametrize("state", [*TASKS, "Fit trial"])
def test_what_mends_itself_is_retried_by_name_with_jitter(aws: Template, state: str) -> None:
    retries = [
        retry
        for retry in list_states(aws)[state]["Retry"]
        if "Runtime.ExitError" not in retry["ErrorEquals"]
    ]
    names = [name for retry in retries for name in retry["ErrorEquals"]]
    assert set(names) - {"Lambda.ClientExecutionTimeoutException"} == (
        LAMBDA_ERRORS | list_names(TransientError)
    )
    for retry in retries:
        assert retry["MaxAttempts"] >= 3
        assert retry["BackoffRate"] == 2
        assert retry["JitterStrategy"] == "FULL"
        assert retry["MaxDelaySeconds"] <= 60


@pytest.mark.parametrize("state", [*TASKS, "Fit trial"])
def test_a_step_whose_process_died_is_tried_once_more_and_one_out_of_time_is_not(
    aws: Template, state: str
) -> None:
    retries = list_states(aws)[state]["Retry"]
    (killed,) = (retry for retry in retries if "Runtime.ExitError" in retry["ErrorEquals"])
    assert (set(killed["ErrorEquals"]), killed["MaxAttempts"]) == (
        {"Runtime.ExitError", "Lambda.Unknown", "States.Timeout"},
        1,
    )
    assert not any("Sandbox.Timedout" in retry["ErrorEquals"] for retry in retries)


@pytest.mark.parametrize("state", TASKS)
def test_what_the_data_must_mend_ends_under_its_own_name_and_the_rest_as_a_fault(
    aws: Template, state: str
) -> None:
    states = read_definition(aws)["States"]
    data, rest = states[state]["Catch"]
    assert set(data["ErrorEquals"]) == list_names(DataError)
    assert data["Next"] == "Data cannot train a model"
    assert rest["ErrorEquals"] == ["States.ALL"]
    assert rest["Next"] == "Run failed"
    for caught in (data, rest):
        place = caught.get("ResultPath", "$")
        end = states[caught["Next"]]
        assert end["Type"] == "Fail"
        assert end["ErrorPath"] == f"{place}.Error"
        assert end["CausePath"] == f"{place}.Cause"


def test_runs_are_logged_without_their_data_and_traced(aws: Template) -> None:
    (machine,) = aws.find("StepFunctions::StateMachine").values()
    properties = machine["Properties"]
    assert properties["StateMachineType"] == "STANDARD"
    assert properties["LoggingConfiguration"]["Level"] == "ALL"
    assert properties["LoggingConfiguration"]["IncludeExecutionData"] is False
    assert properties["TracingConfiguration"] == {"Enabled": True}
