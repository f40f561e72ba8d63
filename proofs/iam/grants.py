"""The single grants of a policy, and the policy without one of them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dropcast.contracts.errors import DropcastError

Document = Mapping[str, Any]
_LIST_KEY = "s3:prefix"


class PolicyFormError(DropcastError):
    """A policy cannot be split into grants; write it as allowed actions on resources."""


@dataclass(frozen=True, kw_only=True)
class Grant:
    """One action on one resource, allowed by statement number ``statement``.

    A listing is allowed on one ``prefix`` of the resource.
    """

    statement: int
    action: str
    resource: str
    prefix: str | None = None


def list_grants(document: Document) -> list[Grant]:
    """Return every grant of a policy, in its order; raise ``PolicyFormError``.

    >>> document = {"Statement": [{"Effect": "Allow", "Action": ["a:B", "a:C"], "Resource": "r"}]}
    >>> [(grant.action, grant.resource) for grant in list_grants(document)]
    [('a:B', 'r'), ('a:C', 'r')]
    """
    return [
        Grant(statement=number, action=action, resource=resource, prefix=prefix)
        for number, statement in enumerate(_as_list(document["Statement"]))
        for action in _as_list(_require_plain(statement)["Action"])
        for resource in _as_list(statement["Resource"])
        for prefix in (*_read_prefixes(statement),) or (None,)
    ]


def remove_grant(document: Document, grant: Grant) -> dict[str, Any]:
    """Return the policy that allows everything that ``document`` does but the grant.

    >>> document = {"Statement": [{"Effect": "Allow", "Action": ["a:B", "a:C"], "Resource": "r"}]}
    >>> remove_grant(document, list_grants(document)[0])["Statement"]
    [{'Effect': 'Allow', 'Action': ['a:C'], 'Resource': ['r']}]
    """
    statements: list[dict[str, Any]] = []
    for number, statement in enumerate(_as_list(document["Statement"])):
        if number == grant.statement:
            statements += _split(statement, grant)
        else:
            statements.append(dict(statement))
    return {**document, "Statement": statements}


def _split(statement: Document, grant: Grant) -> Iterator[dict[str, Any]]:
    """Yield statements for the other actions, the other resources and the other prefixes."""
    actions, resources = _as_list(statement["Action"]), _as_list(statement["Resource"])
    prefixes = _read_prefixes(statement)
    other_actions = [action for action in actions if action != grant.action]
    other_resources = [resource for resource in resources if resource != grant.resource]
    other_prefixes = [prefix for prefix in prefixes if prefix != grant.prefix]
    if other_actions:
        yield _allow(other_actions, resources, prefixes)
    if other_resources:
        yield _allow([grant.action], other_resources, prefixes)
    if other_prefixes:
        yield _allow([grant.action], [grant.resource], other_prefixes)


def _allow(
    actions: Sequence[str], resources: Sequence[str], prefixes: Sequence[str]
) -> dict[str, Any]:
    statement: dict[str, Any] = {
        "Effect": "Allow",
        "Action": list(actions),
        "Resource": list(resources),
    }
    if prefixes:
        statement["Condition"] = {"StringLike": {_LIST_KEY: list(prefixes)}}
    return statement


def _require_plain(statement: Document) -> Document:
    known = {"Sid", "Effect", "Action", "Resource", "Condition"}
    condition = statement.get("Condition", {})
    plain = not condition or (
        condition.keys() == {"StringLike"} and condition["StringLike"].keys() == {_LIST_KEY}
    )
    if statement["Effect"] != "Allow" or not plain or statement.keys() - known:
        raise PolicyFormError(
            f"only allowed actions on resources, with or without {_LIST_KEY}, can be taken apart; "
            f"this statement is another: {dict(statement)}"
        )
    return statement


def _read_prefixes(statement: Document) -> list[str]:
    return _as_list(statement.get("Condition", {}).get("StringLike", {}).get(_LIST_KEY, []))


def _as_list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]
