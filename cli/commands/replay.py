"""``replay``: does the program that a receipt names still give the same answer, to the bit?"""

import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console

from dropcast.api.predictions import describe_prediction, score_cases
from dropcast.contracts.errors import DropcastError, KeyGrammarError
from dropcast.contracts.keys import PROGRAM
from dropcast.contracts.limits import MAX_ROWS
from dropcast.scoring import build_scorer, check_rows, read_program
from operations.accounts import AccountOption, StageOption, open_place
from operations.stacks import (
    LocalOption,
    StackOption,
    choose_stack_name,
    find_stack,
    say_cloud_errors,
)

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

BUCKET_VARIABLE = "MODEL_BUCKET"
_SHOWN = 10

Answer = Mapping[str, Any]


class ReplayError(DropcastError):
    """An answer cannot be replayed; the message says what of it is missing or does not fit."""


def register(app: typer.Typer) -> None:
    """Add this module's command to the program."""
    app.command()(replay)


def replay(
    receipt: Annotated[
        str, typer.Argument(help="the whole answer as JSON: a file, or - for stdin")
    ],
    request: Annotated[Path, typer.Option(help="the body that it answered")],
    bucket: Annotated[
        str | None,
        typer.Option(help=f"the model bucket; by default {BUCKET_VARIABLE}, or else the stack's"),
    ] = None,
    *,
    stage: StageOption = None,
    account: AccountOption = None,
    stack: StackOption,
    local: LocalOption = False,
) -> None:
    """Score a request again by the program that its receipt names; exit status 1 if it differs."""
    console = Console(highlight=False, soft_wrap=True)
    answer = read_answer(sys.stdin.read() if receipt == "-" else read_text(Path(receipt)), receipt)
    with say_cloud_errors("finding the model bucket"):
        cloud = open_place(stage=stage, account=account, local=local).cloud
        # The variable is of the shell's cloud and may be of another than the options name.
        if bucket is None and not local and stack == choose_stack_name():
            bucket = os.environ.get(BUCKET_VARIABLE)
        if bucket is None:
            bucket = find_stack(cloud, stack).find_output("ModelBucketName")
    client = cloud.client("s3")
    program = fetch_program(answer["receipt"], bucket=bucket, client=client)
    again = score_again(answer["receipt"], program, read_text(request), str(request))
    differences = compare(answer["predictions"], again)
    if not differences:
        console.print(f"same: {len(again)} prediction(s) of {answer['receipt']['model']}")
        return
    console.print(f"different: {len(differences)} of {len(again)} prediction(s)")
    for line in differences[:_SHOWN]:
        console.print(f"  {line}", markup=False)
    raise typer.Exit(1)


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
    """Return the predictions of a body by a program; raise ``ProgramError`` where its bytes are not
    those that the receipt names, and ``InvalidRequestError`` where the body does not fit."""
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
    """Return a line for each prediction that differs in a bit, of what the program says alone.

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
        told = json.dumps({name: old.get(name) for name in new}, sort_keys=True)
        now = json.dumps(dict(new), sort_keys=True)
        if told != now:
            lines.append(f"row {index}: given {told}, now {now}")
    return lines
