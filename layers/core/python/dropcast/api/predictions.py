"""Predictions as the API describes them: values, explanations and the receipt of their origin."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from dropcast.contracts.champion import Champion
from dropcast.contracts.errors import InvalidRequestError, make_problem
from dropcast.contracts.limits import MAX_EXPLAINED
from dropcast.scoring import Checker, Program, Scorer
from dropcast.scoring.expressions import Row

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Protocol

    from dropcast.scoring.explain.cases import CaseExplainer

    class Model(Protocol):
        """A champion ready to check rows, to predict and to explain."""

        @property
        def champion(self) -> Champion:
            """The origin of the predictions."""
            ...

        @property
        def program(self) -> Program:
            """The labels and the unit of the predictions."""
            ...

        @property
        def check(self) -> Checker:
            """The check of a body's rows."""
            ...

        @property
        def score(self) -> Scorer:
            """The predictions of checked rows."""
            ...

        @property
        def explain(self) -> CaseExplainer:
            """The explanation of a prediction."""
            ...


def make_predictions(
    model: "Model", body: object, *, explained: bool, code_hash: str
) -> dict[str, object]:
    """Return a prediction for each row of a body, or for the last row of a series.

    Raises ``InvalidRequestError`` with every problem of the body.
    """
    cases = model.check(body)
    scores = score_cases(model.score, cases)
    predictions = [describe_prediction(model.program, values) for values in scores]
    if explained:
        explanations = explain_cases(model.explain, cases, scores)
        for prediction, explanation in zip(predictions, explanations, strict=True):
            prediction["explanation"] = explanation
    return {"predictions": predictions, "receipt": make_receipt(model.champion, code_hash)}


def score_cases(score: Scorer, cases: Sequence[Sequence[Row]]) -> list[list[float]]:
    """Return the values that each case is predicted as.

    Raises ``InvalidRequestError`` with the problems of all cases that cannot be scored, each with
    its row.
    """
    scores, problems = [], []
    for index, case in enumerate(cases):
        try:
            scores.append(score(case))
        except InvalidRequestError as error:
            problems += [{**problem, "row": index} for problem in error.problems]
    if problems:
        raise InvalidRequestError(problems)
    return scores


def explain_cases(
    explain: "CaseExplainer", cases: Sequence[Sequence[Row]], scores: Sequence[Sequence[float]]
) -> "Iterator[dict[str, object]]":
    """Yield the explanation of each case's prediction.

    Raises ``InvalidRequestError`` for too many cases, or a model without an exact explanation.
    """
    if len(cases) > MAX_EXPLAINED:
        sentence = f"at most {MAX_EXPLAINED} rows are explained in one request"
        raise InvalidRequestError([make_problem("explain", sentence)])
    for case, values in zip(cases, scores, strict=True):
        explanation = explain(case, values)
        yield {
            "of": explanation.of,
            "base": explanation.base,
            "contributions": explanation.contributions,
            "score": explanation.score,
        }


def describe_prediction(program: Program, values: Sequence[float]) -> dict[str, object]:
    """Return one prediction: a class with every class's probability, or a number."""
    if not program.labels:
        return {"prediction": values[0], "unit": program.unit}
    best = max(range(len(values)), key=values.__getitem__)
    return {
        "prediction": best,
        "label": program.labels[best],
        "probabilities": dict(zip(program.labels, values, strict=True)),
    }


def make_receipt(champion: Champion, code_hash: str) -> dict[str, object]:
    """Return the origin of a prediction: enough to find the model, its data and both codes."""
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
