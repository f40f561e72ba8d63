"""Adapters for Parquet objects: numpy arrays or pandas frames, by the function's layer."""
