"""The whole path in one process: the deployed doors over buckets in memory.

The doors are called in the order in which events and the state machine call them, so what is
measured and reported here is what is deployed; only S3, EventBridge and Step Functions are not.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from dropcast.contracts import environment
from dropcast.contracts.documents import read_document
from dropcast.contracts.drops import DropRecord
from dropcast.contracts.keys import DATASET_CARD
from dropcast.contracts.messages import (
    FeaturesBuilt,
    ModelDecided,
    RowsSplit,
    SearchFinished,
    TrialEnded,
    TrialsTried,
)
from dropcast.contracts.serialization.codec import to_document
from dropcast.features import DatasetCard
from dropcast.recipe import Recipe
from dropcast.recipes import RECIPES
from dropcast.runtime.dependencies import Dependencies
from dropcast.storage.memory import MemoryBlobStore
from dropcast.training.card import ModelCard
from functions.features.handler import build_current_features
from functions.ingest.handler import ingest_drop
from functions.train.evaluate import evaluate_and_judge
from functions.train.fit import fit_model
from functions.train.propose import propose_next
from functions.train.register import decide_model
from functions.train.split import split_rows
from functions.train.trial import try_candidate

CODE_HASH = "0" * 64


class _Started(Exception):  # noqa: N818 - the name that boto3's client has
    """An execution of this name is there already."""


@dataclass
class _Executions:
    """Step Functions' client as far as the doors know it: it remembers what was started."""

    exceptions: Any = field(init=False)
    names: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.exceptions = type("Exceptions", (), {"ExecutionAlreadyExists": _Started})

    def start_execution(self, **request: str) -> None:
        if request["name"] in self.names:
            raise _Started(request["name"])
        self.names.add(request["name"])


@dataclass(frozen=True, kw_only=True)
class RunEnded:
    """What a run left behind."""

    decided: ModelDecided
    card: ModelCard
    data: DatasetCard


class Rooms:
    """Three buckets in memory and the doors on them."""

    def __init__(self, recipes: Mapping[str, Recipe] = RECIPES, *, processes: int = 1) -> None:
        self._processes = processes
        self._sequence = 0
        self.lake, self.models, self.raw = (MemoryBlobStore() for _ in range(3))
        self.dependencies = Dependencies(
            environ={environment.CODE_HASH: CODE_HASH, environment.STATE_MACHINE_ARN: "local"},
            stepfunctions=_Executions(),  # type: ignore[arg-type] # the one call that is made
            recipes=recipes,
            buckets={
                environment.RAW_BUCKET: self.raw,
                environment.LAKE_BUCKET: self.lake,
                environment.MODEL_BUCKET: self.models,
            },
        )

    def drop(self, dataset: str, path: Path, *, name: str | None = None) -> DropRecord:
        """Drop a file, as a person would."""
        key = f"raw/{dataset}/{name or path.name}"
        self.raw.write(key, path.read_bytes(), "application/octet-stream")
        self._sequence += 1
        found = {
            "key": key,
            "size": path.stat().st_size,
            "sequencer": f"{self._sequence:016X}",
            "version-id": str(self._sequence),
        }
        finished = ingest_drop(
            {"detail": {"bucket": {"name": "raw"}, "object": found}}, self.dependencies
        )
        assert finished is not None
        return finished

    def build_features(self, dataset: str) -> FeaturesBuilt:
        """Build the current version's features."""
        event = {"detail": {"object": {"key": f"clean/current/{dataset}.json"}}}
        built = build_current_features(event, self.dependencies)
        assert isinstance(built, FeaturesBuilt), built
        return built

    def train(self, built: FeaturesBuilt) -> RunEnded:
        """Run the state machine on a run that features started."""
        split = split_rows(to_document(built.run), self.dependencies)
        search = search_candidates(split, self.dependencies, self._try_all)
        fitted = fit_model(to_document(search), self.dependencies)
        evaluated = evaluate_and_judge(to_document(fitted), self.dependencies)
        decision = "register" if evaluated.passed else "reject"
        decided = decide_model(
            {"decision": decision, "evaluated": to_document(evaluated)}, self.dependencies
        )
        return RunEnded(
            decided=decided,
            card=read_document(self.models, ModelCard, decided.card_key),
            data=read_document(
                self.lake,
                DatasetCard,
                DATASET_CARD.format(dataset=built.run.dataset, run_id=built.run.run_id),
            ),
        )

    def _try_all(self, asked: list[dict[str, Any]]) -> tuple[TrialEnded, ...]:
        """Fit trials side by side, as the Map does; each leaves its row in the lake."""
        if self._processes == 1:
            return tuple(try_candidate(one, self.dependencies) for one in asked)
        # Workers are forked from here, so they find the buckets as they are now.
        _FORKED["dependencies"] = self.dependencies
        _FORKED["lake"] = self.lake
        with get_context("fork").Pool(self._processes) as pool:
            ended = pool.map(_try_forked, asked, chunksize=1)
        for written, _ in ended:
            for key, body in written.items():
                self.lake.write(key, body, "application/json")
        return tuple(outcome for _, outcome in ended)


def search_candidates(
    split: RowsSplit,
    dependencies: Dependencies,
    try_all: Callable[[list[dict[str, Any]]], tuple[TrialEnded, ...]] | None = None,
) -> SearchFinished:
    """Propose trials and try them, round by round, as the state machine does."""
    proposed = propose_next(to_document(split), dependencies)
    while not proposed.ended:
        asked = [
            {"split": to_document(split), "trial": to_document(trial)} for trial in proposed.trials
        ]
        tried = TrialsTried(
            split=split,
            round=proposed.round,
            trials=proposed.trials,
            ended=False,
            leaderboard_key=proposed.leaderboard_key,
            outcomes=try_all(asked)
            if try_all
            else tuple(try_candidate(one, dependencies) for one in asked),
        )
        proposed = propose_next(to_document(tried), dependencies)
    return SearchFinished(split=split, leaderboard_key=proposed.leaderboard_key)


_FORKED: dict[str, Any] = {}


def _try_forked(asked: dict[str, Any]) -> tuple[dict[str, bytes], TrialEnded]:
    """Run one trial in a process of its own; return what it wrote, and how it ended."""
    objects = _FORKED["lake"].objects
    before = set(objects)
    ended = try_candidate(asked, _FORKED["dependencies"])
    return {key: objects[key] for key in set(objects) - before}, ended
