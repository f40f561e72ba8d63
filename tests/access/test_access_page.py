"""docs/access.md says what the table of routes says, and its policies what the commands call."""

import json
import re

import pytest

from cdk.api.routes import ROUTES
from dropcast.contracts.api_keys import API_KEYS
from tests.access.command_calls import find_actions, list_actions
from tests.access.policies import PAGE, WORDS, fill_policy, list_policy_actions, read_policies

TEXT = PAGE.read_text(encoding="utf-8")
# Those of `env` are a part of what a `Stack` can call; tests/e2e/test_commands.py runs it as one
# who has its policy.
COMMANDS = ("doctor", "dead", "redrive", "destroy")
# What a command's policy has from another section of the page.
BESIDE = {"redrive": ("dead",)}
# CloudFormation fetches the template that `destroy` uploads, with the caller's rights.
NO_CALLS_OF_OURS = {"destroy": {"s3:GetObject"}}


def test_the_matrix_is_that_of_the_table_of_routes() -> None:
    begin, end = (TEXT.index(f"<!-- routes:{word} -->") for word in ("begin", "end"))
    head, _, *rows = re.findall(r"^\|(.*)\|$", TEXT[begin:end], re.MULTILINE)
    assert [cell.strip() for cell in head.split("|")] == ["route", *API_KEYS, "no key"]
    shown = [[cell.strip() for cell in row.split("|")] for row in rows]
    assert shown == [
        [
            f"`{route.method} {route.path}`",
            *("yes" if key in route.keys or not route.keys else "403" for key in API_KEYS),
            "403" if route.keys else "yes",
        ]
        for route in ROUTES
    ]


@pytest.mark.parametrize("command", COMMANDS)
def test_a_commands_policy_has_the_actions_of_its_calls_and_no_other(command: str) -> None:
    called = list_actions(command)
    assert called
    allowed = set().union(*map(list_policy_actions, (command, *BESIDE.get(command, ()))))
    of_others = {
        action for other in BESIDE.get(command, ()) for action in list_policy_actions(other)
    }
    assert called - allowed == set()
    assert allowed - called - of_others == NO_CALLS_OF_OURS.get(command, set())


def test_a_call_that_is_hidden_in_a_paginator_or_a_waiter_is_seen() -> None:
    assert find_actions("list_stack_resources") == ("cloudformation:ListStackResources",)
    assert "states:ListExecutions" in list_actions("dead")
    assert find_actions("no_such_call") == find_actions("invoked") == ()


def test_every_word_is_explained_and_every_policy_is_whole_once_it_has_its_values() -> None:
    values = {word: f"value-{number}" for number, word in enumerate(WORDS)}
    policies = read_policies()
    assert policies.keys() >= {*COMMANDS, "drop", "score", "deploy", "env"}
    for name in policies:
        filled = fill_policy(name, values)
        assert filled["Version"] == "2012-10-17"
        text = json.dumps(filled)
        assert not re.search(r"\b[A-Z]+_BUCKET\b|\b(DATASET|ACCOUNT|REGION|STACK|MACHINE)\b", text)
        sids = [statement["Sid"] for statement in filled["Statement"]]
        assert len(sids) == len(set(sids))
        # IAM's limit for a managed policy, white space not counted.
        assert len(json.dumps(filled, separators=(",", ":"))) < 6144
    explained = TEXT[: TEXT.index("<!-- policy:")]
    for word in WORDS:
        assert f"`{word}`" in explained


@pytest.mark.parametrize("name", ["drop", "score"])
def test_a_persons_policy_lies_within_one_dataset(name: str) -> None:
    for statement in fill_policy(name, {word: f"<{word}>" for word in WORDS})["Statement"]:
        resources = statement["Resource"]
        for resource in resources if isinstance(resources, list) else [resources]:
            if statement["Action"] == "s3:ListBucket":
                prefixes = statement["Condition"]["StringLike"]["s3:prefix"]
                assert resource == "arn:aws:s3:::<RAW_BUCKET>"
                assert all(prefix.endswith("/<DATASET>/*") for prefix in prefixes)
            else:
                assert re.fullmatch(r"arn:aws:s3:::<RAW_BUCKET>/[a-z-]+/<DATASET>/\*", resource)
        actions = statement["Action"]
        assert "*" not in "".join(actions if isinstance(actions, list) else [actions])
