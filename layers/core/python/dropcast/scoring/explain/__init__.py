"""Why a program predicts as it does: exact Shapley values. Loaded only where it is asked for."""

from dropcast.scoring.explain.cases import (
    CaseExplainer,
    Explainer,
    Explanation,
    build_case_explainer,
    build_explainer,
)

__all__ = [
    "CaseExplainer",
    "Explainer",
    "Explanation",
    "build_case_explainer",
    "build_explainer",
]
