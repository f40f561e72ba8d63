"""Nothing that a function writes starts it again, straight away or by way of others.

The rules are read from the template and the writes from the roles in it: what a function may not
write, no fault of its code can.
"""

import graphlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dropcast.contracts import keys
from dropcast.contracts.keys import KeyFormat
from tests.infrastructure.template import Template

FORMATS = [value for value in vars(keys).values() if isinstance(value, KeyFormat)]
Place = tuple[str, str]


def list_starts(template: Template) -> dict[str, Place]:
    """Return the bucket and the prefix of what starts each door."""
    doors = {
        name: template.render({"Ref": _find_id(template, name)}) for name in template.find_doors()
    }
    starts = {}
    for rule in template.find("Events::Rule").values():
        detail = rule["Properties"]["EventPattern"]["detail"]
        ((bucket,), (found,)) = detail["bucket"]["name"], detail["object"]["key"]
        (target,) = rule["Properties"]["Targets"]
        function = template.render(target["Arn"])
        (door,) = (name for name, ref in doors.items() if function == f"{ref[:-1]}.Arn>")
        starts[door] = (template.render(bucket), found["prefix"])
    return starts


def list_writes(template: Template, door: str) -> list[Place]:
    """Return the bucket and the prefix of what the door's role may put."""
    role = template.find_doors()[door]["Properties"]["Role"]
    places = []
    for statement in template.list_statements(role):
        if statement.action == "s3:PutObject":
            arn, _, key = statement.resource.partition("/")
            assert key.endswith("*")
            places.append((arn.replace(".Arn", ""), key.removesuffix("*")))
    return places


def _find_id(template: Template, door: str) -> str:
    wanted = template.find_doors()[door]
    (found,) = (k for k, r in template.find("Lambda::Function").items() if r is wanted)
    return found


def overlap(written: Place, started: Place) -> bool:
    """Whether an object may lie under both."""
    (bucket, key), (other, prefix) = written, started
    return bucket == other and (key.startswith(prefix) or prefix.startswith(key))


def test_no_chain_of_writes_and_starts_comes_back_to_where_it_began(aws: Template) -> None:
    starts = list_starts(aws)
    assert starts.keys() == {"ingest", "features", "score"}
    started_by = {
        door: {
            other
            for other in aws.find_doors()
            for written in list_writes(aws, other)
            if overlap(written, start)
        }
        for door, start in starts.items()
    }
    # A form that Uploads signs is used by a person; a version that ingest moves is built upon.
    assert started_by == {"ingest": {"uploads"}, "features": {"ingest"}, "score": set()}
    assert list(graphlib.TopologicalSorter(started_by).static_order())


@pytest.mark.parametrize("door", ["ingest", "features", "score"])
@settings(max_examples=40)
@given(data=st.data())
def test_whatever_the_names_no_key_that_a_door_writes_matches_its_own_rule(
    aws: Template, door: str, data: st.DataObject
) -> None:
    bucket, prefix = list_starts(aws)[door]
    places = [key for where, key in list_writes(aws, door) if where == bucket]
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
    assert not template.format(**fields).startswith(prefix)
