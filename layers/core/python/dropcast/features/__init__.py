"""Checked table -> feature table and dataset card. Stateless: nothing here learns from data."""

from dropcast.features.card import (
    ColumnSummary,
    DatasetCard,
    describe_dataset,
    render_dataset_card,
    summarise_columns,
)
from dropcast.features.frames import join_parts, read_reference_columns
from dropcast.features.table import FeatureTable, build_feature_table

__all__ = [
    "ColumnSummary",
    "DatasetCard",
    "FeatureTable",
    "build_feature_table",
    "describe_dataset",
    "join_parts",
    "read_reference_columns",
    "render_dataset_card",
    "summarise_columns",
]
