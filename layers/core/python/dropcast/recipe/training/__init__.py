"""Declare how rows are split, which models are tried, and what a model must reach."""

from dropcast.recipe.training.candidates import (
    CLASSIFIERS,
    MODELS,
    REGRESSORS,
    Candidate,
    Choices,
    Floats,
    Integers,
    Parameter,
    Search,
    candidate,
)
from dropcast.recipe.training.gate import (
    REGRESSION_METRICS,
    SMALLER_IS_BETTER,
    Balance,
    Gate,
    Metric,
    Preparation,
    Requirement,
)
from dropcast.recipe.training.splits import (
    GroupSplit,
    Split,
    StratifiedSplit,
    TimeSplit,
)

__all__ = [
    "CLASSIFIERS",
    "MODELS",
    "REGRESSION_METRICS",
    "REGRESSORS",
    "SMALLER_IS_BETTER",
    "Balance",
    "Candidate",
    "Choices",
    "Floats",
    "Gate",
    "GroupSplit",
    "Integers",
    "Metric",
    "Parameter",
    "Preparation",
    "Requirement",
    "Search",
    "Split",
    "StratifiedSplit",
    "TimeSplit",
    "candidate",
]
