"""Checked parts -> one frame whose rows each count once, in the order that series need."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dropcast.contracts.errors import TooFewRowsError
from dropcast.features.columns import ColumnTable, Floats, Values, make_texts
from dropcast.recipe import Column, Key, Recipe
from dropcast.recipe.references import Cell, ReferenceColumns

# pandas' row hash is keyed so that it is a constant of the data, whatever process computes it.
_HASH_KEY = "dropcast-row-key"


@dataclass(frozen=True, kw_only=True)
class Assembled:
    """The rows that count, in series order where the recipe has a series, and what was dropped."""

    frame: pd.DataFrame
    rows_read: int
    duplicates_dropped: int
    replaced_dropped: int


def assemble_rows(parts: Iterable[pd.DataFrame], recipe: Recipe) -> Assembled:
    """Return the rows of all parts.

    A row equal to an earlier one in every declared column is dropped, and of rows with one key
    all but the newest; a row that lacks a key's column stands for itself.

    Raises ``TooFewRowsError`` if there is no row.
    """
    filled = [part for part in parts if len(part)]
    if not filled:
        raise TooFewRowsError(f"dataset '{recipe.dataset}' has no rows; drop a file with rows")
    names = [column.name for column in recipe.columns]
    whole = pd.concat([part[names] for part in filled], ignore_index=True)
    frame = whole
    if recipe.drop_duplicates:
        frame = frame[keep_first(hash_rows(frame))]
    distinct = len(frame)
    key = recipe.key
    if key is None and recipe.series is not None:
        key = Key(columns=(recipe.series.time, *recipe.series.keys))
    if key is not None:
        frame = frame[_keep_newest(frame, key, alone=recipe.key is not None)]
    if recipe.series is not None:
        frame = frame.sort_values([*recipe.series.keys, recipe.series.time], kind="stable")
    return Assembled(
        frame=frame.reset_index(drop=True),
        rows_read=len(whole),
        duplicates_dropped=len(whole) - distinct,
        replaced_dropped=distinct - len(frame),
    )


def join_parts(parts: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Return the rows of all parts in one frame."""
    return pd.concat(list(parts), ignore_index=True)


def make_column_table(
    frame: pd.DataFrame, recipe: Recipe, references: ReferenceColumns
) -> ColumnTable:
    """Return the frame's columns as expressions read them."""
    position, remaining = (None, None) if recipe.series is None else _find_places(frame, recipe)
    return ColumnTable(
        columns=read_columns(frame, recipe.columns),
        rows=len(frame),
        references=references,
        position=position,
        remaining=remaining,
    )


def read_columns(frame: pd.DataFrame, columns: Iterable[Column]) -> dict[str, Values]:
    """Return the frame's checked columns of these names as expressions read them."""
    return {c.name: read_values(frame[c.name], c) for c in columns}


def read_values(values: "pd.Series[Any]", column: Column) -> Values:
    """Return a checked column as expressions read it."""
    if column.kind == "text":
        return make_texts(values)
    if column.kind == "timestamp":
        return read_microseconds(values)
    return values.to_numpy(dtype=np.float64, na_value=np.nan)


def read_microseconds(values: "pd.Series[pd.Timestamp]") -> NDArray[np.float64]:
    """Return instants as microseconds since 1970 in UTC, missing ones as NaN."""
    instants = values.dt.as_unit("us").to_numpy(dtype="datetime64[us]")
    micros = instants.astype(np.int64).astype(np.float64)
    micros[np.isnat(instants)] = np.nan
    return micros


def read_reference_columns(
    frames: dict[str, pd.DataFrame], recipe: Recipe
) -> dict[str, dict[str, tuple[Cell, ...]]]:
    """Return the columns of the reference tables that the recipe's expressions read.

    Their cells are in the order of the rows; equal rows stand once.
    """
    found: dict[str, dict[str, tuple[Cell, ...]]] = {}
    for table in recipe.references:
        wanted = sorted(
            {
                name
                for used, *names in recipe.reference_uses
                if used == table.dataset
                for name in names
            }
        )
        frame = frames[table.dataset][[c.name for c in table.columns]]
        frame = frame[keep_first(hash_rows(frame))]
        found[table.dataset] = {
            name: _list_cells(frame[name], table.find_column(name)) for name in wanted
        }
    return found


def hash_rows(frame: pd.DataFrame) -> NDArray[np.uint64]:
    """Return a uint64 hash of each row's values, shape (rows,)."""
    hashed = pd.util.hash_pandas_object(frame, index=False, hash_key=_HASH_KEY, categorize=False)
    return np.asarray(hashed, dtype=np.uint64)


def keep_first(hashes: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Return which rows are the first of their hash."""
    first = np.zeros(len(hashes), dtype=bool)
    first[np.unique(hashes, return_index=True)[1]] = True
    return first


def _keep_newest(frame: pd.DataFrame, key: Key, *, alone: bool) -> NDArray[np.bool_]:
    """``alone``: a row that lacks a key's column stands for itself."""
    columns = list(key.columns)
    hashes = hash_rows(frame[columns])
    whole = frame[columns].notna().all(axis=1).to_numpy()
    age: Floats = np.zeros(len(frame))
    if key.newest_by is not None:
        ranks = frame[key.newest_by].rank(method="dense", na_option="top")
        age = np.asarray(ranks, dtype=np.float64)
    # The last of each key in this order is the newest; of equals the last in file order.
    order = np.lexsort((np.arange(len(frame)), age, hashes))
    last = np.ones(len(frame), dtype=bool)
    last[:-1] = hashes[order][1:] != hashes[order][:-1]
    kept = np.zeros(len(frame), dtype=bool)
    kept[order] = last
    return np.asarray(kept | ~whole) if alone else kept


def _find_places(
    frame: pd.DataFrame, recipe: Recipe
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return each row's place in its unbroken run of a series, and how many rows follow it."""
    assert recipe.series is not None
    begins = np.zeros(len(frame), dtype=bool)
    begins[0] = True
    for name in recipe.series.keys:
        codes, _ = pd.factorize(frame[name], use_na_sentinel=True)
        begins[1:] |= codes[1:] != codes[:-1]
    steps = np.diff(read_microseconds(frame[recipe.series.time])) / 1e6
    begins[1:] |= (steps < recipe.series.shortest_step_seconds) | (
        steps > recipe.series.longest_step_seconds
    )
    starts = np.flatnonzero(begins)
    lengths = np.diff(np.append(starts, len(frame)))
    position = np.arange(len(frame)) - np.repeat(starts, lengths)
    return position, np.repeat(lengths, lengths) - 1 - position


def _list_cells(values: "pd.Series[Any]", column: Column) -> tuple[Cell, ...]:
    if column.kind == "text":
        return tuple(None if pd.isna(value) else str(value) for value in values)
    floats = values.to_numpy(dtype=np.float64, na_value=np.nan)
    return tuple(None if np.isnan(value) else float(value) for value in floats)
