"""Nothing that a function writes starts it again, straight away or by way of others.

The rules are read from the template and the writes from the roles in it: what a function may not
write, no fault of its code can.
"""

import graphlib
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dropcast.contracts import keys
from dropcast.contracts.keys import KeyFormat
from tests.contracts.test_keys import ANY_KEY
from tests.infrastructure.template import Template

FORMATS = [value for value in vars(keys).values() if isinstance(value, KeyFormat)]
Place = tuple[str, str]


@dataclass(frozen=True, kw_only=True)
class Start:
    """What starts a function: the keys of a bucket that begin with ``prefix`` and with none of
    ``left_out``."""

    bucket: str
    prefix: str
    left_out: tuple[str, ...] = ()

    def matches(self, key: str) -> bool:
        return key.startswith(self.prefix) and not key.startswith(self.left_out)

    def may_match(self, written: Place) -> bool:
        """Whether some key under what is written matches."""
        bucket, prefix = written
        meets = prefix.startswith(self.prefix) or self.prefix.startswith(prefix)
        return bucket == self.bucket and meets and not prefix.startswith(self.left_out)


def read_start(bucket: str, matcher: dict[str, object]) -> Start:
    """Return what a rule's one matcher of keys means; any other operator needs a meaning here."""
    match matcher:
        case {"prefix": str(prefix), **rest} if not rest:
            return Start(bucket=bucket, prefix=prefix)
        case {"anything-but": {"prefix": list(prefixes), **inner}, **rest} if not (inner or rest):
            return Start(bucket=bucket, prefix="", left_out=tuple(prefixes))
    raise AssertionError(f"no meaning of {matcher}")


def list_starts(template: Template) -> dict[str, Start]:
    """Return what starts each function."""
    functions = {
        name: template.render({"Ref": _find_id(template, name)})
        for name in template.find_functions()
    }
    starts = {}
    for rule in template.find("Events::Rule").values():
        detail = rule["Properties"]["EventPattern"]["detail"]
        ((bucket,), (found,)) = detail["bucket"]["name"], detail["object"]["key"]
        (target,) = rule["Properties"]["Targets"]
        function = template.render(target["Arn"])
        (function,) = (name for name, ref in functions.items() if function == f"{ref[:-1]}.Arn>")
        starts[function] = read_start(template.render(bucket), found)
    return starts


@pytest.fixture(scope="module")
def ingest(aws: Template) -> Start:
    return list_starts(aws)["ingest"]


@pytest.fixture(scope="module")
def score(aws: Template) -> Start:
    return list_starts(aws)["score"]


def list_writes(template: Template, function: str) -> list[Place]:
    """Return the bucket and the prefix of what the function's role may put."""
    role = template.find_functions()[function]["Properties"]["Role"]
    places = []
    for statement in template.list_statements(role):
        if statement.action == "s3:PutObject":
            arn, _, key = statement.resource.partition("/")
            assert key.endswith("*")
            places.append((arn.replace(".Arn", ""), key.removesuffix("*")))
    return places


def _find_id(template: Template, function: str) -> str:
    wanted = template.find_functions()[function]
    (found,) = (k for k, r in template.find("Lambda::Function").items() if r is wanted)
    return found


def test_no_chain_of_writes_and_starts_comes_back_to_where_it_began(aws: Template) -> None:
    starts = list_starts(aws)
    assert starts.keys() == {"ingest", "features", "score"}
    started_by = {
        function: {
            other
            for other in aws.find_functions()
            for written in list_writes(aws, other)
            if start.may_match(written)
        }
        for function, start in starts.items()
    }
    # A form that Uploads signs is used by a person; a version that ingest moves is built upon.
    assert started_by == {"ingest": {"uploads"}, "features": {"ingest"}, "score": set()}
    assert list(graphlib.TopologicalSorter(started_by).static_order())


def test_a_write_beside_the_prefixes_of_the_key_grammar_would_be_found_to_start_ingest(
    aws: Template,
) -> None:
    start = list_starts(aws)["ingest"]
    for prefix in ("", "r", "raw/", "raw/x/", "rep", "fetched/", "Reports/"):
        assert start.may_match((start.bucket, prefix)), prefix
    for prefix in ("reports/", "reports/x/", "scored/", "scored-reports/", "score/"):
        assert not start.may_match((start.bucket, prefix)), prefix


def test_all_that_functions_write_in_the_raw_bucket_lies_under_prefixes_of_the_grammar(
    aws: Template,
) -> None:
    raw = list_starts(aws)["ingest"].bucket
    written = {
        key
        for function in aws.find_functions()
        for where, key in list_writes(aws, function)
        if where == raw
    }
    assert written <= set(keys.RAW_BUCKET_PREFIXES)
    # A form of Uploads is used by a person.
    assert written == set(keys.RAW_BUCKET_PREFIXES) - {keys.SCORE_DROP.prefix}


@settings(max_examples=200)
@given(key=ANY_KEY)
def test_ingest_gets_the_drops_and_the_strays_score_its_own_and_nobody_what_is_written(
    ingest: Start, score: Start, key: str
) -> None:
    started = {name for name, start in (("i", ingest), ("s", score)) if start.matches(key)}
    wanted = {"raw": {"i"}, "stray": {"i"}, "score": {"s"}, "ours": set[str]()}
    assert started == wanted[keys.classify_key(key)]


@pytest.mark.parametrize("function", ["ingest", "features", "score"])
@settings(max_examples=40)
@given(data=st.data())
def test_whatever_the_names_no_key_that_a_function_writes_matches_its_own_rule(
    aws: Template, function: str, data: st.DataObject
) -> None:
    start = list_starts(aws)[function]
    places = [key for where, key in list_writes(aws, function) if where == start.bucket]
    formats = [f for f in FORMATS if f.prefix in places]
    if not formats:
        return
    template = data.draw(st.sampled_from(formats))
    names = [part.split("}")[0] for part in template.template.split("{")[1:]]
    text = st.text(st.characters(codec="utf-8"), min_size=1)
    dataset = st.from_regex(keys.DATASET_PATTERN, fullmatch=True)
    other = st.from_regex(r"[A-Za-z0-9._-]{1,128}", fullmatch=True)
    kinds = {"name": text, "dataset": dataset}
    fields = {name: data.draw(kinds.get(name, other)) for name in names}
    assert not start.matches(template.format(**fields))
