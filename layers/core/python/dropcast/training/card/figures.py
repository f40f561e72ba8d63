"""Which pictures stand in a model card, and in what order."""

from dropcast.training.card.model_card import ModelCard
from dropcast.training.card.pictures import (
    draw_actual_against_predicted,
    draw_calibration,
    draw_confusion,
    draw_importances,
    draw_precision_recall,
    draw_roc,
    draw_score_histogram,
)


def render_pictures(card: ModelCard) -> list[tuple[str, str]]:
    """Return (heading, SVG) of every picture that the card's figures allow."""
    curves, labels, unit = card.evaluation.curves, card.labels, card.unit or ""
    found: list[tuple[str, str]] = []
    if curves.roc:
        found.append(("Receiver operating characteristic", draw_roc(curves.roc, labels)))
    if curves.precision_recall:
        picture = draw_precision_recall(curves.precision_recall, labels)
        found.append(("Precision and recall", picture))
    if curves.calibration:
        found.append(("Calibration", draw_calibration(curves.calibration, labels)))
    if card.evaluation.confusion:
        found.append(("Confusion matrix", draw_confusion(card.evaluation.confusion, labels)))
    if curves.actual_against_predicted is not None:
        picture = draw_actual_against_predicted(curves.actual_against_predicted, unit)
        found.append(("Actual against predicted", picture))
    if curves.score_histogram is not None:
        picture = draw_score_histogram(curves.score_histogram, labels, unit)
        found.append(("Distribution of the scores" if labels else "Residuals", picture))
    if card.fit.importance:
        picture = draw_importances(card.fit.importance, card.metric)
        found.append(("Importance of the features (permutation, training rows)", picture))
    return found
