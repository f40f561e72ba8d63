"""A file that nobody has described yet -> careful guesses -> the files of a new dataset.

``read_table`` reads it, ``plan_dataset`` guesses, ``render_dataset`` writes the guesses down as a
recipe and a made-up sample. No value of the file goes
into the project but ranges and the target's own classes.
"""

from dropcast.profiling.plan import DatasetPlan, plan_dataset
from dropcast.profiling.reading import ProfileError, RawTable, read_table
from dropcast.profiling.rendering import Rendered, render_dataset

__all__ = [
    "DatasetPlan",
    "ProfileError",
    "RawTable",
    "Rendered",
    "plan_dataset",
    "read_table",
    "render_dataset",
]
