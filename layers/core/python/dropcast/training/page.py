"""The model card as a self-contained HTML page."""

from collections.abc import Sequence

from dropcast.contracts.page import render_page, render_paragraph, render_table
from dropcast.recipe import Candidate, StratifiedSplit
from dropcast.training.card import ModelCard
from dropcast.training.metrics import METRICS


def render_card(card: ModelCard) -> str:
    """Return the page: the verdict first, then the figures, then where it all came from."""
    evaluation, fit = card.evaluation, card.fit
    decision = "passed" if card.verdict.passed else "did not pass"
    return render_page(
        title=f"{card.title}: model card",
        lead=f"{card.model} {decision} its gate",
        sections=[
            ("The gate", render_table(["Rule", "Passed"], _list_rules(card))),
            (
                f"On {evaluation.rows:,} test rows",
                render_table(["Metric", "Value", "95% from", "to", "Dummy"], _list_metrics(card))
                + render_paragraph(
                    "Intervals by percentile bootstrap of the test rows; the dummy answers every "
                    "row with the training rows' class shares."
                ),
            ),
            ("Confusion", render_table(["Truth", *card.labels], _list_confusion(card))),
            ("Against the champion", render_paragraph(_describe_comparison(card))),
            (
                f"Candidates, by cross-validated {fit.metric} inside the training rows",
                render_table(["Candidate", "Mean", "Std", "Folds", "Error"], _list_board(card)),
            ),
            ("Split", render_table(["", *card.labels], _list_split(card))),
            ("Split rule", render_paragraph(_describe_rule(card))),
            ("Facts", render_table(["", ""], _list_facts(card))),
            ("Features", render_table(["Feature"], [(name,) for name in fit.features])),
        ],
    )


def _list_rules(card: ModelCard) -> list[Sequence[object]]:
    return [(rule.sentence, "yes" if rule.passed else "no") for rule in card.verdict.rules]


def _list_metrics(card: ModelCard) -> list[Sequence[object]]:
    evaluation = card.evaluation
    found = [(name, evaluation.metrics[name]) for name in METRICS]
    return [(n, i.value, i.low, i.high, evaluation.baseline[n]) for n, i in found]


def _list_confusion(card: ModelCard) -> list[Sequence[object]]:
    pairs = zip(card.labels, card.evaluation.confusion, strict=True)
    return [(label, *counts) for label, counts in pairs]


def _describe_comparison(card: ModelCard) -> str:
    comparison = card.evaluation.comparison
    if comparison is None:
        return "There was no champion."
    if comparison.difference is None:
        return f"Not compared with {comparison.champion}: {comparison.reason}."
    d = comparison.difference
    return (
        f"{card.fit.metric} minus that of {comparison.champion} on {comparison.rows:,} rows new to "
        f"both: {d.value:+.4f} (95% interval {d.low:+.4f} to {d.high:+.4f}, paired bootstrap)."
    )


def _list_board(card: ModelCard) -> list[Sequence[object]]:
    return [
        (
            describe_candidate(row.candidate) + (" (chosen)" if chosen else ""),
            row.mean,
            row.std,
            " ".join(f"{score:.3f}" for score in row.fold_scores),
            row.error,
        )
        for row in card.fit.board
        for chosen in [row.candidate == card.fit.candidate]
    ]


def _list_split(card: ModelCard) -> list[Sequence[object]]:
    split = card.fit.split
    return [("Training rows", *split.train_classes), ("Test rows", *split.test_classes)]


def _describe_rule(card: ModelCard) -> str:
    rule = card.fit.split.rule
    share = f"{rule.test_fraction:.0%} are test rows"
    if isinstance(rule, StratifiedSplit):
        return f"By a hash of each row's features, in each class: {share}; seed {rule.seed}."
    return f"{type(rule).__name__} by column '{rule.column}': {share}."


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
        ("Recipe", fit.recipe_hash),
        ("Run", card.run_id),
        ("Code", card.code_hash),
        ("Seed", str(fit.seed)),
        *((f"Version of {name}", found) for name, found in fit.packages.items()),
    ]


def describe_candidate(candidate: Candidate) -> str:
    """Return a candidate on one line.

    >>> describe_candidate(Candidate(model="logistic_regression", parameters={"C": 1.0}))
    'logistic_regression C=1.0'
    """
    parameters = [f"{name}={value}" for name, value in sorted(candidate.parameters.items())]
    return " ".join([candidate.model, *parameters])
