"""Who may touch what, spelled out a second time, by hand, on the keys themselves."""

import re
from fnmatch import fnmatch
from typing import Any

import pytest

from dropcast.contracts import keys
from dropcast.contracts.keys import KeyFormat
from tests.infrastructure.rights import ABORT, LIST, READ, RIGHTS, VERSION, WRITE
from tests.infrastructure.template import Statement, Template
from tests.infrastructure.test_api_and_alarms import FUNCTION_BY_ROUTE

BUCKET_VARIABLES = {
    "raw": "DROPCAST_RAW_BUCKET",
    "lake": "DROPCAST_LAKE_BUCKET",
    "model": "DROPCAST_MODEL_BUCKET",
}


def list_function_statements(template: Template, function: str) -> set[Statement]:
    return template.list_statements(template.find_functions()[function]["Properties"]["Role"])


def group_rights(statements: set[Statement]) -> dict[str, dict[str, set[str]]]:
    """Return S3 statements as bucket -> action -> prefixes."""
    found: dict[str, dict[str, set[str]]] = {}
    for statement in statements:
        if not statement.action.startswith("s3:"):
            continue
        bucket, _, pattern = statement.resource.partition(".Arn>")
        patterns = statement.prefixes or (pattern.removeprefix("/"),)
        assert all(p.endswith("/*") and p.count("*") == 1 for p in patterns), statement
        prefixes = found.setdefault(bucket.strip("<"), {}).setdefault(statement.action, set())
        prefixes |= {p.removesuffix("*") for p in patterns}
    return found


@pytest.mark.parametrize("function", RIGHTS)
def test_a_function_has_the_rights_that_its_calls_need_and_no_other(
    aws: Template, function: str
) -> None:
    found = group_rights(list_function_statements(aws, function))
    assert found.keys() == RIGHTS[function].keys()
    for bucket, rights in RIGHTS[function].items():
        # Giving up an upload half way goes with writing.
        optional = {ABORT} if WRITE in rights else set()
        assert found[bucket].keys() - optional == rights.keys(), bucket
        for action, prefixes in rights.items():
            assert found[bucket][action] == prefixes, (bucket, action)
        assert found[bucket].get(ABORT, set()) <= rights.get(WRITE, set())


def test_the_functions_are_those_of_the_table(aws: Template) -> None:
    assert aws.find_functions().keys() == RIGHTS.keys()


@pytest.mark.parametrize(
    ("key_format", "readers"),
    [
        (keys.TEST_TRUTH, {"evaluate"}),
        (keys.TEST_ROWS, {"fit", "evaluate"}),
        (keys.TRAIN_ROWS, {"trial", "fit"}),
        (keys.FEATURES, {"split"}),
    ],
    ids=["truth", "test rows", "training rows", "features"],
)
def test_rows_are_read_by_the_functions_that_need_them_alone(
    aws: Template, key_format: KeyFormat, readers: set[str]
) -> None:
    key = key_format.format(dataset="spotify_preference", run_id="run")

    def may_read(function: str) -> bool:
        return any(
            statement.action in (READ, VERSION, "s3:*", "s3:Get*", "*")
            and fnmatch(f"<lake.Arn>/{key}", statement.resource)
            for statement in list_function_statements(aws, function)
        )

    assert {function for function in RIGHTS if may_read(function)} == readers


@pytest.mark.parametrize("function", RIGHTS)
def test_beside_s3_a_function_writes_its_own_log_and_nothing_else(
    aws: Template, function: str
) -> None:
    properties = aws.find_functions()[function]["Properties"]
    log = properties["LoggingConfig"]["LogGroup"]["Ref"]
    others = {
        (s.action, s.resource)
        for s in list_function_statements(aws, function)
        if not s.action.startswith("s3:")
    }
    expected = {
        ("logs:CreateLogStream", f"<{log}.Arn>"),
        ("logs:PutLogEvents", f"<{log}.Arn>"),
    }
    (machine,) = aws.find("StepFunctions::StateMachine")
    if function == "features":
        expected |= {("states:StartExecution", f"<{machine}>")}
    if function in ("ingest", "features", "score"):
        config = find_failure_queue(aws, function)
        expected.add(("sqs:SendMessage", config))
    assert others == expected


def find_failure_queue(template: Template, function: str) -> str:
    functions = {
        k
        for k, r in template.find("Lambda::Function").items()
        if r is template.find_functions()[function]
    }
    (queue,) = (
        template.render(r["Properties"]["DestinationConfig"]["OnFailure"]["Destination"])
        for r in template.find("Lambda::EventInvokeConfig").values()
        if r["Properties"]["FunctionName"]["Ref"] in functions
    )
    return queue


@pytest.mark.parametrize("function", RIGHTS)
def test_a_function_knows_only_the_buckets_that_it_may_touch(aws: Template, function: str) -> None:
    variables = aws.find_functions()[function]["Properties"]["Environment"]["Variables"]
    expected = {BUCKET_VARIABLES[bucket] for bucket in RIGHTS[function]}
    assert {name for name in variables if name.endswith("_BUCKET")} == expected
    assert ("DROPCAST_STATE_MACHINE_ARN" in variables) == (function == "features")
    assert ("DROPCAST_KEY_IDS" in variables) == (function in ("predict", "uploads", "rollback"))


def test_only_the_state_machine_has_a_right_on_everything_and_only_to_log_and_trace(
    aws: Template,
) -> None:
    wide: dict[str, set[str]] = {}
    for role_id, role in aws.find("IAM::Role").items():
        for statement in aws.list_statements({"Fn::GetAtt": [role_id, "Arn"]}):
            if statement.resource == "*":
                service = get_service(role)
                wide.setdefault(service, set()).add(statement.action.partition(":")[0])
            assert "*" not in statement.action, statement
    assert wide == {"states.amazonaws.com": {"logs", "xray"}}


def test_the_state_machine_calls_its_own_functions_and_no_version_of_them(aws: Template) -> None:
    (machine,) = aws.find("StepFunctions::StateMachine").values()
    called = {
        s.resource
        for s in aws.list_statements(machine["Properties"]["RoleArn"])
        if s.action == "lambda:InvokeFunction"
    }
    functions = ("split", "propose", "trial", "fit", "evaluate", "register")
    ids = {id(function): name for name, function in aws.find("Lambda::Function").items()}
    assert called == {f"<{ids[id(aws.find_functions()[function])]}.Arn>" for function in functions}


@pytest.mark.parametrize("stage", ["aws", "local"])
def test_every_permission_on_s3_is_bound_to_a_prefix(
    stage: str, templates: dict[str, Template]
) -> None:
    template = templates[stage]
    statements = {
        statement
        for role_id in template.find("IAM::Role")
        for statement in template.list_statements({"Fn::GetAtt": [role_id, "Arn"]})
        if statement.action.startswith("s3:") or statement.action == "*"
    }
    known = {key_format.prefix for key_format in list_formats()}
    assert {s.action for s in statements} == {READ, VERSION, WRITE, LIST, ABORT}
    for statement in statements:
        bucket, _, pattern = statement.resource.partition(".Arn>")
        assert bucket in ("<raw", "<lake", "<model"), statement
        assert bool(statement.prefixes) == (statement.action == LIST), statement
        assert bool(pattern) != bool(statement.prefixes), statement
        for bound in statement.prefixes or (pattern.removeprefix("/"),):
            assert bound.endswith("/*"), statement
            assert bound.removesuffix("*") in known, statement


def list_formats() -> list[KeyFormat]:
    return [found for found in vars(keys).values() if isinstance(found, KeyFormat)]


@pytest.mark.parametrize("stage", ["aws", "local"])
def test_what_a_bucket_says_itself_only_refuses(stage: str, templates: dict[str, Template]) -> None:
    template = templates[stage]
    policies = template.find("S3::BucketPolicy")
    assert {template.render(p["Properties"]["Bucket"]) for p in policies.values()} == {
        "<raw>",
        "<lake>",
        "<model>",
    }
    for policy in policies.values():
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]:
            assert statement["Effect"] == "Deny", statement


def test_a_function_is_called_by_its_own_rule_and_its_own_routes_alone(aws: Template) -> None:
    functions = {id(function): name for name, function in aws.find_functions().items()}
    names = {
        f"<{name}.Arn>": functions[id(function)]
        for name, function in aws.find("Lambda::Function").items()
        if id(function) in functions
    }
    names |= {
        f"<{name}>": names[f"<{alias['Properties']['FunctionName']['Ref']}.Arn>"]
        for name, alias in aws.find("Lambda::Alias").items()
    }
    rules = {
        (names[aws.render(target["Arn"])], f"<{name}.Arn>")
        for name, rule in aws.find("Events::Rule").items()
        for target in rule["Properties"]["Targets"]
    }
    (api,) = aws.find("ApiGateway::RestApi")
    called: dict[str, set[tuple[str, str]]] = {}
    for permission in (r["Properties"] for r in aws.find("Lambda::Permission").values()):
        assert permission["Action"] == "lambda:InvokeFunction"
        caller = (
            names[aws.render(permission["FunctionName"])],
            aws.render(permission["SourceArn"]),
        )
        called.setdefault(permission["Principal"], set()).add(caller)
    assert called.keys() == {"events.amazonaws.com", "apigateway.amazonaws.com"}
    assert called["events.amazonaws.com"] == rules
    routes = {
        (function, place.partition(f":<{api}>/")[2])
        for function, place in called["apigateway.amazonaws.com"]
    }
    assert {(function, re.sub(r"^<[^>]+>/", "", place)) for function, place in routes} == {
        (function, method + re.sub(r"{\w+}", "*", path))
        for (method, path), function in FUNCTION_BY_ROUTE.items()
    }


def get_service(role: dict[str, Any]) -> str:
    (trust,) = role["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    service: str = trust["Principal"]["Service"]
    return service
