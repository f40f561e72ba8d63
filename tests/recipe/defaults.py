"""The default of every field that a recipe has, as JSON types."""

from typing import Any

# A field that has its default is left out of the hashes, so a default that changes would change
# what recipes mean and train nothing again. Add a new field here; never change a line: give the
# field another name instead.
DEFAULTS: dict[str, dict[str, Any]] = {
    "Balance": {"oversample": None, "oversample_to": 1.0, "undersample_to": None},
    "Call": {"settings": []},
    "Candidate": {"calibration": None},
    "Column": {
        "aliases": [],
        "categories": [],
        "description": "",
        "formats": [],
        "maximum": None,
        "minimum": None,
        "nullable": False,
        "required": True,
        "timezone": None,
        "unit": None,
    },
    "Feature": {"encoding": None, "fill": None},
    "Floats": {"log": False},
    "Gate": {"requirements": []},
    "GroupSplit": {"mixes": []},
    "Integers": {"log": False},
    "Key": {"newest_by": None},
    "Period": {"document_days": None, "marks": []},
    "Preparation": {"minimum_information": None, "scaling": "standard"},
    "Recipe": {
        "balance": None,
        "drop_duplicates": True,
        "entities": [],
        "key": None,
        "preparation": {"minimum_information": None, "scaling": "standard"},
        "random_state": 0,
        "references": [],
        "search": {"rounds": 1, "trials": 4},
        "series": None,
        "slices": [],
        "source": {
            "collapse_blanks": False,
            "decimal_separator": ".",
            "fallback_encoding": None,
            "layouts": [],
            "missing": ["", "NA", "N/A", "NaN", "nan", "null", "NULL", "None"],
            "month_names": [],
            "strip_suffixes": [],
            "synonyms": [],
            "thousands_separator": None,
        },
        "split": None,
    },
    "Search": {"rounds": 1, "trials": 4},
    "Series": {"keys": [], "shortest_step_seconds": 0.0},
    "SheetCross": {"filled": [], "left_out": [], "period": None},
    "SheetTable": {
        "filled": [],
        "group_column": None,
        "header_rows": 1,
        "left_out": [],
        "notes": True,
        "period": None,
    },
    "StratifiedSplit": {"mixes": []},
    "Target": {"labels": [], "relative_to": None, "unit": None},
    "TimeSplit": {
        "gap_days": 0.0,
        "maturity_days": 0.0,
        "test_days": None,
        "test_fraction": None,
        "window_days": None,
    },
    "Wide": {"filled": [], "ignored": []},
}
DEFAULTS["Source"] = DEFAULTS["Recipe"]["source"]
DEFAULTS["ReferenceTable"] = {"source": DEFAULTS["Source"]}
