"""docs/security.md names a test for each control; each is there, and each risk has its line."""

import ast
import re
from pathlib import Path

import pytest

from tests.infrastructure.rights import ABORT, RIGHTS

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs/security.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE)))


@pytest.mark.parametrize(("path", "name"), NAMED)
def test_a_test_that_the_page_names_exists(path: str, name: str) -> None:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_each_risk_of_both_lists_has_a_line_and_a_test() -> None:
    lines = PAGE.splitlines()
    risks = [f"API{n} " for n in range(1, 11)] + [f"ML{n:02} " for n in range(1, 11)]
    for risk in risks:
        (line,) = [line for line in lines if line.startswith(f"| {risk}")]
        assert "::test_" in line, risk
    assert len(NAMED) > 60


def test_the_page_has_room_for_the_mutations_of_the_roles() -> None:
    begin, end = (PAGE.index(f"<!-- iam-mutations:{word} -->") for word in ("begin", "end"))
    assert PAGE.index("## Least privilege") < begin < end


def test_the_table_of_the_mutations_has_the_rights_that_the_functions_have_now() -> None:
    begin, end = (PAGE.index(f"<!-- iam-mutations:{word} -->") for word in ("begin", "end"))
    rows = re.findall(
        r"^\| (\w+) \| `(s3:\w+)` \| `(\w+) bucket: (.+?)` \|", PAGE[begin:end], re.MULTILINE
    )
    proven = {
        (role.lower(), bucket, action, prefix.removesuffix("*"))
        for role, action, bucket, prefix in rows
        # Giving up an upload half way goes with writing.
        if action != ABORT
    }
    granted = {
        (function, bucket, action, prefix)
        for function, buckets in RIGHTS.items()
        for bucket, rights in buckets.items()
        for action, prefixes in rights.items()
        for prefix in prefixes
    }
    assert proven == granted, "run `make iam-mutations`"
