"""The gate: from an evaluation to a verdict, every rule with its sentence, passed or not."""

from collections.abc import Iterator
from dataclasses import dataclass

from dropcast.recipe import Gate, Recipe, Requirement
from dropcast.recipe.training import SMALLER_IS_BETTER
from dropcast.training.judge.evaluation import Evaluation
from dropcast.training.measure import TOLERANCE


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


def judge(recipe: Recipe, evaluation: Evaluation, *, model: str) -> Verdict:
    """Return the verdict on an evaluation of a candidate's ``model`` (its name in the recipe)."""
    rules = tuple(_apply_rules(recipe.gate, evaluation, model))
    return Verdict(passed=all(rule.passed for rule in rules), rules=rules)


def _apply_rules(gate: Gate, evaluation: Evaluation, model: str) -> Iterator[Rule]:
    for requirement in gate.requirements:
        yield _check_requirement(requirement, evaluation)
    yield _check_dummy(gate, evaluation, model)
    yield _check_agreement(evaluation)
    yield _check_champion(gate, evaluation)


def _check_requirement(requirement: Requirement, evaluation: Evaluation) -> Rule:
    found = evaluation.metrics[requirement.metric].value
    if requirement.metric in SMALLER_IS_BETTER:
        passed, relation = found <= requirement.bound, "at most"
    else:
        passed, relation = found >= requirement.bound, "at least"
    return _compare(passed, requirement.metric, found, relation, requirement.bound)


def _check_dummy(gate: Gate, evaluation: Evaluation, model: str) -> Rule:
    """Require that the worse end of the paired interval of the difference is better than nothing.

    A naive forecast is the dummy of a series: cross-validation found nothing better, and its being
    chosen says no more than that.
    """
    found, dummy = evaluation.metrics[gate.metric], evaluation.baseline[gate.metric]
    if model == "naive_forecast":
        sentence = (
            f"the naive forecast itself, {gate.metric} {found.value:.3f}: no candidate was better "
            "in cross-validation"
        )
        return Rule(passed=True, sentence=sentence)
    difference = evaluation.against_dummy
    what = (
        f"{gate.metric} is {found.value:.3f} against the dummy baseline's {dummy:.3f}; the worse "
        "end of the paired 95% interval of the difference,"
    )
    if gate.metric in SMALLER_IS_BETTER:
        return _compare(difference.high < 0, what, difference.high, "below", 0.0)
    return _compare(difference.low > 0, what, difference.low, "above", 0.0)


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
    difference, margin = comparison.difference, gate.champion_margin
    what = (
        f"{gate.metric} is {difference.value:+.3f} against the champion {comparison.champion} on "
        f"{comparison.rows:,} rows new to both; the worse end of the paired 95% interval,"
    )
    if gate.metric in SMALLER_IS_BETTER:
        return _compare(difference.high <= margin, what, difference.high, "at most", margin)
    return _compare(difference.low >= -margin, what, difference.low, "at least", -margin)


def _compare(passed: bool, what: str, value: float, relation: str, bound: float) -> Rule:
    word = "is" if passed else "is not"
    return Rule(passed=passed, sentence=f"{what} {value:.4g} {word} {relation} {bound:g}")
