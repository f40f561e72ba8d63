"""The gate: from an evaluation to a verdict, every rule with its sentence, passed or not."""

from collections.abc import Iterator
from dataclasses import dataclass

from dropcast.recipe import Gate
from dropcast.training.evaluate import Evaluation
from dropcast.training.fit import TOLERANCE


@dataclass(frozen=True, kw_only=True)
class Rule:
    """What one rule found."""

    passed: bool
    sentence: str


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """The gate's decision: passed if every rule is."""

    passed: bool
    rules: tuple[Rule, ...]

    @property
    def reasons(self) -> tuple[str, ...]:
        """Every rule's sentence, those that failed first."""
        return tuple(rule.sentence for rule in sorted(self.rules, key=lambda rule: rule.passed))


def judge(gate: Gate, evaluation: Evaluation) -> Verdict:
    """Return the verdict on an evaluation."""
    rules = tuple(_apply_rules(gate, evaluation))
    return Verdict(passed=all(rule.passed for rule in rules), rules=rules)


def _apply_rules(gate: Gate, evaluation: Evaluation) -> Iterator[Rule]:
    found = evaluation.metrics[gate.metric]
    dummy = evaluation.baseline[gate.metric]
    yield _compare(found.value >= gate.minimum, gate.metric, found.value, "at least", gate.minimum)
    yield _compare(
        found.low > dummy,
        f"the lower end of the 95% interval of {gate.metric},",
        found.low,
        "above the dummy baseline",
        dummy,
    )
    yield _check_agreement(evaluation)
    yield _check_champion(gate, evaluation)


def _check_agreement(evaluation: Evaluation) -> Rule:
    agreement = evaluation.agreement
    passed = agreement.largest_difference <= TOLERANCE and agreement.different_labels == 0
    return Rule(
        passed=passed,
        sentence=(
            f"the program {'agrees' if passed else 'disagrees'} with its pipeline on "
            f"{agreement.rows:,} test rows: largest difference {agreement.largest_difference:.2g}, "
            f"{agreement.different_labels:,} different labels"
        ),
    )


def _check_champion(gate: Gate, evaluation: Evaluation) -> Rule:
    comparison = evaluation.comparison
    if comparison is None:
        return Rule(passed=True, sentence="there is no champion to compare with")
    if comparison.difference is None:
        return Rule(
            passed=not comparison.blocks,
            sentence=f"not compared with the champion {comparison.champion}: {comparison.reason}",
        )
    difference = comparison.difference
    return _compare(
        difference.low >= -gate.champion_margin,
        f"{gate.metric} is {difference.value:+.3f} against the champion {comparison.champion} on "
        f"{comparison.rows:,} rows new to both; the lower end of the paired 95% interval,",
        difference.low,
        "at least",
        -gate.champion_margin,
    )


def _compare(passed: bool, what: str, value: float, relation: str, bound: float) -> Rule:
    word = "is" if passed else "is not"
    return Rule(passed=passed, sentence=f"{what} {value:.3f} {word} {relation} {bound:.3f}")
