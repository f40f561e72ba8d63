"""Inputs of the state machine and of its steps as messages."""

from collections.abc import Collection, Mapping
from typing import Any

from dropcast.contracts.errors import DocumentError, InvalidRunError
from dropcast.contracts.messages import RowsSplit, Run, RunByHand, TrialsTried
from dropcast.contracts.serialization.codec import from_document


def read_run(event: Mapping[str, Any], *, datasets: Collection[str]) -> Run | RunByHand:
    """Return the run that an execution was started with.

    It is the whole run, as the features function starts it, or ``{"dataset": "<name>"}`` from a
    person. ``datasets`` are the names that the error lists.
    """
    if set(event) == {"dataset"} and isinstance(event["dataset"], str):
        return RunByHand(dataset=event["dataset"])
    try:
        return from_document(Run, event)
    except DocumentError as error:
        raise InvalidRunError(
            f'start a run with {{"dataset": "<name>"}}, one of {", ".join(datasets)}; {error}'
        ) from error


def read_search_message(event: Mapping[str, Any]) -> RowsSplit | TrialsTried:
    """Return what the search goes on from: rows that were split, or a round that was tried."""
    if "outcomes" in event:
        return from_document(TrialsTried, event)
    return from_document(RowsSplit, event)
