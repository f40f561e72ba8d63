"""Ingest function: a file was dropped -> clean part, quarantine, dataset version, report."""

from typing import Any

from dropcast.contracts.drops import DropRecord
from dropcast.contracts.messages import RawArrived
from dropcast.runtime.dependencies import Dependencies
from dropcast.runtime.invocation import Event, run_step
from dropcast.runtime.s3_events import read_raw_arrived
from dropcast.steps.take_in import take_in

read_message = read_raw_arrived


def handle(event: Event, context: object) -> Any:
    """Lambda's entry point."""
    return run_step("ingest", event, context, read_message, call_step)


def call_step(arrived: RawArrived | None, ports: Dependencies) -> DropRecord | None:
    """Take the file in with this function's ports; a folder marker is no file."""
    if arrived is None:
        return None
    return take_in(
        arrived,
        raw=ports.raw,
        lake=ports.lake,
        ledger=ports.ledger,
        versions=ports.versions,
        reports=ports.reports,
        find_table=ports.find_table,
        tables=ports.tables,
        code_hash=ports.code_hash,
        now=ports.now,
    )
