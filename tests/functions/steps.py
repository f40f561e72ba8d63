"""The functions' steps as Lambda calls them: an event is read as a message, the step is called."""

from collections.abc import Mapping
from typing import Any

from dropcast.contracts.drops import DropRecord
from dropcast.contracts.messages import (
    FeaturesBuilt,
    FeaturesWait,
    ModelDecided,
    ModelEvaluated,
    ModelFitted,
    ReferenceMoved,
    RowsSplit,
    TrialEnded,
    TrialsProposed,
)
from dropcast.contracts.scored_files import DropScored
from dropcast.runtime.dependencies import Dependencies
from functions.features import handler as features
from functions.ingest import handler as ingest
from functions.predict import score
from functions.train import evaluate, fit, propose, register, split, trial

Event = Mapping[str, Any]


def ingest_drop(event: Event, ports: Dependencies) -> DropRecord | None:
    return ingest.call_step(ingest.read_message(event), ports)


def build_features(
    event: Event, ports: Dependencies
) -> FeaturesBuilt | FeaturesWait | ReferenceMoved:
    return features.call_step(features.read_message(event), ports)


def split_rows(event: Event, ports: Dependencies) -> RowsSplit:
    return split.call_step(split.read_message(event), ports)


def propose_round(event: Event, ports: Dependencies) -> TrialsProposed:
    return propose.call_step(propose.read_message(event), ports)


def run_trial(event: Event, ports: Dependencies) -> TrialEnded:
    return trial.call_step(trial.read_message(event), ports)


def fit_model(event: Event, ports: Dependencies) -> ModelFitted:
    return fit.call_step(fit.read_message(event), ports)


def evaluate_and_judge(event: Event, ports: Dependencies) -> ModelEvaluated:
    return evaluate.call_step(evaluate.read_message(event), ports)


def decide_model(event: Event, ports: Dependencies) -> ModelDecided:
    return register.call_step(register.read_message(event), ports)


def score_drop(event: Event, ports: Dependencies) -> DropScored | None:
    return score.call_step(score.read_message(event), ports)
