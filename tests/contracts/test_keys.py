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
