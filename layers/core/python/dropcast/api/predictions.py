"""What the API says of checked rows: predictions, reasons and the receipt of what made them."""

from collections.abc import Iterator, Sequence

from dropcast.contracts.champion import Champion
from dropcast.contracts.errors import InvalidRequestError
from dropcast.contracts.limits import MAX_EXPLAINED
from dropcast.runtime.champions import Serving
from dropcast.scoring import Program, Scorer
from dropcast.scoring.expressions import Row


def score_cases(score: Scorer, cases: Sequence[Sequence[Row]]) -> list[list[float]]:
    """Return the answers of all cases; raise ``InvalidRequestError`` with the problems of all
    that cannot be scored, each with its row."""
    answers, problems = [], []
    for index, case in enumerate(cases):
        try:
            answers.append(score(case))
        except InvalidRequestError as error:
            problems += [{**problem, "row": index} for problem in error.problems]
    if problems:
        raise InvalidRequestError(problems)
    return answers


def explain_cases(
    serving: Serving, cases: Sequence[Sequence[Row]], answers: Sequence[Sequence[float]]
) -> Iterator[dict[str, object]]:
    """Yield why each case was answered so; raise ``InvalidRequestError`` for too many cases, or a
    model without an exact explanation."""
    if len(cases) > MAX_EXPLAINED:
        sentence = f"explain: at most {MAX_EXPLAINED} rows are explained in one request"
        raise InvalidRequestError([{"row": None, "field": "explain", "problem": sentence}])
    for case, answer in zip(cases, answers, strict=True):
        why = serving.explain(case, answer)
        yield {
            "of": why.of,
            "base": why.base,
            "contributions": why.contributions,
            "score": why.score,
        }


def describe_answer(program: Program, answers: Sequence[float]) -> dict[str, object]:
    """Return one prediction: a class with every class's probability, or a number."""
    if not program.labels:
        return {"prediction": answers[0], "unit": program.unit}
    best = max(range(len(answers)), key=answers.__getitem__)
    return {
        "prediction": best,
        "label": program.labels[best],
        "probabilities": dict(zip(program.labels, answers, strict=True)),
    }


def make_receipt(champion: Champion, code_hash: str) -> dict[str, object]:
    """Return what made an answer: enough to find the model, its data and both codes again."""
    return {
        "model": champion.model,
        "program_sha256": champion.program_sha256,
        "dataset_version": champion.dataset_version,
        "references": champion.references,
        "recipe_hash": champion.recipe_hash,
        "run_id": champion.run_id,
        "trained_by_code": champion.code_hash,
        "served_by_code": code_hash,
    }
