"""``make costs``: measure what each dataset's sample needs on the embedded cloud, and write
``docs/costs.json`` and the tables of ``docs/costs.md``.

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
from proofs.chaos.ground import STAGE, Ground, prepare_chaos, reach_ground
from toolchain.builder.layers import build_layers, open_workshop
from toolchain.project import ROOT

ASKED = "spotify_preference"
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
    with TemporaryDirectory(prefix="dropcast-costs-") as folder, open_cloud(Path(folder)) as ground:
        _unpack_layers(ground, Path(folder))
        datasets = tuple(_measure_all(ground, console))
        answer_bytes, platform_log_bytes = _measure_prediction(ground)
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
def open_cloud(folder: Path) -> Iterator[Ground]:
    """The deployed stack on a cloud that counts requests, for the length of a ``with`` block."""
    try:
        cloud = start_cloud(prepare_chaos, folder)
        deploy(cloud, synthesise(STAGE))
        ground = reach_ground(cloud)
        _limit_trials(ground)
        yield ground
    finally:
        stop_cloud(folder)


def _limit_trials(ground: Ground) -> None:
    """Let as many trials run side by side as there are cores: on Lambda each has its own."""
    machine = ground.stack.outputs["StateMachineArn"]
    client = ground.stack.stepfunctions
    definition = json.loads(client.describe_state_machine(stateMachineArn=machine)["definition"])
    definition["States"]["Try candidates"]["MaxConcurrency"] = _count_cores()
    client.update_state_machine(stateMachineArn=machine, definition=json.dumps(definition))


def _unpack_layers(ground: Ground, folder: Path) -> None:
    """Run once without being counted: the emulator unpacks each layer for its first process."""
    sample = find_sample(ASKED)
    shorter = folder / sample.name
    shorter.write_bytes(b"".join(sample.read_bytes().splitlines(keepends=True)[:-1]))
    _drop(ground, ASKED, shorter)


def _measure_all(ground: Ground, console: Console) -> Iterator[DatasetUse]:
    logs = FunctionLogs(ground=ground)
    # A recipe waits for its reference tables, so they come first.
    for dataset in (*list_references(), *RECIPES):
        yield _measure(ground, logs, dataset)
        console.print(f"measured: {dataset}")


def _measure(ground: Ground, logs: "FunctionLogs", dataset: str) -> DatasetUse:
    logs.read_new()
    ground.control("end-workers", functions=list(ground.functions.values()))
    # A plan without faults only counts.
    ground.control("arm", seed=0)
    sample = find_sample(dataset)
    run = _drop(ground, dataset, sample)
    ground.rest()
    return DatasetUse(
        dataset=dataset,
        sample_bytes=sample.stat().st_size,
        functions=read_functions(logs.read_new(), ground.control("tell")["seen"]),
        run=run,
    )


def _drop(ground: Ground, dataset: str, path: Path) -> RunUse | None:
    """Drop a file and wait for the end of its run; ``None`` of a reference table."""
    key = RAW.format(dataset=dataset, name="sample")
    version_id = ground.stack.drop_file(path, key)
    drop = wait_for_drop(ground.stack, dataset=dataset, raw_key=key, version_id=version_id)
    if dataset not in RECIPES:
        return None
    execution = name_execution(ground.stack, RECIPES[dataset], str(drop.dataset_version))
    ended = wait_for_run(ground.stack, execution)
    if ended.status != "SUCCEEDED":
        raise CostMeasurementError(f"{execution} ended {ended.status}: {ended.error}")
    pages = ground.stack.stepfunctions.get_paginator("get_execution_history").paginate(
        executionArn=execution
    )
    return read_run([event for page in pages for event in page["events"]])


def read_functions(
    messages: Mapping[str, Sequence[str]], seen: Iterable[tuple[str, str, int]]
) -> tuple[FunctionUse, ...]:
    """Return what each function did: by its log's new ``messages``, and by the requests to S3 that
    were ``seen`` of it (function, "<method> <bucket> <prefix>", how often)."""
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

    A task counts by its attempts: the emulator's history does not tell of the states inside a Map.
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
    """Return the billed milliseconds of a ``REPORT`` line.

    >>> _read_billed("REPORT RequestId: a\\tDuration: 1.2 ms\\tBilled Duration: 2 ms\\tMemory ...")
    2
    """
    (billed,) = (part for part in report.split("\t") if part.startswith("Billed Duration: "))
    return int(billed.removeprefix("Billed Duration: ").removesuffix(" ms"))


def _measure_prediction(ground: Ground) -> tuple[int, int]:
    """Return the bytes of an answer of one row, and of Lambda's own lines in the log."""
    logs = FunctionLogs(ground=ground)
    logs.read_new()
    body = json.loads((find_sample(ASKED)).with_name("request.json").read_text())
    asked = {**body, "rows": body["rows"][:1]}
    status, answer = ground.stack.call_api("POST", f"{ASKED}/predict", asked)
    if status != 200:
        raise CostMeasurementError(f"POST {ASKED}/predict answered {status}: {answer}")
    ground.rest()
    lines = logs.read_new()["predict"]
    platform = [line for line in lines if line.startswith(_PLATFORM_LINES)]
    return len(json.dumps(answer).encode()), sum(len(line.encode()) for line in platform)


@dataclass(kw_only=True)
class FunctionLogs:
    """The functions' log groups; each message is read once."""

    ground: Ground
    _read: Counter[str] = field(default_factory=Counter)

    def read_new(self) -> dict[str, list[str]]:
        """Return the messages since the last time, by function."""
        client = self.ground.stack.cloud.client("logs")
        found = {}
        for function, group in self.ground.stack.log_groups.items():
            pages = client.get_paginator("filter_log_events").paginate(logGroupName=group)
            messages = [event["message"] for page in pages for event in page["events"]]
            found[function] = messages[self._read[function] :]
            self._read[function] = len(messages)
        return found


def _count_cores() -> int:
    return os.cpu_count() or 1


if __name__ == "__main__":
    main()
