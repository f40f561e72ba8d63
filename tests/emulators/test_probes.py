"""What each emulator does is what is recorded of it, and the page says what is recorded."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import boto3
import pytest
from botocore.stub import Stubber

from emulators.clouds import find_missing
from proofs.probes.__main__ import compare, main
from proofs.probes.page import (
    BARE,
    COLUMNS,
    CORRECTED_BY_NAME,
    PAGE,
    find_all_recorded,
    write_page,
)
from proofs.probes.probe import Probe, compare_with_aws, run_probe
from proofs.probes.recorded import (
    PINS,
    ChangedRowsError,
    NotRecordedError,
    Recorded,
    find_recorded,
    find_version,
    list_changes,
    refuse_changes,
    write_recorded,
)
from proofs.probes.runner import WrongAccountError, open_account
from proofs.probes.table import PROBES
from proofs.probes.target import Target

RECORDED = Recorded(version="1", seen={"a": "ok", "b": "404"})


def fail_if_run(_target: Target) -> str:
    raise AssertionError("no probe is to run")


PROBE = Probe(
    name="a",
    service="S3",
    aws="ok",
    source="a document",
    relied_on="a|file",
    look=fail_if_run,
)


def make_target() -> Target:
    session = boto3.Session("key", "secret", region_name="us-east-1")
    return Target(
        session=session,
        endpoint_url="http://127.0.0.1:9",
        ca_bundle=None,
        account="000000000000",
        patience_seconds=0.0,
    )


@pytest.mark.e2e
@pytest.mark.parametrize("cloud", ["ministack", "localstack"])
def test_an_emulator_does_what_is_recorded_of_it(cloud: str) -> None:
    missing = find_missing(cloud)
    if missing is not None:
        pytest.skip(missing)
    compare(cloud, None)


def test_every_probe_has_a_name_of_its_own_and_says_what_relies_on_it() -> None:
    assert len({probe.name for probe in PROBES}) == len(PROBES)
    assert all(probe.aws and probe.source and probe.relied_on for probe in PROBES)


@pytest.mark.parametrize("cloud", sorted(PINS))
def test_what_is_recorded_is_of_the_pinned_version_and_of_every_probe(cloud: str) -> None:
    recorded = find_recorded(cloud)
    assert recorded is not None
    assert recorded.version == find_version(cloud), (
        f"{cloud} was upgraded: run `make probes CLOUD={cloud} RECORD=1` and look at the diff"
    )
    assert list(recorded.seen) == [probe.name for probe in PROBES]


def test_the_page_is_what_the_recorded_files_give() -> None:
    assert PAGE.read_text() == write_page(find_all_recorded()), (
        "docs/emulators.md is written by `make probes CLOUD=... RECORD=1`, not by hand"
    )


def test_a_changed_row_is_reported_with_its_old_and_new_value_and_the_remedy() -> None:
    changes = list_changes("ministack", RECORDED, {"a": "ok", "b": "403 AccessDenied"})
    with pytest.raises(ChangedRowsError) as caught:
        refuse_changes("ministack", changes)
    assert str(caught.value) == (
        "row 'b' changed from '404' to '403 AccessDenied'\n"
        "if the emulator was upgraded on purpose, run `make probes CLOUD=ministack RECORD=1` "
        "and look at the diff"
    )


def test_an_added_and_a_removed_row_are_changes_too() -> None:
    changes = list_changes("ministack", RECORDED, {"a": "ok", "c": "new"})
    assert list(changes.values()) == [
        "row 'c' changed from 'not there' to 'new'",
        "row 'b' changed from '404' to 'not there'",
    ]


def test_equal_rows_are_no_change() -> None:
    refuse_changes("ministack", list_changes("ministack", RECORDED, dict(RECORDED.seen)))


def test_without_a_record_nothing_is_compared() -> None:
    with pytest.raises(NotRecordedError, match="run `make probes CLOUD=aws RECORD=1`"):
        list_changes("aws", None, {})


def test_what_is_written_is_read_again_and_a_damaged_file_is_refused(tmp_path: Path) -> None:
    assert find_recorded("ministack", tmp_path) is None
    path = write_recorded("ministack", RECORDED, tmp_path)
    assert find_recorded("ministack", tmp_path) == RECORDED
    path.write_text('{"version": 1')
    with pytest.raises(NotRecordedError, match="write it again: make probes"):
        find_recorded("ministack", tmp_path)


def test_a_version_is_the_pin_and_no_other_packages(tmp_path: Path) -> None:
    pins = tmp_path / PINS["localstack"][0]
    pins.parent.mkdir(parents=True)
    pins.write_text("localstack-core-ext==9\nlocalstack-core[runtime]==4.14.0 \\\n    --hash=sha\n")
    assert find_version("localstack", tmp_path) == "4.14.0"
    pins.write_text("localstack==1\n")
    with pytest.raises(NotRecordedError, match="no pin of localstack-core"):
        find_version("localstack", tmp_path)


@pytest.mark.parametrize(
    ("seen", "comparison"),
    [
        ("ok", "as AWS"),
        ("404 NoSuchKey", "differs"),
        ("unreadable: KeyError", "differs"),
        ("absent: InvalidAction", "absent"),
    ],
)
def test_a_row_is_compared_with_aws(seen: str, comparison: str) -> None:
    assert compare_with_aws(PROBE, seen) == comparison


@pytest.mark.parametrize(
    ("code", "seen"),
    [("InvalidAction", "absent: InvalidAction"), ("AccessDenied", "refused: AccessDenied")],
)
def test_an_operation_that_a_cloud_does_not_have_is_described_by_its_code(
    code: str, seen: str
) -> None:
    target = make_target()

    def list_buckets(given: Target) -> str:
        client = given.client("s3")
        with Stubber(client) as stub:
            stub.add_client_error("list_buckets", code)
            client.list_buckets()
        return "ok"

    assert run_probe(replace(PROBE, look=list_buckets), target) == seen
    target.removals.close()


def test_a_response_of_another_shape_is_a_result_and_no_error() -> None:
    response: dict[str, str] = {}
    assert (
        run_probe(replace(PROBE, look=lambda _: response["not there"]), make_target())
        == "unreadable: KeyError"
    )


def test_what_does_not_come_times_out() -> None:
    target = make_target()
    assert run_probe(replace(PROBE, look=lambda t: t.wait_for(lambda: None)), target) == (
        "unreadable: TimeoutError"
    )


def test_what_is_shared_is_made_once_and_fails_for_all_alike() -> None:
    target = make_target()
    made: list[int] = []

    def make(_target: Target) -> int:
        made.append(1)
        if len(made) > 1:
            raise AssertionError("made twice")
        raise ValueError("cannot be made")

    for _ in range(2):
        with pytest.raises(ValueError, match="cannot be made"):
            target.once(make)
    assert made == [1]


def test_what_cannot_be_removed_is_listed_and_the_rest_is_removed() -> None:
    target = make_target()
    client = target.client("sqs")
    gone: list[str] = []
    target.remove_later("first", lambda: gone.append("first"))

    def refuse() -> None:
        with Stubber(client) as stub:
            stub.add_client_error("delete_queue", "AccessDenied")
            client.delete_queue(QueueUrl="http://127.0.0.1:9/queue")

    target.remove_later("second", refuse)
    target.removals.close()
    assert gone == ["first"]
    assert [line.partition(":")[0] for line in target.left] == ["second"]


def make_rows(seen: str | None) -> Mapping[str, Recorded | None]:
    return {
        "ministack": Recorded(version="1", seen={"a": "ok"}),
        BARE: Recorded(version="1", seen={"a": seen}) if seen else None,
        "localstack": Recorded(version="4", seen={"a": "404 No|Such"}),
        "aws": None,
    }


def test_the_page_says_what_is_corrected_what_differs_and_what_was_not_run() -> None:
    page = write_page(make_rows("403"), [PROBE])
    assert (
        "| a | `ok` [1] | as AWS, corrected (`403`) | **differs**: `404 No\\|Such` | not run | "
        "a\\|file |\n"
    ) in page
    assert "| MiniStack | 1 | 1 | 1 | 0 | 0 |\n" in page
    assert "| LocalStack | 4 | 0 | 0 | 1 | 0 |\n" in page
    assert "1. a document\n" in page


@pytest.mark.parametrize("bare", ["ok", None])
def test_what_an_emulator_does_by_itself_is_not_called_corrected(bare: str | None) -> None:
    assert "| a | `ok` [1] | as AWS | " in write_page(make_rows(bare), [PROBE])


def test_nothing_is_made_on_aws_without_a_named_account(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["--cloud", "aws"]) == 1
    assert "CLOUD=aws ACCOUNT=<12 digits>" in capsys.readouterr().out


def test_nothing_is_made_on_an_account_that_was_not_named() -> None:
    session = boto3.Session("key", "secret", region_name="us-east-1")
    sts = session.client("sts")

    with Stubber(sts) as stub:
        stub.add_response("get_caller_identity", {"Account": "999999999999"})
        with (
            pytest.raises(WrongAccountError, match="999999999999, and ACCOUNT=123456789012"),
            open_account("123456789012", session=session, sts=sts),
        ):
            pytest.fail("the account was opened")


def test_the_columns_of_the_page_are_the_clouds_that_are_pinned_and_aws() -> None:
    assert {*COLUMNS, BARE} == {*PINS, "aws"}


def test_a_correction_that_is_named_is_a_row_that_is_as_aws() -> None:
    rows = {probe.name: probe for probe in PROBES}
    for cloud, names in CORRECTED_BY_NAME.items():
        recorded = find_recorded(cloud)
        assert recorded is not None
        assert {compare_with_aws(rows[name], recorded.seen[name]) for name in names} == {"as AWS"}
