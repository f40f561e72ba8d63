"""The speed of ingest, beside other ways from a CSV file to a Parquet file."""
