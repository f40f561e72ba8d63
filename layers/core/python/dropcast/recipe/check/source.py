"""Find what is wrong with how a table's files are read."""

from collections.abc import Collection, Iterator

from dropcast.recipe.source import SheetCross, SheetTable, Source, SourceLayout, list_layout_columns

_MONTHS = 12


def find_source_problems(source: Source, columns: Collection[str]) -> Iterator[str]:
    """Yield what is wrong with the source of a table that has these columns."""
    separators = [source.decimal_separator, source.thousands_separator or " "]
    if any(len(s) != 1 or s.isalnum() or s in "+-" for s in separators):
        yield (
            "source: decimal_separator and thousands_separator must be one character each, and "
            "no letter, digit, plus or minus"
        )
    if separators[0] == separators[1]:
        yield (
            f"source: decimal_separator and thousands_separator are both '{separators[0]}'; give "
            "two different characters"
        )
    if len(source.month_names) not in (0, _MONTHS):
        yield f"source: month_names has {len(source.month_names)} names; give {_MONTHS} or none"
    if any(not suffix.strip() for suffix in source.strip_suffixes):
        yield "source: strip_suffixes has an empty text; remove it"
    for layout in source.layouts:
        yield from _find_layout_problems(layout, columns)
    for synonyms in source.synonyms:
        if synonyms.column not in columns:
            yield f"synonyms of '{synonyms.text}': no column '{synonyms.column}'"


def _find_layout_problems(layout: SourceLayout, columns: Collection[str]) -> Iterator[str]:
    for name in dict.fromkeys(list_layout_columns(layout)):
        if name not in columns:
            yield f"layout '{layout.name}': no column '{name}'"
    if isinstance(layout, SheetTable) and (not layout.columns or layout.header_rows < 1):
        yield f"layout '{layout.name}': give one of columns at least, and 1 or more header_rows"
    if isinstance(layout, SheetCross) and not (layout.corner and layout.value_columns):
        yield f"layout '{layout.name}': corner and value_columns must have one entry at least"
