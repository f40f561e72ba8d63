"""The checks of a program that is read: whatever passes them can be scored on any values."""

from dropcast.scoring.check.program import check_program
from dropcast.scoring.check.steps import ARRAYS, list_widths

__all__ = ["ARRAYS", "check_program", "list_widths"]
