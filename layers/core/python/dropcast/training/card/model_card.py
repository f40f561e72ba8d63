"""The model card: all that was decided about a model and why, as one JSON document."""

from dataclasses import dataclass

from dropcast.contracts.errors import DocumentError
from dropcast.recipe import Recipe
from dropcast.training.judge import Evaluation, Verdict
from dropcast.training.records import FitRecord


@dataclass(frozen=True, kw_only=True)
class ModelCard:
    """A model's card.

    ``recipe`` is the whole recipe as JSON, so that a later release, whose recipes have other
    fields, still reads the card.
    """

    model: str
    title: str
    run_id: str
    code_hash: str
    labels: tuple[str, ...]
    unit: str | None
    metric: str
    recipe: dict[str, object]
    fit: FitRecord
    evaluation: Evaluation
    verdict: Verdict


def make_card(
    *,
    recipe: Recipe,
    run_id: str,
    code_hash: str,
    fit: FitRecord,
    evaluation: Evaluation,
    verdict: Verdict,
) -> ModelCard:
    """Return the card; raise ``DocumentError`` if its parts are of different models or recipes."""
    if fit.program_sha256 != evaluation.program_sha256:
        raise DocumentError(
            f"the evaluation is of {evaluation.model}, the fit of {fit.model}; run it again"
        )
    if fit.recipe_hash != recipe.training_hash:
        raise DocumentError(f"{fit.model} was fitted by another recipe than this one")
    return ModelCard(
        model=fit.model,
        title=recipe.title,
        run_id=run_id,
        code_hash=code_hash,
        labels=recipe.target.labels,
        unit=recipe.target.unit,
        metric=recipe.gate.metric,
        recipe=recipe.to_json(),
        fit=fit,
        evaluation=evaluation,
        verdict=verdict,
    )
