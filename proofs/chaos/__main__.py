"""``make chaos``: run schedules by seed on the embedded cloud and check the promises."""

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

from rich.console import Console

from proofs.chaos.baselines import prepare_baselines, read_code_hash
from proofs.chaos.cloud_setup import CloudSetup, open_setup
from proofs.chaos.mutations import MUTATIONS, Mutation, MutationResult, run_mutation
from proofs.chaos.parallel import spread
from proofs.chaos.report import Tally, summarize, write_page
from proofs.chaos.schedule import draw_schedule
from proofs.chaos.schedule_run import ScheduleResult, run_schedule


def main() -> int:
    """Run the suite; return 1 if a promise broke or a mutation was not caught."""
    options = read_arguments()
    console = Console(highlight=False, soft_wrap=True)
    folder = options.folder or Path(tempfile.mkdtemp(prefix="dropcast-chaos-"))
    with ExitStack() as opened:
        setups = [
            opened.enter_context(open_setup(folder / str(number), console))
            for number in range(options.jobs)
        ]
        tally = run(setups, options, console)
    for line in summarize(tally):
        console.print(line)
    if options.output is not None and tally.is_good:
        write_page(tally, options.output, command=name_command(options))
    elif options.output is not None:
        console.print(f"{options.output} is not written: it is for runs that break nothing")
    return 0 if tally.is_good else 1


def read_arguments() -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(prog="python -m proofs.chaos", description=__doc__)
    parser.add_argument("--seeds", type=int, default=20, help="the number of seeds")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--seed", type=int, help="this seed alone, with its schedule in full")
    parser.add_argument("--places", help="their digest where the seed was run, to compare")
    parser.add_argument("--jobs", type=int, default=1, help="the number of clouds at once")
    parser.add_argument("--mutations", action="store_true", help="run the mutations too")
    parser.add_argument("--folder", type=Path, help="where the cloud keeps its state")
    parser.add_argument("--output", type=Path, help="where the page is written")
    return parser.parse_args()


def name_command(options: argparse.Namespace) -> str:
    """Return the ``make`` command of such a run."""
    return f"make chaos SEEDS={options.seeds}" + (" MUTATIONS=1" if options.mutations else "")


def run(setups: Sequence[CloudSetup], options: argparse.Namespace, console: Console) -> Tally:
    """Run the seeds, then the mutations; print the result of each, in their order."""
    with ThreadPoolExecutor(len(setups)) as pool:
        points, *_ = pool.map(prepare_baselines, setups)
    code_hash = read_code_hash(setups[0])
    tally = Tally(points=points)
    console.print(f"{len(points)} places, {tally.places}")
    if options.places not in (None, tally.places):
        console.print(f"they were {options.places}: the seed's kills may be at other places now")

    def run_seed(setup: CloudSetup, seed: int) -> ScheduleResult:
        try:
            return run_schedule(setup, draw_schedule(seed, points), code_hash=code_hash)
        except BaseException:
            console.print(f"seed {seed} ended the run; {name_repeat(seed, tally)}", markup=False)
            raise

    def run_change(setup: CloudSetup, mutation: Mutation) -> MutationResult:
        return run_mutation(setup, mutation, code_hash=code_hash)

    first, count = (options.first, options.seeds) if options.seed is None else (options.seed, 1)
    for result in spread(setups, run_seed, range(first, first + count)):
        tally.results.append(result)
        show(result, console, whole=options.seed is not None)
        if result.broken:
            console.print(f"  {name_repeat(result.schedule.seed, tally)}", markup=False)
    for one in spread(setups, run_change, MUTATIONS if options.mutations else ()):
        tally.mutation_results.append(one)
        verdict = "caught" if one.caught else "NOT CAUGHT"
        console.print(f"mutation: {one.mutation.what}: {verdict}", markup=False)
        show(one.control, console, whole=not one.caught)
        show(one.result, console, whole=not one.caught)
    return tally


def name_repeat(seed: int, tally: Tally) -> str:
    """Return the command that runs a seed again."""
    return f"repeat it: make chaos SEED={seed} PLACES={tally.places}"


def show(result: ScheduleResult, console: Console, *, whole: bool) -> None:
    """Print the result of a schedule, and all of it where a promise was broken."""
    kinds = Counter(one["kind"] for one in result.fired)
    counts = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))
    console.print(
        f"seed {result.schedule.seed}: {result.seconds:.1f} s, {result.drops} drops, "
        f"{result.runs} runs, {result.predictions} predictions, {result.refusals} refusals, "
        f"{len(result.redriven)} sent again; {counts or 'no fault'}",
        markup=False,
    )
    lines = [*result.schedule.describe(), *(f"sent again: {line}" for line in result.redriven)]
    for line in lines if whole or result.broken else ():
        console.print(f"  {line}", markup=False)
    for one in result.broken:
        console.print(f"  {one.describe()}", markup=False)


if __name__ == "__main__":
    sys.exit(main())
