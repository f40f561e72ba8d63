"""Fitting inside the training rows: trials by cross-validation, then the best candidate."""

from dropcast.training.fit.best_candidate import Fitted, fit_best, predict_with_pipeline
from dropcast.training.fit.trials import cross_validate, run_trial

__all__ = ["Fitted", "cross_validate", "fit_best", "predict_with_pipeline", "run_trial"]
