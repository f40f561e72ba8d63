"""The whole path in one process: the deployed steps over buckets in memory.

The steps are called in the order in which events and the state machine call them, so what is
measured and reported here is what is deployed; only S3, EventBridge and Step Functions are not.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Literal

from dropcast.contracts import environment
from dropcast.contracts.blobs import JSON_TYPE
from dropcast.contracts.documents import read_document
from dropcast.contracts.drops import DropRecord
from dropcast.contracts.keys import DATASET_CARD
from dropcast.contracts.messages import (
    DecisionTaken,
    FeaturesBuilt,
    ModelDecided,
    RawArrived,
    RowsSplit,
    Run,
    SearchFinished,
    TrialEnded,
    TrialStarted,
    TrialsTried,
)
from dropcast.features import DatasetCard
from dropcast.recipe import Recipe
from dropcast.recipes import RECIPES
from dropcast.runtime.dependencies import Dependencies
from dropcast.steps.build_features import build_features
from dropcast.steps.evaluate import evaluate_and_judge
from dropcast.steps.fit import fit_model
from dropcast.steps.propose import propose_round
from dropcast.steps.register import decide_model
from dropcast.steps.run_trial import run_one_trial
from dropcast.steps.split import split_rows
from dropcast.steps.take_in import take_in
from dropcast.storage.memory import MemoryBlobStore
from dropcast.training.card import ModelCard

CODE_HASH = "0" * 64


class _RememberedRuns:
    """The runs that were started, which nobody executes."""

    def __init__(self) -> None:
        self._started: set[tuple[str, str]] = set()

    def start(self, run: Run) -> bool:
        """Return whether the run is new."""
        known = (run.dataset, run.run_id) in self._started
        self._started.add((run.dataset, run.run_id))
        return not known


@dataclass(frozen=True, kw_only=True)
class RunEnded:
    """What a run left behind."""

    decided: ModelDecided
    card: ModelCard
    data: DatasetCard


class InMemoryPipeline:
    """Three buckets in memory and the steps on them."""

    def __init__(self, recipes: Mapping[str, Recipe] = RECIPES, *, processes: int = 1) -> None:
        self._processes = processes
        self._sequence = 0
        self.lake, self.models, self.raw = (MemoryBlobStore() for _ in range(3))
        self._runs = _RememberedRuns()
        self.dependencies = Dependencies(
            environ={environment.CODE_HASH: CODE_HASH},
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
        arrived = RawArrived(
            dataset=dataset,
            name=name or path.name,
            key=key,
            version_id=str(self._sequence),
            sequencer=f"{self._sequence:016X}",
            size_bytes=path.stat().st_size,
        )
        ports = self.dependencies
        return take_in(
            arrived,
            raw=self.raw,
            lake=self.lake,
            ledger=ports.ledger,
            versions=ports.versions,
            reports=ports.reports,
            find_table=ports.find_table,
            tables=ports.tables,
            code_hash=CODE_HASH,
            now=ports.now,
        )

    def build_features(self, dataset: str) -> FeaturesBuilt:
        """Build the current version's features."""
        ports = self.dependencies
        built = build_features(
            dataset,
            lake=self.lake,
            frames=ports.frames,
            versions=ports.versions,
            runs=self._runs,
            recipes=ports.recipes,
            find_table=ports.find_table,
            code_hash=CODE_HASH,
        )
        assert isinstance(built, FeaturesBuilt), built
        return built

    def train(self, built: FeaturesBuilt) -> RunEnded:
        """Run the state machine on a run that features started."""
        ports = self.dependencies
        split = split_rows(
            built.run,
            lake=self.lake,
            arrays=ports.arrays,
            versions=ports.versions,
            find_recipe=ports.find_recipe,
        )
        search = search_candidates(split, ports, self._try_all)
        fitted = fit_model(
            search, lake=self.lake, arrays=ports.arrays, find_recipe=ports.find_recipe
        )
        evaluated = evaluate_and_judge(
            fitted,
            lake=self.lake,
            models=self.models,
            arrays=ports.arrays,
            registry=ports.registry,
            find_recipe=ports.find_recipe,
            code_hash=CODE_HASH,
        )
        decision: Literal["register", "reject"] = "register" if evaluated.passed else "reject"
        decided = decide_model(
            DecisionTaken(decision=decision, evaluated=evaluated),
            lake=self.lake,
            models=self.models,
            registry=ports.registry,
            code_hash=CODE_HASH,
            now=ports.now,
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

    def _try_all(self, started: Sequence[TrialStarted]) -> tuple[TrialEnded, ...]:
        """Fit trials side by side, as the Map does; each leaves its row in the lake."""
        if self._processes == 1:
            return tuple(_run_trial(one, self.dependencies) for one in started)
        # Workers are forked from here, so they find the buckets as they are now.
        _FORKED["dependencies"] = self.dependencies
        _FORKED["lake"] = self.lake
        with get_context("fork").Pool(self._processes) as pool:
            ended = pool.map(_run_forked_trial, started, chunksize=1)
        for written, _ in ended:
            for key, body in written.items():
                self.lake.write(key, body, JSON_TYPE)
        return tuple(outcome for _, outcome in ended)


def search_candidates(
    split: RowsSplit,
    ports: Dependencies,
    try_all: Callable[[Sequence[TrialStarted]], tuple[TrialEnded, ...]] | None = None,
) -> SearchFinished:
    """Propose trials and try them, round by round, as the state machine does."""
    proposed = propose_round(split, lake=ports.lake, find_recipe=ports.find_recipe)
    while not proposed.ended:
        started = [TrialStarted(split=split, trial=trial) for trial in proposed.trials]
        tried = TrialsTried(
            split=split,
            round=proposed.round,
            trials=proposed.trials,
            ended=False,
            leaderboard_key=proposed.leaderboard_key,
            outcomes=try_all(started)
            if try_all
            else tuple(_run_trial(one, ports) for one in started),
        )
        proposed = propose_round(tried, lake=ports.lake, find_recipe=ports.find_recipe)
    return SearchFinished(split=split, leaderboard_key=proposed.leaderboard_key)


def _run_trial(started: TrialStarted, ports: Dependencies) -> TrialEnded:
    return run_one_trial(
        started, lake=ports.lake, arrays=ports.arrays, find_recipe=ports.find_recipe
    )


_FORKED: dict[str, Any] = {}


def _run_forked_trial(started: TrialStarted) -> tuple[dict[str, bytes], TrialEnded]:
    """Run one trial in a process of its own; return what it wrote, and how it ended."""
    objects = _FORKED["lake"].objects
    before = set(objects)
    ended = _run_trial(started, _FORKED["dependencies"])
    return {key: objects[key] for key in set(objects) - before}, ended
