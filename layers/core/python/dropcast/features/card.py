"""The dataset card: what the data looks like, as JSON and as a page."""

from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from dropcast.contracts.feature_columns import TARGET
from dropcast.contracts.messages import DatasetVersion
from dropcast.features.table import FeatureTable
from dropcast.pages.shell import render_page, render_table
from dropcast.recipe import Column, Recipe
from dropcast.recipe.references import Cell

QUANTILES = (0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0)


@dataclass(frozen=True, kw_only=True)
class ColumnSummary:
    """One column of the checked rows.

    ``std`` is the sample standard deviation (n - 1); ``quantiles`` are at :data:`QUANTILES`,
    interpolated linearly; None where not numeric.
    """

    name: str
    kind: str
    unit: str | None
    nulls: int
    distinct: int
    mean: float | None
    std: float | None
    quantiles: tuple[float, ...] | None


@dataclass(frozen=True, kw_only=True)
class DatasetCard:
    """A dataset version as the training run sees it.

    ``features_sha256`` is of the Parquet file; ``classes`` counts rows by label (none for a
    regression); ``references`` are the versions of the reference tables, ``reference_columns`` what
    the features read of them.
    """

    dataset: str
    title: str
    dataset_version: str
    recipe_hash: str
    parts: int
    rows_read: int
    duplicates_dropped: int
    replaced_dropped: int
    undefined_dropped: int
    untargeted_dropped: int
    rows: int
    classes: dict[str, int]
    references: dict[str, str]
    reference_columns: dict[str, dict[str, tuple[float | str | None, ...]]]
    columns: tuple[ColumnSummary, ...]
    features: tuple[str, ...]
    features_key: str
    features_sha256: str
    code_hash: str


def summarise_columns(
    parts: Iterable[pd.DataFrame], columns: Iterable[Column]
) -> tuple[ColumnSummary, ...]:
    """Return one summary per declared column over all checked rows, duplicates included."""
    whole = pd.concat(list(parts), ignore_index=True)
    return tuple(_summarise(whole[column.name], column) for column in columns)


def describe_dataset(
    *,
    recipe: Recipe,
    version: DatasetVersion,
    version_name: str,
    table: FeatureTable,
    columns: tuple[ColumnSummary, ...],
    features_key: str,
    features_sha256: str,
    references: dict[str, str],
    reference_columns: dict[str, dict[str, tuple[Cell, ...]]],
    code_hash: str,
) -> DatasetCard:
    """Return the card of a feature table."""
    target = table.columns[TARGET]
    return DatasetCard(
        dataset=recipe.dataset,
        title=recipe.title,
        dataset_version=version_name,
        recipe_hash=recipe.training_hash,
        parts=len(version.parts),
        rows_read=table.rows_read,
        duplicates_dropped=table.duplicates_dropped,
        replaced_dropped=table.replaced_dropped,
        undefined_dropped=table.undefined_dropped,
        untargeted_dropped=table.untargeted_dropped,
        rows=table.rows,
        classes={
            label: int((target == index).sum()) for index, label in enumerate(recipe.target.labels)
        },
        references=references,
        reference_columns=reference_columns,
        columns=columns,
        features=tuple(f.name for f in recipe.features),
        features_key=features_key,
        features_sha256=features_sha256,
        code_hash=code_hash,
    )


def render_dataset_card(card: DatasetCard) -> str:
    """Return the card as a self-contained HTML page."""
    facts = [
        ("Dataset version", card.dataset_version),
        ("Files (parts)", card.parts),
        ("Checked rows", card.rows_read),
        ("Duplicate rows dropped", card.duplicates_dropped),
        ("Rows replaced by a later one, dropped", card.replaced_dropped),
        ("Rows with an undefined feature dropped", card.undefined_dropped),
        ("Rows without a target dropped", card.untargeted_dropped),
        ("Rows", card.rows),
        *((f"Rows of class '{label}'", count) for label, count in card.classes.items()),
        *((f"Reference table {name}", version) for name, version in card.references.items()),
        ("Recipe", card.recipe_hash),
        ("Features (sha256)", card.features_sha256),
        ("Code", card.code_hash),
    ]
    headers = ["Column", "Type", "Unit", "Nulls", "Distinct", "Mean", "Std"]
    headers += [f"q{quantile:g}" for quantile in QUANTILES]
    rows = [
        (c.name, c.kind, c.unit, c.nulls, c.distinct, c.mean, c.std)
        + (c.quantiles or (None,) * len(QUANTILES))
        for c in card.columns
    ]
    return render_page(
        title=f"{card.title}: the data",
        lead=f"{card.rows:,} rows of dataset {card.dataset}",
        sections=[
            ("Facts", render_table(["", ""], facts)),
            ("Columns, over all checked rows", render_table(headers, rows)),
            ("Features", render_table(["Feature"], [(name,) for name in card.features])),
        ],
    )


def _summarise(values: pd.Series, column: Column) -> ColumnSummary:
    present = values.dropna()
    numeric = column.kind in ("number", "integer", "boolean") and len(present) > 0
    floats = present.astype("float64") if numeric else None
    return ColumnSummary(
        name=column.name,
        kind=column.kind,
        unit=column.unit,
        nulls=int(values.isna().sum()),
        distinct=int(present.nunique()),
        mean=None if floats is None else float(floats.mean()),
        std=None if floats is None or len(floats) < 2 else float(floats.std()),
        quantiles=None
        if floats is None
        else tuple(float(q) for q in floats.quantile(list(QUANTILES))),
    )
