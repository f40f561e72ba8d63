"""An answer replayed by its receipt: the same bits, or a line that says which differ."""

import hashlib
import json
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws
from typer.testing import CliRunner, Result

from cli.app import make_app
from dropcast.contracts.errors import DropcastError, InvalidRequestError, ProgramError
from dropcast.contracts.keys import PROGRAM
from dropcast.scoring import write_program
from operations.replay import ReplayError
from tests.scoring.programs import make_program, step

BODY = write_program(make_program(step("softmax"), width=2, outputs=2))
SHA256 = hashlib.sha256(BODY).hexdigest()
MODEL = f"songs-{SHA256[:16]}"
REQUEST = {"rows": [{"x0": 0.1, "x1": 0.3}, {"x0": -0.0, "x1": 2}]}
VARIABLES = {
    "AWS_ACCESS_KEY_ID": "1",
    "AWS_SECRET_ACCESS_KEY": "1",
    "AWS_DEFAULT_REGION": "us-east-1",
    "MODEL_BUCKET": "models",
}


@dataclass(frozen=True, kw_only=True)
class Desk:
    """A bucket with the program, a folder, and an answer to keep there."""

    folder: Path
    answer: dict[str, Any]

    def replay(
        self,
        answer: object,
        request: object = REQUEST,
        *,
        bucket: str | None = None,
        stdin: bool = False,
    ) -> Result:
        kept, asked = self.folder / "answer.json", self.folder / "request.json"
        text = answer if isinstance(answer, str) else json.dumps(answer)
        kept.write_text(text)
        asked.write_text(request if isinstance(request, str) else json.dumps(request))
        arguments = ["replay", "-" if stdin else str(kept), "--request", str(asked)]
        arguments += ["--bucket", bucket] if bucket else []
        return CliRunner().invoke(make_app(), arguments, input=text, env=VARIABLES)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        client = boto3.client("s3")
        client.create_bucket(Bucket="models")
        client.put_object(
            Bucket="models", Key=PROGRAM.format(dataset="songs", model=MODEL), Body=BODY
        )
        first = Desk(folder=tmp_path, answer={})
        given = {"predictions": [{}, {}], "receipt": {"model": MODEL, "program_sha256": SHA256}}
        shown = first.replay(given).stdout
        now = [json.loads(line.split("now ", 1)[1]) for line in shown.splitlines()[1:]]
        yield Desk(folder=tmp_path, answer={**given, "predictions": now})


def test_the_same_bits_are_the_same(desk: Desk) -> None:
    for stdin in (False, True):
        result = desk.replay(desk.answer, stdin=stdin)
        assert (result.exit_code, result.stdout) == (0, f"same: 2 prediction(s) of {MODEL}\n")


def test_the_last_bit_is_enough_to_be_different(desk: Desk) -> None:
    answer = deepcopy(desk.answer)
    probabilities = answer["predictions"][1]["probabilities"]
    probabilities["class 0"] += 2**-54
    assert probabilities != desk.answer["predictions"][1]["probabilities"]
    result = desk.replay(answer)
    assert result.exit_code == 1
    assert result.stdout.startswith("different: 1 of 2 prediction(s)\n  row 1: given")


def test_another_request_is_not_the_same(desk: Desk) -> None:
    result = desk.replay(desk.answer, {"rows": [{"x0": 0.1, "x1": 0.3}]})
    assert result.exit_code == 1
    assert "is it the same request?" in result.stdout


@pytest.mark.parametrize(
    ("receipt", "error"),
    [
        ({"program_sha256": "0" * 64}, ProgramError),
        ({"model": "songs-0000000000000000"}, ReplayError),
        ({"model": "../songs"}, ReplayError),
        ({"model": None}, ReplayError),
    ],
)
def test_a_receipt_of_another_program_is_refused(
    desk: Desk, receipt: dict[str, object], error: type[DropcastError]
) -> None:
    answer = {**desk.answer, "receipt": {**desk.answer["receipt"], **receipt}}
    assert isinstance(desk.replay(answer).exception, error)


@pytest.mark.parametrize("answer", ["{", "[]", "{}", '{"predictions": [], "receipt": 1}'])
def test_what_is_no_answer_is_refused_with_what_to_keep(desk: Desk, answer: str) -> None:
    result = desk.replay(answer)
    assert isinstance(result.exception, ReplayError)
    assert "JSON" in str(result.exception) or "keep what curl printed" in str(result.exception)


def test_a_request_that_does_not_fit_and_a_bucket_that_is_not_there_are_told(desk: Desk) -> None:
    assert isinstance(desk.replay(desk.answer, {"x9": 1}).exception, InvalidRequestError)
    assert isinstance(desk.replay(desk.answer, "{").exception, ReplayError)
    assert isinstance(desk.replay(desk.answer, bucket="elsewhere").exception, ReplayError)
