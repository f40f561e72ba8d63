"""Pictures of a model card, each a self-contained SVG.

No script, nothing fetched, text escaped, readable on light and dark pages. A page may set
``--series-1`` ... ``--series-6`` to its colours.
"""

from dropcast.training.card.pictures.bars import draw_importances, draw_score_histogram
from dropcast.training.card.pictures.grid import draw_confusion
from dropcast.training.card.pictures.lines import (
    draw_actual_against_predicted,
    draw_calibration,
    draw_precision_recall,
    draw_roc,
)

__all__ = [
    "draw_actual_against_predicted",
    "draw_calibration",
    "draw_confusion",
    "draw_importances",
    "draw_precision_recall",
    "draw_roc",
    "draw_score_histogram",
]
