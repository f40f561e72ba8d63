"""``make bench``: take every measurement in one run, and write ``docs/benchmarks.md``.

python -m bench.run [--quick] [--parts a,b1] [--peers FOLDER] [--folder FOLDER] [--output FOLDER]

A whole run writes into ``docs``; a quick one, or one of some parts, into ``build/bench``.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.drop_to_champion import measure_drops
from bench.ingest.speed import measure_ingest
from bench.measure import Figure
from bench.page import write_pages
from bench.serving.batch import measure_batch
from bench.serving.cold_start import measure_cold_starts
from bench.serving.handlers import count_log_bytes
from bench.serving.latency import measure_latency
from bench.serving.model_store import Store, open_store
from bench.serving.package_sizes import PEERS as PEERS_BY_SIZE
from bench.serving.package_sizes import measure_sizes
from bench.serving.peers import DEFAULT_FOLDER
from bench.serving.prediction_cost import list_costs
from bench.serving.served_model import TITLES, Kind, Served, fit_model
from bench.serving.throughput import measure_throughput
from bench.serving.warm_times import measure_warm
from toolchain.project import ROOT

PARTS = ("a", "b1", "b2", "c", "d", "e", "f", "g")

# The parts whose contenders read their model from a bucket.
READ_FROM_STORE = frozenset({"a", "b2", "g"})
PUBLISHED = ROOT / "docs"
UNPUBLISHED = ROOT / "build/bench"


@dataclass(frozen=True, kw_only=True)
class Options:
    """The options of the command line."""

    output: Path
    quick: bool
    parts: frozenset[str]
    peers: Path
    folder: Path | None


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How much is measured."""

    cold_starts: int
    cold_starts_stale: int
    warm_rounds: int
    warm_events: int
    latency_rounds: int
    latency_calls: int
    load_rounds: int
    load_seconds: float
    batch_rounds: int
    batch_rows: Mapping[Kind, int]
    ingest: Mapping[int, int]
    ingest_profile: int
    drops: int
    uncounted_drops: int
    sizes: tuple[str, ...]


FULL = Plan(
    cold_starts=21,
    cold_starts_stale=3,
    warm_rounds=7,
    warm_events=400,
    latency_rounds=15,
    latency_calls=200,
    load_rounds=9,
    load_seconds=3.0,
    batch_rounds=11,
    batch_rows={"trees": 100_000, "logistic": 100_000, "xgboost": 50_000, "forest": 20_000},
    ingest={10: 7, 100: 5, 1_000: 3},
    ingest_profile=100,
    drops=4,
    uncounted_drops=1,
    sizes=tuple(PEERS_BY_SIZE),
)
QUICK = Plan(
    cold_starts=2,
    cold_starts_stale=0,
    warm_rounds=2,
    warm_events=100,
    latency_rounds=3,
    latency_calls=30,
    load_rounds=2,
    load_seconds=0.5,
    batch_rounds=2,
    batch_rows=dict.fromkeys(TITLES, 5_000),
    ingest={1: 2, 10: 2},
    ingest_profile=10,
    drops=1,
    uncounted_drops=0,
    sizes=("joblib",),
)


Step = Callable[[], list[Figure]]


def measure(plan: Plan, parts: frozenset[str], *, peers: Path, folder: Path) -> list[Figure]:
    """Return the figures of the parts, in the page's order; ``folder`` is for what they need."""
    found: dict[str, list[Figure]] = {}
    served = fit_model("trees")
    if parts & READ_FROM_STORE:
        # The store is ended before the other parts, so that it does not run beside them.
        with open_store(served, peers=peers, folder=folder) as store:
            steps = _list_stored(plan, served, store, peers=peers, folder=folder)
            found |= _take_steps(steps, parts)
    found |= _take_steps(_list_others(plan, peers=peers, folder=folder), parts)
    return [figure for part in PARTS for figure in found.get(part, [])]


def _take_steps(steps: Mapping[str, Step], parts: frozenset[str]) -> dict[str, list[Figure]]:
    found = {}
    for part in (name for name in steps if name in parts):
        started = time.monotonic()
        found[part] = steps[part]()
        sys.stderr.write(f"bench: part {part}: {time.monotonic() - started:.0f} s\n")
    return found


def _list_stored(
    plan: Plan, served: Served, store: Store, *, peers: Path, folder: Path
) -> Mapping[str, Step]:
    return {
        "a": lambda: measure_cold_starts(
            served,
            store,
            peers=peers,
            folder=folder,
            repetitions=plan.cold_starts,
            slow_repetitions=plan.cold_starts_stale,
        ),
        "b2": lambda: measure_throughput(
            served,
            store,
            peers=peers,
            folder=folder,
            repetitions=plan.load_rounds,
            seconds=plan.load_seconds,
        ),
        "g": lambda: _measure_costs(plan, served, store, peers=peers, folder=folder),
    }


def _list_others(plan: Plan, *, peers: Path, folder: Path) -> Mapping[str, Step]:
    return {
        "b1": lambda: measure_latency(repetitions=plan.latency_rounds, calls=plan.latency_calls),
        "c": lambda: measure_batch(repetitions=plan.batch_rounds, rows=plan.batch_rows),
        "d": lambda: measure_ingest(plan.ingest, profile_mb=plan.ingest_profile, folder=folder),
        "e": lambda: measure_drops(
            folder=_make(folder / "drops"),
            repetitions=plan.drops,
            uncounted=plan.uncounted_drops,
        ),
        "f": lambda: measure_sizes(peers=peers, names=plan.sizes),
    }


def _measure_costs(
    plan: Plan, served: Served, store: Store, *, peers: Path, folder: Path
) -> list[Figure]:
    warm = measure_warm(
        served,
        store,
        peers=peers,
        folder=folder,
        repetitions=plan.warm_rounds,
        events=plan.warm_events,
    )
    return list_costs(
        warm.ours,
        warm.peer,
        peer=warm.peer_name,
        memory_mib=read_memory_mib(),
        log_bytes=count_log_bytes(served),
    )


def read_memory_mib() -> int:
    """Return the memory that the template gives the predict function."""
    from cdk.functions import FUNCTIONS  # noqa: PLC0415 - it starts Node

    (memory,) = (one.memory_mib for one in FUNCTIONS if one.name == "Predict")
    return memory


def main(arguments: list[str] | None = None) -> None:
    """Measure, and write the page and the samples themselves (``benchmarks.json``)."""
    options = read_arguments(arguments)
    with TemporaryDirectory(prefix="dropcast-bench-", dir=options.folder) as folder:
        plan = QUICK if options.quick else FULL
        figures = measure(plan, options.parts, peers=options.peers, folder=Path(folder))
    _make(options.output)
    write_pages(
        figures,
        options.output,
        command=name_command(quick=options.quick, parts=options.parts),
        day=datetime.now(UTC).date().isoformat(),
    )
    samples = [asdict(figure) for figure in figures]
    (options.output / "benchmarks.json").write_text(json.dumps(samples, indent=1) + "\n")


def read_arguments(arguments: list[str] | None) -> Options:
    """Return the options; exit with the reason where they are not valid."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, help="folder of the page")
    parser.add_argument("--quick", action="store_true", help="all parts, small")
    parser.add_argument("--parts", default=",".join(PARTS), help="of: %(default)s")
    parser.add_argument("--peers", type=Path, default=DEFAULT_FOLDER, help="their environments")
    parser.add_argument(
        "--folder", type=Path, help="where big files are written; default: temporary"
    )
    found = parser.parse_args(arguments)
    parts = frozenset(found.parts.split(","))
    if unknown := parts - set(PARTS):
        parser.error(f"no part {', '.join(sorted(unknown))}; known: {', '.join(PARTS)}")
    whole = not found.quick and parts == set(PARTS)
    output = found.output or (PUBLISHED if whole else UNPUBLISHED)
    if not whole and output.resolve() == PUBLISHED:
        parser.error(
            f"a quick run or one of some parts is not published: {PUBLISHED} is for the whole one; "
            f"leave --output away, and the page goes to {UNPUBLISHED}"
        )
    return Options(
        output=output, quick=found.quick, parts=parts, peers=found.peers, folder=found.folder
    )


def name_command(*, quick: bool, parts: frozenset[str]) -> str:
    """Return the ``make`` command of such a run.

    >>> name_command(quick=True, parts=frozenset({"d", "c"}))
    'make bench QUICK=1 PARTS=c,d'
    """
    chosen = [] if parts == set(PARTS) else [f"PARTS={','.join(p for p in PARTS if p in parts)}"]
    return " ".join(["make bench", *(["QUICK=1"] if quick else []), *chosen])


def _make(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


if __name__ == "__main__":
    main()
