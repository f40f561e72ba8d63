"""Who may touch what, spelled out a second time, by hand, on the keys themselves."""

from fnmatch import fnmatch
from typing import Any

import pytest

from dropcast.contracts import keys
from dropcast.contracts.keys import KeyFormat
from tests.infrastructure.template import Statement, Template

READ, WRITE = "s3:GetObject", "s3:PutObject"
VERSION, LIST, ABORT = "s3:GetObjectVersion", "s3:ListBucket", "s3:AbortMultipartUpload"

# Door -> bucket -> what it does there -> the prefixes.
RIGHTS: dict[str, dict[str, dict[str, set[str]]]] = {
    "ingest": {
        "raw": {
            READ: {"raw/", "reports/"},
            VERSION: {"raw/"},
            LIST: {"raw/", "reports/"},
            WRITE: {"reports/"},
        },
        "lake": {
            READ: {"clean/records/", "clean/current/", "ledger/"},
            LIST: {"clean/records/", "clean/current/", "ledger/"},
            WRITE: {
                "clean/parts/",
                "clean/records/",
                "clean/versions/",
                "clean/current/",
                "quarantine/",
                "ledger/",
            },
        },
    },
    "features": {
        "lake": {
            READ: {"clean/parts/", "clean/versions/", "clean/current/", "cards/"},
            LIST: {"clean/current/", "cards/"},
            WRITE: {"features/", "cards/"},
        },
    },
    "split": {
        "lake": {
            READ: {"clean/current/", "cards/", "features/"},
            LIST: {"clean/current/", "cards/"},
            WRITE: {"work/train/", "work/test/", "work/truth/", "work/splits/"},
        },
    },
    "propose": {
        "lake": {
            READ: {"work/trials/", "work/boards/", "work/trial-rows/"},
            WRITE: {"work/trials/", "work/boards/"},
        },
    },
    "trial": {
        "lake": {
            READ: {"work/train/", "work/trials/"},
            WRITE: {"work/trial-rows/"},
        },
    },
    "fit": {
        "lake": {
            READ: {"work/train/", "work/test/", "work/splits/", "work/boards/"},
            WRITE: {"work/programs/", "work/scores/", "work/fits/"},
        },
    },
    "evaluate": {
        "lake": {
            READ: {"work/test/", "work/truth/", "work/programs/", "work/scores/", "work/fits/"},
            WRITE: {"work/evaluations/"},
        },
        "model": {READ: {"champions/", "models/"}, LIST: {"champions/"}},
    },
    "register": {
        "lake": {READ: {"work/programs/", "work/evaluations/"}},
        "model": {
            READ: {"champions/"},
            LIST: {"champions/"},
            WRITE: {"champions/", "models/", "audit/", "registrations/"},
        },
    },
    "predict": {"model": {READ: {"champions/", "models/"}, LIST: {"champions/"}}},
    "score": {
        "raw": {
            READ: {"score/", "scored/"},
            VERSION: {"score/"},
            LIST: {"scored/"},
            WRITE: {"scored/", "scored-reports/"},
        },
        "model": {READ: {"champions/", "models/"}, LIST: {"champions/"}},
    },
    "catalogue": {
        "lake": {
            READ: {"clean/current/", "cards/", "ledger/"},
            LIST: {"clean/current/", "cards/", "ledger/"},
        },
        "model": {
            READ: {"champions/", "models/", "registrations/", "audit/"},
            LIST: {"champions/", "registrations/", "audit/"},
        },
    },
    "uploads": {"raw": {WRITE: {"raw/"}}},
    "rollback": {
        "model": {
            READ: {"champions/", "models/", "registrations/"},
            LIST: {"champions/", "registrations/"},
            WRITE: {"champions/", "audit/"},
        },
    },
}
BUCKET_VARIABLES = {
    "raw": "DROPCAST_RAW_BUCKET",
    "lake": "DROPCAST_LAKE_BUCKET",
    "model": "DROPCAST_MODEL_BUCKET",
}


def list_door_statements(template: Template, door: str) -> set[Statement]:
    return template.list_statements(template.find_doors()[door]["Properties"]["Role"])


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


@pytest.mark.parametrize("door", RIGHTS)
def test_a_door_has_the_rights_that_its_calls_need_and_no_other(aws: Template, door: str) -> None:
    found = group_rights(list_door_statements(aws, door))
    assert found.keys() == RIGHTS[door].keys()
    for bucket, rights in RIGHTS[door].items():
        # Giving up an upload half way goes with writing; who may list more than it must find
        # still reads nothing more, but may list only what it may read.
        optional = {ABORT} if WRITE in rights else set()
        assert found[bucket].keys() - optional == rights.keys(), bucket
        for action in rights.keys() - {LIST}:
            assert found[bucket][action] == rights[action], (bucket, action)
        assert found[bucket].get(ABORT, set()) <= rights.get(WRITE, set())
        listed = found[bucket].get(LIST, set())
        assert rights.get(LIST, set()) <= listed <= rights.get(READ, set())


def test_the_doors_are_those_of_the_table(aws: Template) -> None:
    assert aws.find_doors().keys() == RIGHTS.keys()


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
def test_rows_are_read_by_the_doors_that_need_them_alone(
    aws: Template, key_format: KeyFormat, readers: set[str]
) -> None:
    key = key_format.format(dataset="spotify_preference", run_id="run")

    def may_read(door: str) -> bool:
        return any(
            statement.action in (READ, VERSION, "s3:*", "s3:Get*", "*")
            and fnmatch(f"<lake.Arn>/{key}", statement.resource)
            for statement in list_door_statements(aws, door)
        )

    assert {door for door in RIGHTS if may_read(door)} == readers


@pytest.mark.parametrize("door", RIGHTS)
def test_beside_s3_a_door_writes_its_own_log_and_nothing_else(aws: Template, door: str) -> None:
    properties = aws.find_doors()[door]["Properties"]
    log = properties["LoggingConfig"]["LogGroup"]["Ref"]
    others = {
        (s.action, s.resource)
        for s in list_door_statements(aws, door)
        if not s.action.startswith("s3:")
    }
    expected = {
        ("logs:CreateLogStream", f"<{log}.Arn>"),
        ("logs:PutLogEvents", f"<{log}.Arn>"),
    }
    (machine,) = aws.find("StepFunctions::StateMachine")
    if door == "features":
        expected |= {("states:StartExecution", f"<{machine}>")}
    if door in ("ingest", "features", "score"):
        config = find_failure_queue(aws, door)
        expected |= {
            (f"sqs:{action}", config)
            for action in ("SendMessage", "GetQueueAttributes", "GetQueueUrl")
        }
    assert others == expected


def find_failure_queue(template: Template, door: str) -> str:
    functions = {
        k for k, r in template.find("Lambda::Function").items() if r is template.find_doors()[door]
    }
    (queue,) = (
        template.render(r["Properties"]["DestinationConfig"]["OnFailure"]["Destination"])
        for r in template.find("Lambda::EventInvokeConfig").values()
        if r["Properties"]["FunctionName"]["Ref"] in functions
    )
    return queue


@pytest.mark.parametrize("door", RIGHTS)
def test_a_door_knows_only_the_buckets_that_it_may_touch(aws: Template, door: str) -> None:
    variables = aws.find_doors()[door]["Properties"]["Environment"]["Variables"]
    expected = {BUCKET_VARIABLES[bucket] for bucket in RIGHTS[door]}
    assert {name for name in variables if name.endswith("_BUCKET")} == expected
    assert ("DROPCAST_STATE_MACHINE_ARN" in variables) == (door == "features")
    assert ("DROPCAST_OPERATOR_KEY_ID" in variables) == (door == "rollback")


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


def get_service(role: dict[str, Any]) -> str:
    (trust,) = role["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    service: str = trust["Principal"]["Service"]
    return service
