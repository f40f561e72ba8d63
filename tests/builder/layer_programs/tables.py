"""Run with the tables layer alone on the path: what ingest and features do with it."""

import io
import json
import sys

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.dataset
import pyarrow.parquet as pq


def try_layer() -> dict[str, object]:
    """Return what came out, to be compared by the test."""
    text = b"name,energy,seen_at\nfirst,0.5,2026-01-02T03:04:05Z\nsecond,,2026-01-03T00:00:00Z\n"
    # Microseconds, as clean parts have: Parquet knows no whole seconds.
    types = {"seen_at": pa.timestamp("us", tz="UTC")}
    options = pa.csv.ConvertOptions(column_types=types)
    table = pa.csv.read_csv(io.BytesIO(text), convert_options=options)
    sink = io.BytesIO()
    pq.write_table(table, sink, compression="zstd")
    back = pq.read_table(io.BytesIO(sink.getvalue()))
    streamed = pq.ParquetFile(io.BytesIO(sink.getvalue())).read()
    frame = back.to_pandas()
    frame["seen_at"] = pd.to_datetime(frame["seen_at"], utc=True)
    again = pa.Table.from_pandas(frame, preserve_index=False)

    return {
        "equal": back.equals(table) and streamed.equals(table),
        "nulls": pc.sum(pc.is_null(back["energy"])).as_py(),
        "mean": float(frame["energy"].mean()),
        "day": str(frame["seen_at"].dt.day.tolist()),
        "grouped": frame.groupby("name")["energy"].count().to_dict(),
        "rolled": frame["energy"].rolling(2, min_periods=1).mean().tolist()[0],
        "rows": pa.dataset.dataset(again).count_rows(),
        "solved": np.linalg.solve([[2.0]], [1.0]).tolist(),
    }


if __name__ == "__main__":
    json.dump(try_layer(), sys.stdout)
