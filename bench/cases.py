"""List what ``make results`` trains: every recipe on its real data, and variants to compare with.

The published figures and the honest baselines are those of the five systems that Dropcast replaces.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from bench.replay_events import write_replay
from dropcast.recipe import Feature, Recipe, TimeSplit, col
from dropcast.recipes import find_recipe

_SIPSA = (
    "daily_2017.csv",
    "weekly/2014_48.xls",
    "weekly/2016_33.xls",
    "weekly/2018_multi_sheet.xlsx",
    "weekly/2021_biff.xls",
    "weekly/2021_zip_named_xls.xls",
    "weekly/2023_07.xlsx",
)


@dataclass(frozen=True, kw_only=True)
class Case:
    """One line of the results.

    Parameters
    ----------
    name, recipe
        What is trained.
    files
        The files to drop, as (dataset, path below the folder of the real data).
    metrics
        The metrics that the line shows, the gate's first.
    published, baseline
        Figures of others, as text.
    all_rows
        How often the champion's candidate is also cross-validated on all rows, each time with
        other folds, which is the protocol of the baseline.
    note
        What the reader should know.
    prepare
        Makes the file to drop of a file of the real data and a folder to write it into.
    """

    name: str
    recipe: Recipe
    files: tuple[tuple[str, str], ...]
    metrics: tuple[str, ...]
    published: str
    baseline: str
    all_rows: int = 0
    note: str = ""
    prepare: Callable[[Path, Path], Path] | None = None


def list_cases() -> tuple[Case, ...]:
    """Return the cases in the order of the page."""
    songs = find_recipe("spotify_preference")
    with_artist = replace(
        songs,
        features=(
            *songs.features,
            Feature("artist", col("artist").clean(), encoding="target_mean"),
        ),
        random_state=1_440_181_569,
    )
    arrests = find_recipe("chicago_arrests")
    stated = replace(
        arrests,
        split=TimeSplit(column="date", test_days=91, window_days=365),
        random_state=4_037_826_749,
    )
    song_files = (("spotify_preference", "spotify_preference/song_attributes.csv"),)
    arrest_files = (
        ("police_stations", "chicago_arrests/police_stations.csv"),
        ("chicago_arrests", "chicago_arrests/crimes_2022_no_coordinates.csv.gz"),
    )
    return (
        Case(
            name="spotify_preference",
            recipe=songs,
            files=song_files,
            metrics=("roc_auc", "accuracy", "f1"),
            published="accuracy .728 (XGBoost), AUC .752 (stacking)",
            baseline="AUC .855, accuracy .781 (5 folds × 3)",
            all_rows=3,
            note="Thirteen audio features, no artist.",
        ),
        Case(
            name="spotify_preference, with the artist",
            recipe=with_artist,
            files=song_files,
            metrics=("roc_auc", "accuracy", "f1"),
            published="–",
            baseline="AUC .926, accuracy .855 (5 folds × 3)",
            all_rows=3,
            note="The same recipe with the artist's cross-fitted target mean.",
        ),
        Case(
            name="spotify_popularity",
            recipe=find_recipe("spotify_popularity"),
            files=(("spotify_popularity", "spotify_popularity/tracks_by_genre.csv"),),
            metrics=("roc_auc", "accuracy", "f1"),
            published="AUC .93–.94, accuracy .85–.87 (balanced test, songs on both sides)",
            baseline="AUC .908, accuracy .840, F1 .800 (5 folds, artists apart)",
            all_rows=3,
            note="No artist is on both sides; an album of several artists is.",
        ),
        Case(
            name="spotify_events",
            recipe=find_recipe("spotify_events"),
            files=(("spotify_events", "spotify_events/country_charts.csv"),),
            metrics=("macro_f1", "accuracy", "log_loss"),
            published="gate: accuracy ≥ .65, macro F1 ≥ .60",
            baseline="–",
            note=(
                "Events replayed from six daily chart snapshots, tested on the last day and a bit: "
                "most tracks were on a chart before, and their past level predicts the next one. "
                "Hour and kind of event are the same for all, so they add nothing here."
            ),
            prepare=_replay,
        ),
        Case(
            name="bitcoin",
            recipe=find_recipe("bitcoin"),
            files=(("bitcoin", "bitcoin/btcusdt_1h_2018_2025.csv"),),
            metrics=("roc_auc", "accuracy", "log_loss"),
            published="“final accuracy” on training rows",
            baseline="AUC .556, accuracy .540 (last 20 %)",
            note="Hourly bars from 2020 on; over .60 would mean a leak.",
        ),
        Case(
            name="chicago_arrests, 2022",
            recipe=arrests,
            files=arrest_files,
            metrics=("average_precision", "roc_auc", "f1"),
            published=(
                "random test rows: AUC .8864, F1 .61; by time: AUC .863–.873, AP .654, F1 .52–.56"
            ),
            baseline="AUC .901, AP .671, F1 .607 (September to November)",
            note="The newest 28 days are left out: their arrests are still being recorded.",
        ),
        Case(
            name="chicago_arrests, 2022, September to November",
            recipe=stated,
            files=arrest_files,
            metrics=("average_precision", "roc_auc", "f1"),
            published="as above",
            baseline="AUC .901, AP .671, F1 .607; without arrest-driven types AUC .839",
            note="The baseline's own split: no row left out at the end, unfinal labels and all.",
        ),
        Case(
            name="sipsa_prices",
            recipe=find_recipe("sipsa_prices"),
            files=tuple(("sipsa_prices", f"sipsa/{name}") for name in _SIPSA),
            metrics=("mase", "mae", "r2"),
            published="MASE 1.154 (LightGBM) against 1.179 (naive)",
            baseline="the naive forecast on the same test rows, in the last column",
            note=(
                "Daily prices of 2017 and six weekly workbooks of 2014 to 2023; the weeks stand "
                "alone, so the series that are learned from are the daily ones."
            ),
        ),
    )


def _replay(charts: Path, folder: Path) -> Path:
    events = folder / "events.jsonl"
    write_replay(charts, events)
    return events
