"""Computing a prediction again from its receipt, and comparing every bit."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from dropcast.api.predictions import describe_prediction, score_cases
from dropcast.contracts.errors import DropcastError, KeyGrammarError
from dropcast.contracts.keys import PROGRAM
from dropcast.contracts.limits import MAX_ROWS
from dropcast.scoring import build_scorer, check_rows, read_program

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

Answer = Mapping[str, Any]


class ReplayError(DropcastError):
    """An answer cannot be replayed; the message says what of it is missing or does not fit."""


def read_text(path: Path) -> str:
    """Return a file's text; raise :class:`ReplayError` where there is none."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ReplayError(f"{path} cannot be read: {error}") from error


def read_answer(text: str, where: str) -> Answer:
    """Return an answer of the predict route; raise :class:`ReplayError` if it is none."""
    try:
        answer = json.loads(text)
    except ValueError as error:
        raise ReplayError(f"{where} is not JSON: {error}") from error
    receipt = answer.get("receipt") if isinstance(answer, dict) else None
    if not isinstance(receipt, dict) or not isinstance(answer.get("predictions"), list):
        raise ReplayError(
            f"{where} is no answer of the predict route: it has 'predictions' and 'receipt'; "
            f"keep what curl printed, whole"
        )
    missing = [n for n in ("model", "program_sha256") if not isinstance(receipt.get(n), str)]
    if missing:
        raise ReplayError(f"{where}: the receipt does not say {', '.join(missing)}")
    return {"predictions": answer["predictions"], "receipt": receipt}


def fetch_program(receipt: Answer, *, bucket: str, client: "S3Client") -> bytes:
    """Return the bytes of the program that a receipt names, champion or not: programs are kept."""
    model: str = receipt["model"]
    # A model is named by its dataset and its program.
    dataset = model.rpartition("-")[0]
    try:
        key = PROGRAM.format(dataset=dataset, model=model)
        return client.get_object(Bucket=bucket, Key=key)["Body"].read()
    except KeyGrammarError as error:
        raise ReplayError(f"'{model}' is no model's name: {error}") from error
    except (ClientError, BotoCoreError) as error:
        raise ReplayError(f"no program of {model} in bucket {bucket}: {error}") from error


def score_again(receipt: Answer, program: bytes, body: str, where: str) -> list[dict[str, object]]:
    """Return the predictions of a program for a request's body.

    Raises ``ProgramError`` where the program's bytes are not those that the receipt names, and
    ``InvalidRequestError`` where the body does not fit.
    """
    read = read_program(program, sha256=receipt["program_sha256"])
    try:
        rows = json.loads(body)
    except ValueError as error:
        raise ReplayError(f"{where} is not JSON: {error}") from error
    cases = check_rows(rows, schema=read, max_rows=MAX_ROWS)
    return [
        describe_prediction(read, answers) for answers in score_cases(build_scorer(read), cases)
    ]


def compare(
    given: Sequence[Mapping[str, object]], again: Sequence[Mapping[str, object]]
) -> list[str]:
    """Return a line for each prediction that differs in a bit.

    Only what the program computes is compared.

    >>> compare([{"prediction": 0.1}], [{"prediction": 0.1}])
    []
    >>> compare([{"prediction": 0.1}], [{"prediction": 0.10000000000000002}])
    ['row 0: given {"prediction": 0.1}, now {"prediction": 0.10000000000000002}']
    """
    if len(given) != len(again):
        return [f"{len(given)} prediction(s) given, {len(again)} now: is it the same request?"]
    lines = []
    for index, (old, new) in enumerate(zip(given, again, strict=True)):
        # Python spells a float by the fewest digits that give its bits again, minus zero too.
        before = json.dumps({name: old.get(name) for name in new}, sort_keys=True)
        now = json.dumps(dict(new), sort_keys=True)
        if before != now:
            lines.append(f"row {index}: given {before}, now {now}")
    return lines
