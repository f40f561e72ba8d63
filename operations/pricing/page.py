"""The generated parts of ``docs/costs.md``: each between two comments that name it."""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from dropcast.contracts.errors import DropcastError
from operations.pricing.at_rest import Line, Template, leave_out, list_lines, sum_usd
from operations.pricing.per_use import (
    DatasetUse,
    FunctionSize,
    Measured,
    count_run_gb_seconds,
    price_drop,
    price_run,
    read_sizes,
)
from operations.pricing.predictions import (
    Figures,
    list_prediction_items,
    price_detailed_metrics,
    price_gigabyte_of_csv,
    price_metrics_of_a_dataset,
)
from operations.pricing.prices import (
    CONDITIONS,
    LAMBDA_ARM_GB_SECOND,
    PRICES,
    READ_ON,
    S3_STORAGE,
    STATE_TRANSITION,
)

# Settings of the CDK app, with the types that they leave out.
OPTIONS: Mapping[str, tuple[str, ...]] = {
    "as it is deployed by default": (),
    "`-c alarms=none`": ("AWS::CloudWatch::Alarm",),
    "`-c dashboard=no`": ("AWS::CloudWatch::Dashboard",),
    "`-c alarms=none -c dashboard=no`": ("AWS::CloudWatch::Alarm", "AWS::CloudWatch::Dashboard"),
}


class PageMarkError(DropcastError):
    """The page has not exactly one place for a generated part; the message names it."""


def render_blocks(template: Template, measured: Measured, figures: Figures) -> dict[str, str]:
    """Return each generated part by its name; ``figures`` are those of ``docs/benchmarks.json``."""
    lines = list_lines(template, asset_bytes=measured.asset_bytes)
    sizes = read_sizes(template)
    return {
        "summary": _render_summary(lines),
        "at-rest": _render_at_rest(lines),
        "options": _render_options(template, measured),
        "measured": f"Measured on {measured.day}: {measured.machine}.",
        "drops": _render_drops(measured, sizes),
        "training": _render_training(measured, sizes),
        "dearest": _render_dearest(sizes["trial"]),
        "predictions": _render_predictions(template, measured, figures),
        "metrics": _render_metrics(template),
        "ingest": _render_ingest(figures, sizes),
        "prices": _render_prices(),
    }


def replace_blocks(page: str, blocks: Mapping[str, str]) -> str:
    r"""Return the page with each part between its comments replaced; raise :class:`PageMarkError`.

    >>> replace_blocks("a <!-- costs:b --> old <!-- /costs:b -->", {"b": "new"})
    'a <!-- costs:b -->\n\nnew\n\n<!-- /costs:b -->'
    """
    for name, text in blocks.items():
        begin, end = f"<!-- costs:{name} -->", f"<!-- /costs:{name} -->"
        if page.count(begin) != 1 or page.count(end) != 1:
            raise PageMarkError(f"the page needs {begin} and {end}, each once")
        head, _, rest = page.partition(begin)
        page = f"{head}{begin}\n\n{text}\n\n{end}{rest.partition(end)[2]}"
    unknown = set(re.findall(r"<!-- costs:([\w-]+) -->", page)) - set(blocks)
    if unknown:
        raise PageMarkError(f"nothing generates {', '.join(sorted(unknown))}")
    return page


def render_usd(usd: float) -> str:
    """Return an amount without an exponent: cents from a dollar on, else two digits that count.

    >>> [render_usd(usd) for usd in (0, 4.1033, 0.1033, 0.0033, 0.0000049)]
    ['0', '4.10', '0.10', '0.0033', '0.0000049']
    """
    if usd == 0:
        return "0"
    if usd >= 1:
        return f"{usd:,.2f}"
    return f"{usd:.{1 - math.floor(math.log10(usd))}f}"


def _render_summary(lines: Sequence[Line]) -> str:
    alone, shared = (_render_sum(lines, free_left=left) for left in (True, False))
    return (
        f"A month in which nobody uses it costs {alone} in an account that has nothing else, and "
        f"{shared} where other stacks have used up the account's free alarms and dashboards; "
        f"{render_usd(S3_STORAGE.usd)} USD for each GB of data in S3 comes on top "
        f"({CONDITIONS}, read on {READ_ON})."
    )


def _render_sum(lines: Sequence[Line], *, free_left: bool) -> str:
    parts = [
        f"{line.title} {render_usd(usd)}"
        for line in lines
        if (usd := line.cost_usd(free_left=free_left))
    ]
    total = render_usd(sum_usd(lines, free_left=free_left))
    return f"**{total} USD** ({', '.join(parts)})"


def _render_at_rest(lines: Sequence[Line]) -> str:
    rows = [
        (
            line.what,
            str(line.resources),
            *(render_rest(line, free_left=left) for left in (True, False)),
            line.why,
        )
        for line in lines
    ]
    totals = [render_usd(sum_usd(lines, free_left=left)) for left in (True, False)]
    return _render_table(
        ("what", "resources", "USD, free units left", "USD, free units used up", "why"),
        [*rows, ("**all, without stored data and logs**", "", *totals, "")],
        numbers=(1, 2, 3),
    )


def render_rest(line: Line, *, free_left: bool) -> str:
    """Return a month's US dollars, or those of a GB where a size decides."""
    if line.price is not None and line.units is None:
        return f"{line.price.usd:g} a GB"
    return render_usd(line.cost_usd(free_left=free_left))


def _render_options(template: Template, measured: Measured) -> str:
    rows = []
    for setting, types in OPTIONS.items():
        lines = list_lines(leave_out(template, types), asset_bytes=measured.asset_bytes)
        rows.append((setting, *(render_usd(sum_usd(lines, free_left=f)) for f in (True, False))))
    return _render_table(
        ("setting", "USD a month, free units left", "USD a month, free units used up"),
        rows,
        numbers=(1, 2),
    )


def _render_drops(measured: Measured, sizes: Mapping[str, FunctionSize]) -> str:
    rows = []
    for used in measured.datasets:
        costs = price_drop(used, sizes)
        rows.append(
            (
                f"`{used.dataset}`",
                f"{used.sample_bytes / 1000:,.0f}",
                *map(render_usd, (costs.compute, costs.s3, costs.invocations + costs.logs)),
                f"**{render_usd(costs.total)}**",
            )
        )
    return _render_table(
        ("sample of", "kB", "Lambda", "S3", "calls, logs", "USD a drop"), rows, numbers=range(1, 6)
    )


def _render_training(measured: Measured, sizes: Mapping[str, FunctionSize]) -> str:
    rows = []
    for used in measured.datasets:
        if used.run is None:
            continue
        costs = price_run(used, sizes, cores=measured.cores)
        other = costs.invocations + costs.logs + costs.traces
        rows.append(
            (
                f"`{used.dataset}`",
                str(_count_trials(used)),
                str(used.run.transitions),
                *map(
                    render_usd,
                    (costs.compute, costs.cold_starts, costs.transitions, costs.s3, other),
                ),
                f"**{render_usd(costs.total)}**",
                f"{_count_free_runs(used, sizes):,}",
            )
        )
    return _render_table(
        (
            "sample of",
            "trials",
            "transitions",
            "Lambda",
            "further cold starts",
            "Step Functions",
            "S3",
            "calls, logs, trace",
            "USD a run",
            "free runs a month",
        ),
        rows,
        numbers=range(1, 10),
    )


def _render_dearest(trial: FunctionSize) -> str:
    gb_seconds = trial.timeout_seconds * trial.memory_mib / 1024
    return (
        "Real data takes longer: what Lambda costs grows with the seconds that a candidate takes. "
        f"A trial has {trial.timeout_seconds // 60} minutes at most, which are "
        f"{render_usd(gb_seconds * LAMBDA_ARM_GB_SECOND.each)} USD; a run has as many trials as "
        "its recipe's search asks for, and two steps of the same size after them."
    )


def _count_trials(used: DatasetUse) -> int:
    return sum(len(one.milliseconds) for one in used.functions if one.function == "trial")


def _count_free_runs(used: DatasetUse, sizes: Mapping[str, FunctionSize]) -> int:
    """Return how many runs fit into what AWS gives every account for ever."""
    assert used.run is not None
    by_compute = LAMBDA_ARM_GB_SECOND.free / count_run_gb_seconds(used, sizes)
    return math.floor(min(by_compute, STATE_TRANSITION.free / used.run.transitions))


def _render_predictions(template: Template, measured: Measured, figures: Figures) -> str:
    items = list_prediction_items(template, measured, figures)
    rows = [(name, render_usd(usd), source) for name, usd, source in items]
    total = math.fsum(usd for _, usd, _ in items)
    return _render_table(
        ("a thousand predictions of one row", "USD", "from"),
        [*rows, ("**all**", f"**{render_usd(total)}**", "")],
        numbers=(1,),
    )


def _render_metrics(template: Template) -> str:
    on = price_detailed_metrics(template)
    return (
        f"The function that predicts publishes metrics of its own by dataset. A dataset that is "
        f"asked in every hour of a month costs {render_usd(price_metrics_of_a_dataset())} USD "
        "beyond the account's free ten custom metrics, one that is asked in an hour a day a "
        f"24th of that, one that is never asked nothing. Detailed metrics of API Gateway "
        f"(`-c api-metrics=detailed`) would cost up to {render_usd(on)} USD a month, where every "
        "route is called in every hour; nothing here reads them, so they are off."
    )


def _render_ingest(figures: Figures, sizes: Mapping[str, FunctionSize]) -> str:
    usd = price_gigabyte_of_csv(figures, memory_mib=sizes["ingest"].memory_mib)
    return (
        f"What grows with a file is the reading: {render_usd(usd)} USD for a GB of CSV, "
        f"{render_usd(usd / 1000)} USD for a MB, by the processor seconds of "
        "[the benchmarks](benchmarks.md#ingest) and the share of a core that the function has."
    )


def _render_prices() -> str:
    rows = []
    for price in PRICES:
        per = f"{price.per:,} " if price.per > 1 else ""
        free = f"{price.free:,.0f}" + (
            " in the first year" if price.free_lasts[:5] == "first" else ""
        )
        rows.append(
            (
                price.name,
                f"{price.usd:.10f}".rstrip("0").ljust(4, "0"),
                f"{per}{price.unit}",
                free if price.free else "–",
                f"[{price.page.title}]({price.page.url})",
            )
        )
    return _render_table(("what", "USD", "for", "free a month", "AWS's page"), rows, numbers=(1,))


def _render_table(
    heads: Sequence[str], rows: Sequence[Sequence[Any]], *, numbers: Sequence[int]
) -> str:
    rule = ["---:" if place in numbers else "---" for place in range(len(heads))]
    lines: list[Sequence[Any]] = [heads, rule, *rows]
    join: Callable[[Sequence[Any]], str] = " | ".join
    return "\n".join(f"| {join(line)} |" for line in lines)
