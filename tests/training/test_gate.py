"""The gate's rules one by one, each with its sentence."""

from dataclasses import replace

import pytest

from dropcast.contracts.codec import from_document, to_document
from dropcast.recipe import Gate
from dropcast.training import Evaluation, Verdict, judge
from dropcast.training.bootstrap import Interval
from dropcast.training.evaluate import Agreement, Comparison

GATE = Gate(metric="roc_auc", minimum=0.7, champion_margin=0.05)


def interval(value: float, low: float, high: float) -> Interval:
    return Interval(value=value, low=low, high=high, skipped=0)


EVALUATION = Evaluation(
    model="songs-0123",
    program_sha256="0" * 64,
    rows=605,
    metrics={"roc_auc": interval(0.781, 0.744, 0.815)},
    confusion=((200, 100), (100, 205)),
    baseline={"roc_auc": 0.5},
    agreement=Agreement(rows=605, largest_difference=2e-16, different_labels=0),
    comparison=None,
)
COMPARED = Comparison(
    champion="songs-9999",
    rows=605,
    difference=interval(-0.01, -0.03, 0.01),
    reason=None,
    blocks=False,
)
SAME = replace(COMPARED, difference=None, reason="the champion is this same model")


def test_a_good_model_passes_and_every_rule_says_why() -> None:
    verdict = judge(GATE, EVALUATION)
    assert verdict.passed
    assert verdict.reasons == (
        "roc_auc 0.781 is at least 0.700",
        "the lower end of the 95% interval of roc_auc, 0.744 is above the dummy baseline 0.500",
        "the program agrees with its pipeline on 605 test rows: largest difference 2e-16, "
        "0 different labels",
        "there is no champion to compare with",
    )


@pytest.mark.parametrize(
    ("gate", "evaluation", "sentence"),
    [
        (replace(GATE, minimum=0.7811), EVALUATION, "roc_auc 0.781 is not at least 0.781"),
        (
            GATE,
            replace(EVALUATION, baseline={"roc_auc": 0.744}),
            "the lower end of the 95% interval of roc_auc, 0.744 is not above the dummy baseline "
            "0.744",
        ),
        (
            GATE,
            replace(
                EVALUATION,
                agreement=Agreement(rows=605, largest_difference=2e-9, different_labels=0),
            ),
            "the program disagrees with its pipeline on 605 test rows: largest difference 2e-09, "
            "0 different labels",
        ),
        (
            GATE,
            replace(
                EVALUATION,
                agreement=Agreement(rows=605, largest_difference=0.0, different_labels=1),
            ),
            "the program disagrees with its pipeline on 605 test rows: largest difference 0, "
            "1 different labels",
        ),
        (
            replace(GATE, champion_margin=0.02),
            replace(EVALUATION, comparison=COMPARED),
            "roc_auc is -0.010 against the champion songs-9999 on 605 rows new to both; the lower "
            "end of the paired 95% interval, -0.030 is not at least -0.020",
        ),
        (
            GATE,
            replace(EVALUATION, comparison=replace(SAME, blocks=True, reason="too few")),
            "not compared with the champion songs-9999: too few",
        ),
    ],
)
def test_each_rule_alone_stops_a_model_and_is_told_first(
    gate: Gate, evaluation: Evaluation, sentence: str
) -> None:
    verdict = judge(gate, evaluation)
    assert not verdict.passed
    assert verdict.reasons[0] == sentence
    assert [rule.passed for rule in verdict.rules].count(False) == 1


def test_a_model_that_is_not_worse_than_the_champion_by_more_than_the_margin_passes() -> None:
    verdict = judge(GATE, replace(EVALUATION, comparison=COMPARED))
    assert verdict.passed
    assert "-0.030 is at least -0.050" in verdict.rules[-1].sentence


def test_a_model_that_is_the_champion_is_said_to_be() -> None:
    verdict = judge(GATE, replace(EVALUATION, comparison=SAME))
    assert verdict.passed
    assert verdict.reasons[-1] == (
        "not compared with the champion songs-9999: the champion is this same model"
    )


def test_a_figure_that_cannot_be_measured_does_not_pass() -> None:
    unknown = {"roc_auc": interval(float("nan"), float("nan"), float("nan"))}
    assert not judge(GATE, replace(EVALUATION, metrics=unknown)).passed


def test_a_verdict_survives_json() -> None:
    verdict = judge(GATE, EVALUATION)
    assert from_document(Verdict, to_document(verdict)) == verdict
