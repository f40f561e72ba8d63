import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropcast.contracts import keys
from dropcast.contracts.errors import KeyGrammarError
from dropcast.contracts.keys import KeyFormat

FORMATS = [value for value in vars(keys).values() if isinstance(value, KeyFormat)]
FIELD_VALUES = {
    "dataset": st.from_regex(keys.DATASET_PATTERN, fullmatch=True),
    "name": st.text(min_size=1),
}
OTHER_VALUE = st.from_regex(r"[A-Za-z0-9_-]{1,40}", fullmatch=True)


@given(data=st.data())
@pytest.mark.parametrize("key_format", FORMATS, ids=lambda f: f.template)
def test_every_key_reads_back_to_its_fields(key_format: KeyFormat, data: st.DataObject) -> None:
    names = [part.split("}")[0] for part in key_format.template.split("{")[1:]]
    fields = {name: data.draw(FIELD_VALUES.get(name, OTHER_VALUE)) for name in names}
    assert key_format.parse(key_format.format(**fields)) == fields


def test_no_two_kinds_of_object_share_a_place() -> None:
    templates = [f.template for f in FORMATS]
    assert len(set(templates)) == len(templates)
    samples = {
        f.template: f.template.format_map(
            dict.fromkeys(
                (
                    "dataset",
                    "name",
                    "part",
                    "version",
                    "key_hash",
                    "version_id",
                    "run_id",
                    "trial",
                    "round",
                    "model",
                    "entry",
                    "scoring",
                ),
                "x",
            )
        )
        for f in FORMATS
    }
    for key_format in FORMATS:
        for template, key in samples.items():
            if template != key_format.template:
                with pytest.raises(KeyGrammarError):
                    key_format.parse(key)


KEY_TEXT = st.text(st.characters(codec="utf-8"), min_size=1, max_size=60)
# As S3 allows keys, and many that begin as ours do, or nearly so.
BEGINNINGS = st.sampled_from(
    [
        *keys.RAW_BUCKET_PREFIXES,
        *(prefix.rstrip("/") for prefix in keys.RAW_BUCKET_PREFIXES),
        *(prefix.title() for prefix in keys.RAW_BUCKET_PREFIXES),
        *(f"/{prefix}" for prefix in keys.RAW_BUCKET_PREFIXES),
        "raw/bitcoin/",
        "raw/unplaced/",
        "score/bitcoin/",
    ]
)
ANY_KEY = KEY_TEXT | BEGINNINGS | st.builds(str.__add__, BEGINNINGS, KEY_TEXT)


@given(key=ANY_KEY)
def test_every_key_is_placed_by_exactly_one_of_raw_score_ours_and_stray(key: str) -> None:
    under = [prefix for prefix in keys.RAW_BUCKET_PREFIXES if key.startswith(prefix)]
    kinds = {keys.RAW.prefix: "raw", keys.SCORE_DROP.prefix: "score"}
    assert len(under) <= 1
    (wanted,) = [kinds.get(prefix, "ours") for prefix in under] or ["stray"]
    assert keys.classify_key(key) == wanted


@given(one=ANY_KEY, other=ANY_KEY)
def test_no_two_dropped_keys_have_one_report(one: str, other: str) -> None:
    places = {}
    for key in {one, other}:
        place = keys.classify_key(key)
        if place == "ours":
            continue
        drop, report = (
            (keys.SCORE_DROP, keys.SCORE_REPORT) if place == "score" else (keys.RAW, keys.REPORT)
        )
        places[key] = keys.name_report(report, **keys.place_drop(drop, key))
    assert len(set(places.values())) == len(places)
    assert all(keys.classify_key(report) == "ours" for report in places.values())


@pytest.mark.parametrize(
    ("one", "other"),
    [("songs.csv", "raw/songs.csv"), ("x.csv", "raw/unplaced/x.csv"), ("raw/a", "raw/raw/a")],
)
def test_a_stray_has_another_report_than_what_is_named_so_under_raw(one: str, other: str) -> None:
    reports = {
        keys.name_report(keys.REPORT, **keys.place_drop(keys.RAW, key)) for key in (one, other)
    }
    assert len(reports) == 2


def test_the_prefixes_of_the_raw_bucket_are_folders_at_its_root() -> None:
    """So that what lies beside them is found by a listing of the root."""
    assert all(
        prefix.index("/") == len(prefix) - 1 and len(prefix) > 1
        for prefix in keys.RAW_BUCKET_PREFIXES
    )
    assert len(set(keys.RAW_BUCKET_PREFIXES)) == len(keys.RAW_BUCKET_PREFIXES)


def test_an_event_of_one_prefix_is_none_of_another() -> None:
    """Rules and roles go by prefixes: what a drop to be answered leaves starts nothing."""
    prefixes = {f.prefix for f in FORMATS}
    for prefix in prefixes:
        assert prefix.endswith("/")
        assert not [p for p in prefixes if p != prefix and p.startswith(prefix)]


@pytest.mark.parametrize("key_format", [keys.REPORT, keys.SCORE_REPORT], ids=lambda f: f.template)
def test_a_report_on_a_name_of_any_length_has_a_key(key_format: KeyFormat) -> None:
    short = keys.name_report(key_format, dataset="bitcoin", name="a/b.csv")
    assert short == key_format.format(dataset="bitcoin", name="a/b.csv")
    long = [keys.name_report(key_format, dataset="bitcoin", name="ü" * 1000 + x) for x in "ab"]
    assert len(set(long)) == 2
    assert all(len(key.encode()) < 200 for key in long)


@pytest.mark.parametrize(
    "key", ["raw/", "raw/bitcoin/", "raw/Bitcoin/a.csv", "raw/../a.csv", "x/raw/a/b"]
)
def test_a_key_of_another_form_is_refused(key: str) -> None:
    with pytest.raises(KeyGrammarError, match="is not of the form raw/"):
        keys.RAW.parse(key)


def test_a_field_that_would_leave_its_place_is_refused() -> None:
    with pytest.raises(KeyGrammarError):
        keys.CLEAN_PART.format(dataset="bitcoin", part="../other")
