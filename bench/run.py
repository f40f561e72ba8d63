"""``make bench``: every measurement in one run, and ``docs/benchmarks.md`` of what came out.

python -m bench.run --output docs [--quick] [--parts a,b1] [--peers FOLDER] [--folder FOLDER]
"""

import argparse
import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.drop_to_champion import measure_drops
from bench.ingest_speed import measure_ingest
from bench.measure import Figure
from bench.page import write_pages
from bench.serving.batch import measure_batch
from bench.serving.cold_start import JOBLIB, ColdStarts, measure_cold_starts
from bench.serving.cost import list_costs
from bench.serving.handlers import count_log_bytes
from bench.serving.latency import measure_latency
from bench.serving.package_sizes import PEERS as PEERS_BY_SIZE
from bench.serving.package_sizes import measure_sizes
from bench.serving.peers import DEFAULT_FOLDER
from bench.serving.songs import fit_model
from bench.serving.store import open_store
from bench.serving.throughput import measure_throughput

PARTS = ("a", "b1", "b2", "c", "d", "e", "f", "g")


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How much is measured."""

    cold_starts: int
    cold_starts_stale: int
    warm_events: int
    latency_rounds: int
    latency_calls: int
    load_rounds: int
    load_seconds: float
    batch_rounds: int
    batch_rows: int
    ingest: Mapping[int, int]
    drops: int
    uncounted_drops: int
    sizes: tuple[str, ...]


FULL = Plan(
    cold_starts=25,
    cold_starts_stale=3,
    warm_events=2_000,
    latency_rounds=25,
    latency_calls=200,
    load_rounds=9,
    load_seconds=3.0,
    batch_rounds=11,
    batch_rows=100_000,
    ingest={10: 9, 100: 5, 1_000: 3},
    drops=5,
    uncounted_drops=1,
    sizes=tuple(PEERS_BY_SIZE),
)
QUICK = Plan(
    cold_starts=2,
    cold_starts_stale=0,
    warm_events=200,
    latency_rounds=3,
    latency_calls=30,
    load_rounds=2,
    load_seconds=0.5,
    batch_rounds=2,
    batch_rows=10_000,
    ingest={1: 2, 10: 1},
    drops=1,
    uncounted_drops=0,
    sizes=("joblib",),
)


def measure(plan: Plan, parts: frozenset[str], *, peers: Path, folder: Path) -> list[Figure]:
    """Return the figures of the parts, in the page's order; ``folder`` is for what they need."""
    figures: list[Figure] = []
    cold: ColdStarts | None = None
    served = fit_model("trees")
    if parts & {"a", "b2", "g"}:
        with open_store(served, peers=peers, folder=folder) as store:
            if parts & {"a", "g"}:
                _tell("cold starts")
                cold = measure_cold_starts(
                    served,
                    store,
                    peers=peers,
                    folder=folder,
                    repetitions=plan.cold_starts,
                    slow_repetitions=plan.cold_starts_stale,
                    warm_events=plan.warm_events,
                )
                figures += cold.figures
            if "b2" in parts:
                _tell("requests a second")
                figures += measure_throughput(
                    served,
                    store,
                    peers=peers,
                    folder=folder,
                    repetitions=plan.load_rounds,
                    seconds=plan.load_seconds,
                )
    steps: dict[str, Callable[[], list[Figure]]] = {
        "b1": lambda: measure_latency(repetitions=plan.latency_rounds, calls=plan.latency_calls),
        "c": lambda: measure_batch(repetitions=plan.batch_rounds, rows=plan.batch_rows),
        "d": lambda: measure_ingest(plan.ingest, folder=folder),
        "e": lambda: measure_drops(
            folder=_make(folder / "drops"),
            repetitions=plan.drops,
            uncounted=plan.uncounted_drops,
        ),
        "f": lambda: measure_sizes(peers=peers, names=plan.sizes),
    }
    for part, step in steps.items():
        if part in parts:
            _tell(f"part {part}")
            figures += step()
    if cold is not None and "g" in parts:
        figures += list_costs(
            cold.warm_ms,
            cold.peer_warm_ms,
            peer=JOBLIB,
            memory_mib=read_memory_mib(),
            log_bytes=count_log_bytes(served),
        )
    return [figure for figure in figures if figure.part in parts]


def read_memory_mib() -> int:
    """Return the memory that the template gives the predict function."""
    from cdk.doors import DOORS  # noqa: PLC0415 - it starts Node

    (memory,) = (door.memory_mib for door in DOORS if door.name == "Predict")
    return memory


def main(arguments: list[str] | None = None) -> None:
    """Measure, and write the page and the samples themselves (``benchmarks.json``)."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, required=True, help="folder of the page")
    parser.add_argument("--quick", action="store_true", help="all parts, small")
    parser.add_argument("--parts", default=",".join(PARTS), help="of: %(default)s")
    parser.add_argument("--peers", type=Path, default=DEFAULT_FOLDER, help="their environments")
    parser.add_argument("--folder", type=Path, help="where big files may lie; default: temporary")
    asked = parser.parse_args(arguments)
    parts = frozenset(asked.parts.split(","))
    if unknown := parts - set(PARTS):
        parser.error(f"no part {', '.join(sorted(unknown))}; known: {', '.join(PARTS)}")
    with TemporaryDirectory(prefix="dropcast-bench-", dir=asked.folder) as folder:
        plan = QUICK if asked.quick else FULL
        figures = measure(plan, parts, peers=asked.peers, folder=Path(folder))
    _make(asked.output)
    write_pages(
        figures,
        asked.output,
        command="make bench" + (" QUICK=1" if asked.quick else ""),
        day=datetime.now(UTC).date().isoformat(),
    )
    samples = [asdict(figure) for figure in figures]
    (asked.output / "benchmarks.json").write_text(json.dumps(samples, indent=1) + "\n")


def _make(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _tell(what: str) -> None:
    sys.stderr.write(f"bench: {what}\n")


if __name__ == "__main__":
    main()
