"""A dropped file -> a prediction for every row of it, block by block, in bounded memory.

Ingest reads the file, the features' expressions run over each block's columns, the batch scorer
predicts, and each row is written to the predictions or, with every reason, to the problems. The
numbers are those that the API gives for the same row, to the bit.
"""

from dropcast.batch.dialect import make_table
from dropcast.batch.files import ScoringResult, name_scoring, score_file
from dropcast.batch.report import describe_scoring

__all__ = ["ScoringResult", "describe_scoring", "make_table", "name_scoring", "score_file"]
