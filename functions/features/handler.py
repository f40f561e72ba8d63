"""Features function: a current version moved -> feature table, dataset card, training run."""

from typing import Any

from dropcast.contracts.messages import FeaturesBuilt, FeaturesWait, ReferenceMoved
from dropcast.runtime.dependencies import Dependencies
from dropcast.runtime.invocation import Event, run_step
from dropcast.runtime.s3_events import read_moved_dataset
from dropcast.steps.build_features import build_features

read_message = read_moved_dataset


def handle(event: Event, context: object) -> Any:
    """Lambda's entry point."""
    return run_step("features", event, context, read_message, call_step)


def call_step(moved: str, ports: Dependencies) -> FeaturesBuilt | FeaturesWait | ReferenceMoved:
    """Build the features with this function's ports."""
    return build_features(
        moved,
        lake=ports.lake,
        frames=ports.frames,
        versions=ports.versions,
        runs=ports.runs,
        recipes=ports.recipes,
        find_table=ports.find_table,
        code_hash=ports.code_hash,
    )
