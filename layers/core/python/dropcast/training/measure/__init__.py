"""How good predictions are: metrics, their bootstrap intervals, and curves."""

from dropcast.training.measure.agreement import TOLERANCE, measure_difference
from dropcast.training.measure.bootstrap import Interval, estimate_difference, estimate_metrics
from dropcast.training.measure.curves import Curves, draw_curves
from dropcast.training.measure.metrics import (
    METRICS,
    ClassReport,
    count_confusion,
    describe_classes,
    list_metrics,
    measure,
)
from dropcast.training.measure.scored_rows import ScoredRows, pair_predictions

__all__ = [
    "METRICS",
    "TOLERANCE",
    "ClassReport",
    "Curves",
    "Interval",
    "ScoredRows",
    "count_confusion",
    "describe_classes",
    "draw_curves",
    "estimate_difference",
    "estimate_metrics",
    "list_metrics",
    "measure",
    "measure_difference",
    "pair_predictions",
]
