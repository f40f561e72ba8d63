from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropcast.ingest.values import Dialect
from dropcast.recipe import Column, Source, Synonyms, integer, number, text, timestamp
from tests.ingest.files import make_recipe, read_bytes

MONTHS = (
    *("enero", "febrero", "marzo", "abril", "mayo", "junio"),
    *("julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"),
)
EUROPEAN = Source(decimal_separator=",", thousands_separator=".")
AMERICAN = Source(thousands_separator=",")


@pytest.mark.parametrize(
    ("source", "written", "value"),
    [
        (EUROPEAN, "1.234,50", 1234.5),
        (EUROPEAN, "-1.234.567", -1234567.0),
        (EUROPEAN, "0,5", 0.5),
        (EUROPEAN, "1234,5", 1234.5),
        (EUROPEAN, "1.5", None),
        (EUROPEAN, "12.34,5", None),
        (EUROPEAN, "1,234.50", None),
        (EUROPEAN, "1,2,3", None),
        (AMERICAN, "1,234.50", 1234.5),
        (AMERICAN, "1234.5", 1234.5),
        (AMERICAN, "1.234,50", None),
        (AMERICAN, "12,34", None),
        (AMERICAN, ",123", None),
        (Source(), "1,234", None),
        (Source(), "1.234,50", None),
        (Source(decimal_separator=","), "1.234,50", None),
        (Source(decimal_separator=","), "1.234", None),
    ],
)
def test_thousands_are_set_apart_only_as_the_recipe_declares(
    source: Source, written: str, value: float | None, tmp_path: Path
) -> None:
    recipe = make_recipe(number("v"), source=source)
    sure = "1" if source.decimal_separator == "," else "1.0"
    outcome = read_bytes(f"x|target|v\n1|0|{written}\n1|0|{sure}\n".encode(), tmp_path, recipe)
    assert [row["v"] for row in outcome.rows] == ([1.0] if value is None else [value, 1.0])
    assert outcome.reasons == ([] if value is not None else [f"v: '{written}' is not a number"])


def test_an_integer_with_thousands_set_apart_is_one_and_limits_hold(tmp_path: Path) -> None:
    recipe = make_recipe(integer("v", maximum=5000), source=AMERICAN)
    body = b'x,target,v\n1,0,"4,999"\n1,0,"5,001"\n1,0,inf\n'
    outcome = read_bytes(body, tmp_path, recipe)
    assert [row["v"] for row in outcome.rows] == [4999]
    assert outcome.reasons == [
        "v: 5,001 is above the maximum 5000",
        "v: 'inf' is not a finite number",
    ]


def test_suffixes_blanks_and_synonyms_are_undone_in_texts_alone(tmp_path: Path) -> None:
    source = Source(
        missing=("", "n.d."),
        strip_suffixes=("*",),
        collapse_blanks=True,
        synonyms=(Synonyms(column="name", text="Medellín, CMA", written=("Medellin,  CMA*",)),),
    )
    recipe = make_recipe(text("name", nullable=True), text("other"), source=source)
    body = 'x;target;name;other\n1;0;"Medellin,\n CMA * *";a*\n1;0; n.d. ;b c\n1;0;*;*\n1*;0;a;a\n'
    outcome = read_bytes(body.encode(), tmp_path, recipe)
    assert [(r["name"], r["other"]) for r in outcome.rows] == [
        ("Medellín, CMA", "a"),
        (None, "b c"),
    ]
    assert outcome.reasons == [
        "other: the value is missing, and the column needs one",
        "x: '1*' is not a number",
    ]


def test_months_in_words_are_read_by_the_declared_names(tmp_path: Path) -> None:
    at = timestamp("at", formats=("%d de %B de %Y", "%d/%m/%Y"), timezone="America/Bogota")
    recipe = make_recipe(at, source=Source(month_names=MONTHS))
    body = (
        "x,target,at\n1,0,5 de Enero de 2024\n1,0,31 de diciembre de 2023\n1,0,2/01/2017\n"
        "1,0,31 de febrero de 2024\n1,0,5 de eneros de 2024\n"
    )
    outcome = read_bytes(body.encode(), tmp_path, recipe)
    assert [row["at"].isoformat()[:13] for row in outcome.rows] == [
        "2024-01-05T05",
        "2023-12-31T05",
        "2017-01-02T05",
    ]
    assert outcome.reasons == [
        f"at: '{text_}' is not a time of the form %d de %B de %Y or %d/%m/%Y"
        for text_ in ("31 de febrero de 2024", "5 de eneros de 2024")
    ]


SIGNS = st.text(st.sampled_from("019.,+-e *\nnadé"), max_size=9)
COLUMNS = (number("v"), text("name"), timestamp("at", formats=("%d %B %Y",)))
SOURCES = (
    EUROPEAN,
    AMERICAN,
    Source(),
    Source(strip_suffixes=("*", "na"), collapse_blanks=True, month_names=MONTHS),
)


@given(
    texts=st.lists(st.none() | SIGNS, max_size=6),
    column=st.sampled_from(COLUMNS),
    source=st.sampled_from(SOURCES),
)
def test_a_column_is_spelled_as_its_texts_are(
    texts: list[str | None], column: Column, source: Source
) -> None:
    dialect = Dialect(source=source)
    plain = dialect.make_plain_column(pa.array(texts, pa.string()), column).to_pylist()
    assert plain == [None if t is None else dialect.make_plain(t, column) for t in texts]


@given(value=st.floats(allow_nan=False, allow_infinity=False), source=st.sampled_from(SOURCES))
def test_a_number_that_is_written_in_a_sources_spelling_is_read_back(
    value: float, source: Source
) -> None:
    dialect = Dialect(source=source)
    written = dialect.write_number(repr(value))
    assert float(dialect.make_plain(written, number("v"))) == value
