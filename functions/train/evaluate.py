"""Evaluate model: the only look at the test rows' truth, the gate's verdict, the model card."""

from functools import partial
from typing import Any

from dropcast.contracts.messages import ModelEvaluated, ModelFitted
from dropcast.contracts.serialization.codec import from_document
from dropcast.runtime.dependencies import Dependencies
from dropcast.runtime.invocation import Event, run_step
from dropcast.steps.evaluate import evaluate_and_judge

read_message = partial(from_document, ModelFitted)


def handle(event: Event, context: object) -> Any:
    """Lambda's entry point."""
    return run_step("evaluate", event, context, read_message, call_step)


def call_step(fitted: ModelFitted, ports: Dependencies) -> ModelEvaluated:
    """Evaluate the model with this function's ports."""
    return evaluate_and_judge(
        fitted,
        lake=ports.lake,
        models=ports.models,
        arrays=ports.arrays,
        registry=ports.registry,
        find_recipe=ports.find_recipe,
        code_hash=ports.code_hash,
    )
