"""Poisonous files among good ones, and callers without the key, on the deployed stack."""

import gzip
import json
import urllib.error
import urllib.request
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from dropcast.contracts.keys import RAW, UNPLACED
from operations.stacks import DeployedStack
from operations.watching import wait_for_drop
from tests.e2e.conftest import DATASET, SAMPLE, Trained
from tests.e2e.test_path import ROW, find_queue, list_keys
from tests.ingest import workbook_bombs

pytestmark = pytest.mark.e2e

GOOD_NAME = "abuse/a+b %2B c é 日本.csv"


def make_zeros(mib: int) -> bytes:
    packer = zlib.compressobj(6, zlib.DEFLATED, 31)
    return b"".join([*(packer.compress(bytes(2**20)) for _ in range(mib)), packer.flush()])


@dataclass(frozen=True, kw_only=True)
class Poison:
    """A drop, where its report is, and a word of the report."""

    key: str
    body: bytes
    word: str
    dataset: str = DATASET


def list_poison() -> Iterator[Poison]:
    bodies = {
        "bomb.csv.gz": (make_zeros(280), "200 times its size"),
        "far.xlsx": (
            workbook_bombs.make_far_cell("<row r='1048576'><c r='XFD1048576'><v>1</v></c></row>"),
            "opened safely",
        ),
        "nul.csv": (b"\0" * 10_000, "NUL bytes"),
        "zero.csv": (b"", "The file is empty"),
        "twice.csv.gz": (gzip.compress(gzip.compress(b"x\n1\n")), "gzip file inside a gzip"),
        "half.jsonl": (b'{"\\ud800": 1}\n', "\\ud800"),
        "wide.csv": (b"x" + b",x" * 20_000, "too many columns"),
        "../../clean/x.csv": (b"x\n1\n", "lacks"),
    }
    for name, (body, word) in bodies.items():
        key = f"raw/{DATASET}/abuse/{name}"
        yield Poison(key=key, body=body, word=word)
    yield Poison(key="raw/no_such_one/a.csv", body=b"x\n", word="no dataset", dataset="no_such_one")
    yield Poison(key="raw//a.csv", body=b"x\n", word="names no dataset", dataset=UNPLACED)


def count_dead_letters(stack: DeployedStack, hop: str) -> int:
    queues = stack.session.client("sqs", endpoint_url=stack.endpoint_url)
    queue = find_queue(stack, f"{hop}DeadLetters")
    name: Any = "ApproximateNumberOfMessages"
    found = queues.get_queue_attributes(QueueUrl=queue, AttributeNames=[name])
    return int(found["Attributes"][name])


def test_each_poisonous_file_gets_its_report_and_the_good_file_among_them_is_ingested(
    stack: DeployedStack, trained: Trained
) -> None:
    assert trained.run.status == "SUCCEEDED"
    bucket, messages = stack.outputs["RawBucketName"], count_dead_letters(stack, "Ingest")
    poison = list(list_poison())
    good = RAW.format(dataset=DATASET, name=GOOD_NAME)
    put = stack.s3.put_object
    # The marker of a folder is not a drop, and has no report.
    put(Bucket=bucket, Key=f"raw/{DATASET}/abuse/folder/", Body=b"")
    versions = [put(Bucket=bucket, Key=p.key, Body=p.body)["VersionId"] for p in poison[:5]]
    good_version = put(Bucket=bucket, Key=good, Body=SAMPLE.read_bytes())["VersionId"]
    versions += [put(Bucket=bucket, Key=p.key, Body=p.body)["VersionId"] for p in poison[5:]]
    for item, version_id in zip(poison, versions, strict=True):
        drop = wait_for_drop(stack, dataset=item.dataset, raw_key=item.key, version_id=version_id)
        assert drop.state == "refused", item.key
        assert drop.report_key is not None
        assert item.word in stack.read_object_text("RawBucketName", drop.report_key), item.key
    taken = wait_for_drop(stack, dataset=DATASET, raw_key=good, version_id=good_version)
    assert taken.state == "completed_with_errors"
    assert taken.rows_accepted == trained.drop.rows_accepted
    assert count_dead_letters(stack, "Ingest") == messages
    reports = list_keys(stack, "RawBucketName", f"reports/{DATASET}/abuse/")
    assert len(reports) == sum(p.dataset == DATASET for p in poison) + 1
    assert not any("folder" in key for key in reports)


def call(
    stack: DeployedStack, method: str, path: str, headers: dict[str, str], body: bytes | None
) -> Any:
    request = urllib.request.Request(  # noqa: S310 - the stack's own
        f"{stack.api_url}/{path}", method=method, data=body, headers=headers
    )
    try:
        with urllib.request.urlopen(request, timeout=60, context=stack.trust) as response:  # noqa: S310
            return response.status, json.loads(response.read())
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read() or b"null")


@pytest.mark.usefixtures("trained")
def test_a_body_that_is_not_what_the_route_takes_is_a_problem(stack: DeployedStack) -> None:
    row = json.dumps(ROW)
    requests: tuple[tuple[bytes, str, int, str], ...] = (
        (row.encode(), "text/plain", 415, "Content-Type: application/json"),
        (gzip.compress(row.encode()), "application/json", 400, "not JSON"),
        (b'{"energy": 1, "energy": 2}', "application/json", 400, "'energy' is given twice"),
        (b"[" * 50_000, "application/json", 400, "nested too deep"),
        (row.replace("0.6", "NaN").encode(), "application/json", 400, "finite"),
        (row.replace("0.6", "1" * 5_000).encode(), "application/json", 400, "thousands of digits"),
    )
    for body, content_type, expected, word in requests:
        headers = {"x-api-key": stack.api_key, "content-type": content_type}
        status, problem = call(stack, "POST", f"{DATASET}/predict", headers, body)
        assert (status, problem["status"]) == (expected, expected), (word, problem)
        assert word in json.dumps(problem, ensure_ascii=False)
    assert call(stack, "POST", f"{DATASET}/predict", headers, row.encode())[0] == 200
    status, _ = call(stack, "POST", "..%2f..%2fmodels/predict", headers, row.encode())
    assert status in (400, 404)
