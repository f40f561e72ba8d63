"""``make costs``: measure what each dataset's sample needs on the embedded cloud.

It writes ``docs/costs.json`` and the tables of ``docs/costs.md``.

Every function's processes are ended before each drop, so that all start as they do after a quiet
time on Lambda, and no more trials run side by side than this machine has cores.
"""

import json
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rich.console import Console

from bench.page import describe_machine
from dropcast.contracts.errors import DropcastError
from dropcast.contracts.keys import RAW
from dropcast.contracts.serialization.codec import to_document
from dropcast.recipes import RECIPES, list_references
from emulators.cloud import start_cloud, stop_cloud
from operations.demo_stack import find_sample
from operations.local_stack import deploy, synthesise
from operations.pricing.assets import measure_assets
from operations.pricing.per_use import DatasetUse, FunctionUse, Measured, RunUse
from operations.pricing.published import PAGE, SAMPLES, read_assembly, write_page
from operations.watching import name_execution, wait_for_drop, wait_for_run
from proofs.chaos.cloud_setup import STAGE, CloudSetup, connect_setup, prepare_faulty_ministack
from toolchain.builder.layers import build_layers, open_workshop
from toolchain.project import ROOT

PREDICTED = "spotify_preference"
_READS = ("GET", "HEAD")
_BUCKETS_WITH_EVENTS = ("raw", "lake")
_PLATFORM_LINES = ("START ", "END ", "REPORT ")


class CostMeasurementError(DropcastError):
    """A run that was to be measured did not end well; its execution says where."""


def main() -> None:
    """Measure, and write the samples and the page."""
    console = Console(stderr=True, highlight=False)
    for stage in ("aws", STAGE):
        build_layers(open_workshop(stage, ROOT), starting=console.print)
    aws = synthesise("aws")
    with TemporaryDirectory(prefix="dropcast-costs-") as folder, open_cloud(Path(folder)) as setup:
        _unpack_layers(setup, Path(folder))
        datasets = tuple(_measure_all(setup, console))
        answer_bytes, platform_log_bytes = _measure_prediction(setup)
    measured = Measured(
        day=datetime.now(UTC).date().isoformat(),
        machine=describe_machine(),
        cores=_count_cores(),
        asset_bytes=measure_assets(aws, {}),
        answer_bytes=answer_bytes,
        platform_log_bytes=platform_log_bytes,
        datasets=datasets,
    )
    SAMPLES.write_text(json.dumps(to_document(measured), indent=1) + "\n")
    write_page(read_assembly(aws), measured)
    console.print(f"written: {SAMPLES.relative_to(ROOT)}, {PAGE.relative_to(ROOT)}")


@contextmanager
def open_cloud(folder: Path) -> Iterator[CloudSetup]:
    """Run a cloud that counts requests, with the stack, for the length of a ``with`` block."""
    try:
        cloud = start_cloud(prepare_faulty_ministack, folder)
        deploy(cloud, synthesise(STAGE))
        setup = connect_setup(cloud)
        _limit_trials(setup)
        yield setup
    finally:
        stop_cloud(folder)


def _limit_trials(setup: CloudSetup) -> None:
    """Let as many trials run side by side as there are cores: on Lambda each has its own."""
    machine = setup.stack.outputs["StateMachineArn"]
    client = setup.stack.stepfunctions
    definition = json.loads(client.describe_state_machine(stateMachineArn=machine)["definition"])
    definition["States"]["Try candidates"]["MaxConcurrency"] = _count_cores()
    client.update_state_machine(stateMachineArn=machine, definition=json.dumps(definition))


def _unpack_layers(setup: CloudSetup, folder: Path) -> None:
    """Run once without being counted: the emulator unpacks each layer for its first process."""
    sample = find_sample(PREDICTED)
    shorter = folder / sample.name
    shorter.write_bytes(b"".join(sample.read_bytes().splitlines(keepends=True)[:-1]))
    _drop(setup, PREDICTED, shorter)


def _measure_all(setup: CloudSetup, console: Console) -> Iterator[DatasetUse]:
    logs = FunctionLogs(setup=setup)
    # A recipe waits for its reference tables, so they come first.
    for dataset in (*list_references(), *RECIPES):
        yield _measure(setup, logs, dataset)
        console.print(f"measured: {dataset}")


def _measure(setup: CloudSetup, logs: "FunctionLogs", dataset: str) -> DatasetUse:
    logs.read_new()
    setup.end_workers(*setup.functions)
    # A plan without faults only counts requests.
    setup.control("arm", seed=0)
    sample = find_sample(dataset)
    run = _drop(setup, dataset, sample)
    setup.wait_until_idle()
    return DatasetUse(
        dataset=dataset,
        sample_bytes=sample.stat().st_size,
        functions=read_functions(logs.read_new(), setup.control("status")["seen"]),
        run=run,
    )


def _drop(setup: CloudSetup, dataset: str, path: Path) -> RunUse | None:
    """Drop a file and wait for the end of its run; ``None`` of a reference table."""
    key = RAW.format(dataset=dataset, name="sample")
    version_id = setup.stack.drop_file(path, key)
    drop = wait_for_drop(setup.stack, dataset=dataset, raw_key=key, version_id=version_id)
    if dataset not in RECIPES:
        return None
    execution = name_execution(setup.stack, RECIPES[dataset], str(drop.dataset_version))
    ended = wait_for_run(setup.stack, execution)
    if ended.status != "SUCCEEDED":
        raise CostMeasurementError(f"{execution} ended {ended.status}: {ended.error}")
    pages = setup.stack.stepfunctions.get_paginator("get_execution_history").paginate(
        executionArn=execution
    )
    return read_run([event for page in pages for event in page["events"]])


def read_functions(
    messages: Mapping[str, Sequence[str]], seen: Iterable[tuple[str, str, int]]
) -> tuple[FunctionUse, ...]:
    """Return what each function did.

    ``messages``  the new messages of its log
    ``seen``      its requests to S3: function, "<method> <bucket> <prefix>", how often
    """
    requests: dict[str, Counter[str]] = {}
    for function, name, count in seen:
        counts = requests.setdefault(function, Counter())
        method, bucket, place = name.split(" ", 2)
        if method in _READS and place != "(list)":
            counts["reads"] += count
        elif method != "DELETE":  # is free
            counts["writes"] += count
            if method == "PUT" and bucket in _BUCKETS_WITH_EVENTS:
                counts["events"] += count
    return tuple(
        FunctionUse(
            function=function,
            milliseconds=tuple(_read_billed(line) for line in lines if line.startswith("REPORT ")),
            log_bytes=sum(len(line.encode()) for line in lines),
            s3_writes=requests.get(function, Counter())["writes"],
            s3_reads=requests.get(function, Counter())["reads"],
            s3_events=requests.get(function, Counter())["events"],
        )
        for function, lines in messages.items()
        if any(line.startswith("REPORT ") for line in lines)
    )


def read_run(history: Sequence[Mapping[str, Any]]) -> RunUse:
    """Return what an execution did, by its history.

    A task counts by its attempts: the emulator's history lacks the states inside a Map.
    """
    kinds = Counter(event["type"] for event in history)
    others = sum(
        count
        for kind, count in kinds.items()
        if kind.endswith("StateEntered") and kind != "TaskStateEntered"
    )
    start_and_end = 2
    return RunUse(
        transitions=others + kinds["TaskScheduled"] + start_and_end,
        history=len(history),
        first_round=_count_first_round([event["type"] for event in history]),
    )


def _count_first_round(kinds: Sequence[str]) -> int:
    if "MapStateEntered" not in kinds:
        return 0
    begin = kinds.index("MapStateEntered")
    end = kinds.index("MapStateExited", begin)
    return sum(kind in ("TaskSucceeded", "TaskFailed") for kind in kinds[begin:end])


def _read_billed(report: str) -> int:
    r"""Return the billed milliseconds of a ``REPORT`` line.

    >>> _read_billed("REPORT RequestId: a\tDuration: 1.2 ms\tBilled Duration: 2 ms\tMemory ...")
    2
    """
    (billed,) = (part for part in report.split("\t") if part.startswith("Billed Duration: "))
    return int(billed.removeprefix("Billed Duration: ").removesuffix(" ms"))


def _measure_prediction(setup: CloudSetup) -> tuple[int, int]:
    """Return the bytes of a response with one row, and of Lambda's own lines in the log."""
    logs = FunctionLogs(setup=setup)
    logs.read_new()
    body = json.loads(find_sample(PREDICTED).with_name("request.json").read_text())
    request = {**body, "rows": body["rows"][:1]}
    status, response = setup.stack.call_api("POST", f"{PREDICTED}/predict", request)
    if status != 200:
        raise CostMeasurementError(f"POST {PREDICTED}/predict returned {status}: {response}")
    setup.wait_until_idle()
    lines = logs.read_new()["predict"]
    platform = [line for line in lines if line.startswith(_PLATFORM_LINES)]
    return len(json.dumps(response).encode()), sum(len(line.encode()) for line in platform)


@dataclass(kw_only=True)
class FunctionLogs:
    """The functions' log groups; each message is read once."""

    setup: CloudSetup
    _read: Counter[str] = field(default_factory=Counter)

    def read_new(self) -> dict[str, list[str]]:
        """Return the messages since the last time, by function."""
        client = self.setup.stack.cloud.client("logs")
        found = {}
        for function, group in self.setup.stack.log_groups.items():
            pages = client.get_paginator("filter_log_events").paginate(logGroupName=group)
            messages = [event["message"] for page in pages for event in page["events"]]
            found[function] = messages[self._read[function] :]
            self._read[function] = len(messages)
        return found


def _count_cores() -> int:
    return os.cpu_count() or 1


if __name__ == "__main__":
    main()
