"""Train every recipe on the real data and write the results as a page: ``make results``.

python -m bench.results --data ../shared/data --output docs/results.md
"""

import argparse
import statistics
import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.cases import Case, list_cases
from bench.in_memory import InMemoryPipeline, RunEnded
from dropcast.recipe import GroupSplit, StratifiedSplit, TimeSplit
from dropcast.training.card import describe_candidate
from dropcast.training.fit import cross_validate
from dropcast.training.rows import read_feature_rows

COMMAND = "make results"
# The rights to the data lie with their owners, so none of it is part of the project.
SOURCES = (
    (
        "spotify_preference",
        "2,017 songs with one listener's likes (Kaggle, Spotify Song Attributes)",
    ),
    ("spotify_popularity", "tracks with popularity and genre (Kaggle, Spotify Tracks Dataset)"),
    (
        "spotify_events",
        "daily country charts with popularity, replayed as listening events (Kaggle)",
    ),
    ("bitcoin", "Binance, hourly klines of BTCUSDT (data.binance.vision)"),
    ("chicago_arrests", "City of Chicago data portal, crimes (ijzp-q8t2) and stations (z8bn-74gv)"),
    ("sipsa_prices", "DANE Colombia, SIPSA daily bulletin and weekly annexes"),
)
_HEADINGS = (
    "dataset",
    "rows (train / test)",
    "split",
    "champion",
    "on the test rows",
    "cross-validated on all rows",
    "published",
    "honest baseline",
    "dummy",
)


@dataclass(frozen=True, kw_only=True)
class Result:
    """A case and its results. ``all_rows`` are the means of cross-validations on all rows."""

    case: Case
    ended: RunEnded
    all_rows: tuple[float, ...]
    accepted: int
    quarantined: int
    seconds: float


def run_case(case: Case, data: Path, folder: Path, *, processes: int) -> Result:
    """Drop the case's files, train, and cross-validate on all rows where the case says so."""
    started = time.monotonic()
    pipeline = InMemoryPipeline({case.recipe.dataset: case.recipe}, processes=processes)
    accepted = quarantined = 0
    for dataset, name in case.files:
        path = data / name
        if case.prepare is not None:
            path = case.prepare(path, folder)
        dropped = pipeline.drop(dataset, path, name=path.name)
        if dropped.state == "refused":
            raise SystemExit(f"{path}: {dropped.message}")
        if dataset == case.recipe.dataset:
            accepted += dropped.rows_accepted
            quarantined += dropped.rows_quarantined
    built = pipeline.build_features(case.recipe.dataset)
    ended = pipeline.train(built)
    rows = read_feature_rows(pipeline.dependencies.arrays.read(built.run.features_key), case.recipe)
    scores = tuple(
        statistics.fmean(
            cross_validate(
                case.recipe, rows, ended.card.fit.candidate, seed=seed, metric=case.metrics[0]
            )
        )
        for seed in range(case.all_rows)
    )
    return Result(
        case=case,
        ended=ended,
        all_rows=scores,
        accepted=accepted,
        quarantined=quarantined,
        seconds=time.monotonic() - started,
    )


def render_results(results: list[Result]) -> str:
    """Return the page."""
    lines = [
        "# Results on the real data",
        "",
        f"Written by `{COMMAND}`, which takes every recipe through the deployed steps in one",
        "process: ingest, features, split, search, fit, evaluation, gate. Test rows are looked at",
        "once, after the champion is chosen by cross-validation inside the training rows.",
        "Intervals are 95 %, by percentile bootstrap of the test rows (whole groups where groups",
        "are kept apart). Published figures and baselines are those of the systems that Dropcast",
        "replaces.",
        "",
        f"| {' | '.join(_HEADINGS)} |",
        "|---|---|---|---|---|---|---|---|---|",
        *(_render_line(result) for result in results),
        "",
    ]
    lines += ["## Where the data comes from", "", "| dataset | source |", "|---|---|"]
    lines += [f"| {dataset} | {source} |" for dataset, source in SOURCES]
    lines += [
        "",
        "None of it is part of the project: the rights lie with the owners named here.",
        "",
    ]
    for result in results:
        lines += _render_section(result)
    return "\n".join(lines)


def _render_line(result: Result) -> str:
    case, card = result.case, result.ended.card
    split = card.fit.split
    metrics = "; ".join(_show_metric(result, name) for name in case.metrics)
    dummy = "; ".join(f"{n} {card.evaluation.baseline[n]:.3f}" for n in case.metrics[:1])
    cells = [
        case.name,
        f"{sum(split.train_classes) + sum(split.test_classes):,} "
        f"({sum(split.train_classes):,} / {sum(split.test_classes):,})",
        describe_split(case),
        f"{card.fit.candidate.model} ({result.ended.decided.decision})",
        metrics,
        _show_all_rows(result),
        case.published,
        case.baseline,
        dummy,
    ]
    return "| " + " | ".join(cells) + " |"


def _show_metric(result: Result, name: str) -> str:
    found = result.ended.card.evaluation.metrics[name]
    return f"{name} **{found.value:.3f}** ({found.low:.3f}–{found.high:.3f})"


def _show_all_rows(result: Result) -> str:
    if not result.all_rows:
        return "–"
    shown = ", ".join(f"{score:.3f}" for score in result.all_rows)
    mean = statistics.fmean(result.all_rows)
    times = f"5 folds × {len(result.all_rows)}" if len(result.all_rows) > 1 else "5 folds"
    return f"{result.case.metrics[0]} {mean:.3f} ({times}: {shown})"


def describe_split(case: Case) -> str:
    """Return the recipe's split in a few words."""
    split = case.recipe.split_rule
    if isinstance(split, StratifiedSplit):
        return f"stratified by a hash of the features, {split.test_fraction:.0%}"
    if isinstance(split, GroupSplit):
        return f"by {split.column}, {split.test_fraction:.0%}"
    assert isinstance(split, TimeSplit)
    share = f"{split.test_fraction:.0%}" if split.test_fraction else f"{split.test_days:g} days"
    lag = f", labels final after {split.maturity_days:g} days" if split.maturity_days else ""
    return f"by time, the latest {share}{lag}"


def _render_section(result: Result) -> list[str]:
    case, card, data = result.case, result.ended.card, result.ended.data
    lines = [
        f"## {case.name}",
        "",
        *([case.note, ""] if case.note else []),
        f"{result.accepted:,} rows accepted, {result.quarantined:,} quarantined; of them "
        f"{data.duplicates_dropped:,} duplicates, {data.replaced_dropped:,} older "
        f"versions of a row, {data.undefined_dropped:,} without a feature and "
        f"{data.untargeted_dropped:,} without a target left out. Took {result.seconds:.0f} s.",
        "",
        f"`{describe_candidate(card.fit.candidate)}`, {result.ended.decided.decision}:",
        "",
        *(f"- {rule.sentence}" for rule in card.verdict.rules),
        "",
    ]
    for part in card.evaluation.slices:
        shown = ", ".join(f"{n} {part.metrics[n]:.3f}" for n in case.metrics if n in part.metrics)
        lines += [f"Test rows {part.name} ({part.rows:,}): {shown}.", ""]
    lines += [
        f"| trial | candidate | {card.metric}, 5 folds inside the training rows |",
        "|---|---|---|",
    ]
    for row in card.fit.leaderboard.rows:
        score = row.error if row.mean is None else f"{row.mean:.4f} ± {row.std:.4f}"
        lines.append(f"| {row.number} | `{describe_candidate(row.candidate)}` | {score} |")
    strongest = ", ".join(f"{i.name} {i.mean:.4f}" for i in card.fit.importance[:5])
    return [*lines, "", f"Strongest features (permutation): {strongest}.", ""]


def main() -> None:
    """Train all cases, or those whose names begin with ``--only``, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the folder of the real data")
    parser.add_argument("--output", type=Path, required=True, help="the page to write")
    parser.add_argument("--only", default="", help="cases whose name begins so")
    parser.add_argument("--processes", type=int, default=2, help="trials fitted side by side")
    arguments = parser.parse_args()
    if not arguments.data.is_dir():
        listed = "".join(f"\n  {dataset}: {source}" for dataset, source in SOURCES)
        parser.error(
            f"no folder {arguments.data}: the real data is not part of the project. Name the folder "
            f"that has it with DATA=...; the files in it are those of bench/cases.py, from{listed}"
        )
    cases = [case for case in list_cases() if case.name.startswith(arguments.only)]
    with TemporaryDirectory() as folder:
        results = [
            run_case(case, arguments.data, Path(folder), processes=arguments.processes)
            for case in cases
        ]
    arguments.output.write_text(render_results(results))


if __name__ == "__main__":
    main()
