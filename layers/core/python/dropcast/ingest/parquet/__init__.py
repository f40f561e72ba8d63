"""Parquet files -> batches of rows with typed columns."""

from dropcast.ingest.parquet.reading import SPOOLED_MIB, read_parquet

__all__ = ["SPOOLED_MIB", "read_parquet"]
