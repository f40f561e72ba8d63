"""The model card: all that was decided about a model and why, as a document and as a page."""

from dropcast.training.card.model_card import ModelCard, make_card
from dropcast.training.card.page import describe_candidate, render_card

__all__ = ["ModelCard", "describe_candidate", "make_card", "render_card"]
