"""The predict function over the cloud's model bucket, and what it wrote to its log."""

import hashlib
import itertools
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from dropcast.contracts import environment
from dropcast.contracts.api_keys import PREDICTIONS
from dropcast.contracts.champion import Champion, ChampionPointer
from dropcast.contracts.documents import write_document
from dropcast.contracts.keys import CHAMPION, PROGRAM
from dropcast.contracts.ports import Blob, BlobStore
from dropcast.runtime.serving import PredictDependencies
from dropcast.scoring import Program, write_program
from dropcast.storage.memory import MemoryBlobStore
from functions.predict.handler import KEYS, answer_request
from tests.functions.cloud import KEY_IDS, Cloud, list_key_ids


class Invocation:
    """Lambda's context, as far as the function reads it."""

    aws_request_id = "invocation-1"


@dataclass(frozen=True)
class Watched:
    """Any store as one whose objects are read again where they changed."""

    store: BlobStore

    def read(self, key: str) -> Blob:
        return self.store.read(key)

    def read_if_changed(self, key: str, etag: str) -> Blob | None:
        found = self.store.read(key)
        return None if found.etag == etag else found


@dataclass(kw_only=True)
class Predictor:
    """One warm process of the function, whose time grows by ``step_seconds`` at each reading."""

    models: BlobStore
    step_seconds: float = 0.002
    key_id: str | None = KEY_IDS[PREDICTIONS]
    lines: list[str] = field(default_factory=list)
    beside: list[Callable[[], None]] = field(default_factory=list)
    dependencies: PredictDependencies = field(init=False)

    def __post_init__(self) -> None:
        ticks = itertools.count(1)
        self.dependencies = PredictDependencies(
            environ={
                environment.CODE_HASH: "code",
                **list_key_ids(KEYS),
                "POWERTOOLS_SERVICE_NAME": "dropcast-predict",
                "AWS_LAMBDA_FUNCTION_VERSION": "3",
            },
            models=Watched(self.models),
            clock=lambda: next(ticks) * self.step_seconds,
            now=lambda: 0.0,
            run=self.beside.append,
            write=self.lines.append,
        )

    def ask(
        self,
        body: object,
        *,
        dataset: str = "spotify_preference",
        route: tuple[str, str] = ("POST", "/{dataset}/predict"),
        parameters: dict[str, str] | None = None,
    ) -> tuple[int, Any]:
        event = {
            "httpMethod": route[0],
            "resource": route[1],
            "pathParameters": {"dataset": dataset},
            "queryStringParameters": parameters,
            "requestContext": {"requestId": "request-1", "identity": {"apiKeyId": self.key_id}},
            "body": body if isinstance(body, str) else json.dumps(body),
        }
        answer = answer_request(event, Invocation(), self.dependencies)
        return answer["statusCode"], json.loads(answer["body"])

    def read_lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.lines]


def ask(cloud: Cloud, body: object, **more: Any) -> tuple[int, Any]:
    """Ask a process that starts cold."""
    return Predictor(models=cloud.dependencies.models).ask(body, **more)


def make_models(program: Program) -> MemoryBlobStore:
    """Return a model bucket whose champion is this program."""
    body, models = write_program(program), MemoryBlobStore()
    key = PROGRAM.format(dataset=program.dataset, model="made-by-hand")
    models.write(key, body, "application/octet-stream")
    champion = Champion(
        dataset=program.dataset,
        model="made-by-hand",
        program_key=key,
        program_sha256=hashlib.sha256(body).hexdigest(),
        dataset_version="a" * 64,
        references={},
        recipe_hash="b" * 64,
        run_id="run",
        code_hash="c" * 64,
    )
    pointer = ChampionPointer(champion=champion, generation=1, movers=("run",))
    write_document(models, CHAMPION.format(dataset=program.dataset), pointer)
    return models
