"""A policy is split into grants without losing or gaining one."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proofs.iam.grants import Grant, PolicyFormError, list_grants, remove_grant

NAMES = st.lists(st.sampled_from("abcde"), min_size=1, max_size=3, unique=True)


def one_or_many(names: st.SearchStrategy[list[str]]) -> st.SearchStrategy[Any]:
    return names | names.map(lambda found: found[0])


@st.composite
def statements(draw: st.DrawFn) -> dict[str, Any]:
    made = {
        "Effect": "Allow",
        "Action": draw(one_or_many(NAMES)),
        "Resource": draw(one_or_many(NAMES)),
    }
    if draw(st.booleans()):
        made["Condition"] = {"StringLike": {"s3:prefix": draw(one_or_many(NAMES))}}
    return made


def allow(grants: list[Grant]) -> list[tuple[str, str, str | None]]:
    return sorted(((g.action, g.resource, g.prefix) for g in grants), key=str)


@given(st.lists(statements(), min_size=1, max_size=3), st.data())
def test_without_a_grant_a_policy_allows_all_else_and_not_that(
    made: list[dict[str, Any]], data: st.DataObject
) -> None:
    document = {"Version": "2012-10-17", "Statement": made}
    grants = list_grants(document)
    lost = data.draw(st.sampled_from(grants))
    left = remove_grant(document, lost)
    assert left["Version"] == "2012-10-17"
    assert allow(list_grants(left)) == allow([grant for grant in grants if grant != lost])


@pytest.mark.parametrize(
    "statement",
    [
        {"Effect": "Deny", "Action": "a", "Resource": "r"},
        {"Effect": "Allow", "NotAction": "a", "Action": "b", "Resource": "r"},
        {
            "Effect": "Allow",
            "Action": "a",
            "Resource": "r",
            "Condition": {"Bool": {"aws:SecureTransport": "true"}},
        },
    ],
    ids=["a refusal", "all but an action", "another condition"],
)
def test_a_policy_of_another_form_is_refused(
    statement: dict[str, Any],
) -> None:
    with pytest.raises(PolicyFormError, match="this statement is another"):
        list_grants({"Statement": [statement]})
