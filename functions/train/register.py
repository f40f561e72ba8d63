"""Register model | Reject model: the model is kept, and becomes champion where it passed."""

from functools import partial
from typing import Any

from dropcast.contracts.messages import DecisionTaken, ModelDecided
from dropcast.contracts.serialization.codec import from_document
from dropcast.runtime.dependencies import Dependencies
from dropcast.runtime.invocation import Event, run_step
from dropcast.steps.register import decide_model

read_message = partial(from_document, DecisionTaken)


def handle(event: Event, context: object) -> Any:
    """Lambda's entry point."""
    return run_step("register", event, context, read_message, call_step)


def call_step(taken: DecisionTaken, ports: Dependencies) -> ModelDecided:
    """End the run with this function's ports."""
    return decide_model(
        taken,
        lake=ports.lake,
        models=ports.models,
        registry=ports.registry,
        code_hash=ports.code_hash,
        now=ports.now,
    )
