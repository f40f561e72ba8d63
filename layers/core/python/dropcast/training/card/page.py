"""The model card as a self-contained HTML page."""

from collections.abc import Sequence

from dropcast.pages.shell import render_page, render_paragraph, render_table
from dropcast.recipe import Candidate, StratifiedSplit, TimeSplit
from dropcast.training.card.figures import render_pictures
from dropcast.training.card.model_card import ModelCard


def render_card(card: ModelCard) -> str:
    """Return the page: the verdict first, then the figures, then where it all came from."""
    evaluation, fit = card.evaluation, card.fit
    decision = "passed" if card.verdict.passed else "did not pass"
    sections = [
        ("The gate", render_table(["Rule", "Passed"], _list_rules(card))),
        (
            f"On {evaluation.rows:,} test rows",
            render_table(["Metric", "Value", "95% from", "to", "Dummy"], _list_metrics(card))
            + render_paragraph(_explain_metrics(card)),
        ),
        *render_pictures(card),
    ]
    if card.labels:
        sections.append(("Confusion", render_table(["Truth", *card.labels], _list_confusion(card))))
        headers = ["Class", "Precision", "Recall", "F1", "Rows"]
        sections.append(("Class by class", render_table(headers, _list_classes(card))))
    if evaluation.slices:
        sections.append(("Slices of the test rows", _render_slices(card)))
    sections += [
        ("Against the champion", render_paragraph(_describe_comparison(card))),
        (
            f"Leaderboard, by cross-validated {card.metric} inside the training rows",
            render_table(
                ["Trial", "Candidate", "Mean", "Std", "Folds", "Error"], _list_leaderboard(card)
            ),
        ),
        ("Split", render_table(["", *(card.labels or ("Rows",))], _list_split(card))),
        ("Split rule", render_paragraph(_describe_rule(card))),
        ("Facts", render_table(["", ""], _list_facts(card))),
        ("Features", render_table(["Feature"], [(name,) for name in fit.features])),
    ]
    return render_page(
        title=f"{card.title}: model card",
        lead=f"{card.model} {decision} its gate",
        sections=sections,
    )


def _list_rules(card: ModelCard) -> list[Sequence[object]]:
    return [(rule.sentence, "yes" if rule.passed else "no") for rule in card.verdict.rules]


def _list_metrics(card: ModelCard) -> list[Sequence[object]]:
    evaluation = card.evaluation
    return [
        (name, i.value, i.low, i.high, evaluation.baseline.get(name))
        for name, i in evaluation.metrics.items()
    ]


def _explain_metrics(card: ModelCard) -> str:
    if card.labels:
        dummy = "predicts the training rows' class shares for every row"
    elif card.fit.split.naive_error is not None:
        dummy = "is the naive forecast: nothing changes"
    else:
        dummy = "predicts the training rows' mean for every row"
    return f"Intervals by percentile bootstrap of the test rows; the dummy {dummy}."


def _list_confusion(card: ModelCard) -> list[Sequence[object]]:
    pairs = zip(card.labels, card.evaluation.confusion, strict=True)
    return [(label, *counts) for label, counts in pairs]


def _list_classes(card: ModelCard) -> list[Sequence[object]]:
    return [
        (label, report.precision, report.recall, report.f1, report.support)
        for label, report in zip(card.labels, card.evaluation.classes, strict=True)
    ]


def _render_slices(card: ModelCard) -> str:
    names = list(card.evaluation.metrics)
    rows = [
        (piece.name, piece.rows, *(piece.metrics.get(name) for name in names))
        for piece in card.evaluation.slices
    ]
    return render_table(["Slice", "Rows", *names], rows)


def _describe_comparison(card: ModelCard) -> str:
    comparison = card.evaluation.comparison
    if comparison is None:
        return "There was no champion."
    if comparison.difference is None:
        return f"Not compared with {comparison.champion}: {comparison.reason}."
    d = comparison.difference
    return (
        f"{card.metric} minus that of {comparison.champion} on {comparison.rows:,} rows new to "
        f"both: {d.value:+.4f} (95% interval {d.low:+.4f} to {d.high:+.4f}, paired bootstrap)."
    )


def _list_leaderboard(card: ModelCard) -> list[Sequence[object]]:
    return [
        (
            row.number,
            describe_candidate(row.candidate) + (" (chosen)" if chosen else ""),
            row.mean,
            row.std,
            " ".join(f"{score:.3f}" for score in row.fold_scores),
            row.error,
        )
        for row in card.fit.leaderboard.rows
        for chosen in [row.candidate == card.fit.candidate]
    ]


def _list_split(card: ModelCard) -> list[Sequence[object]]:
    split = card.fit.split
    return [("Training rows", *split.train_classes), ("Test rows", *split.test_classes)]


def _describe_rule(card: ModelCard) -> str:
    rule = card.fit.split.rule
    if isinstance(rule, StratifiedSplit):
        return (
            f"By a hash of each row's features, in each class: {rule.test_fraction:.0%} are test "
            f"rows; seed {rule.seed}."
        )
    if not isinstance(rule, TimeSplit):
        return (
            f"By groups of '{rule.column}', none on both sides: {rule.test_fraction:.0%} of the "
            f"rows are test rows; seed {rule.seed}."
        )
    latest = (
        f"the latest {rule.test_days:g} days"
        if rule.test_days is not None
        else f"the latest {rule.test_fraction:.0%} of the rows"
    )
    window = f", no row older than {rule.window_days:g} days" if rule.window_days else ""
    return (
        f"By time ('{rule.column}'): {latest} are test rows, with a gap of {rule.gap_days:g} days "
        f"and {rule.maturity_days:g} days for labels to become final{window}."
    )


def _list_facts(card: ModelCard) -> list[Sequence[object]]:
    fit, agreement = card.fit, card.evaluation.agreement
    return [
        ("Model", card.model),
        ("Chosen candidate", describe_candidate(fit.candidate)),
        ("Program (sha256)", fit.program_sha256),
        ("Program size in bytes", fit.program_bytes),
        ("Largest difference from the pipeline", agreement.largest_difference),
        ("Different labels", agreement.different_labels),
        ("Dataset version", fit.dataset_version),
        *((f"Reference table {name}", version) for name, version in fit.references.items()),
        ("Recipe", fit.recipe_hash),
        ("Run", card.run_id),
        ("Code", card.code_hash),
        ("Seed", str(fit.seed)),
        *((f"Version of {name}", found) for name, found in fit.packages.items()),
    ]


def describe_candidate(candidate: Candidate) -> str:
    """Return a candidate on one line.

    >>> from dropcast.recipe import candidate
    >>> describe_candidate(candidate("logistic_regression", C=1.0))
    'logistic_regression C=1.0'
    """
    parameters = [
        f"{name}={_shorten(value)}" for name, value in sorted(candidate.parameters.items())
    ]
    if candidate.calibration:
        parameters.append(f"calibration={candidate.calibration}")
    return " ".join([candidate.model, *parameters])


def _shorten(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) and value != round(value, 3) else str(value)
