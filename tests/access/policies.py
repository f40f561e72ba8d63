"""The IAM policies of ``docs/access.md``, with the values of a stack in place of the words."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

PAGE = Path(__file__).resolve().parents[2] / "docs/access.md"
WORDS = (
    "RAW_BUCKET",
    "LAKE_BUCKET",
    "MODEL_BUCKET",
    "DATASET",
    "ACCOUNT",
    "REGION",
    "STACK",
    "MACHINE",
)
_POLICY = re.compile(r"^<!-- policy: (\w+) -->\n```json\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def read_policies() -> dict[str, str]:
    """Return the page's policies by name, as they are written."""
    return dict(_POLICY.findall(PAGE.read_text(encoding="utf-8")))


def fill_policy(name: str, values: Mapping[str, str]) -> dict[str, Any]:
    """Return a policy with a value for each word."""
    text = read_policies()[name]
    for word in WORDS:
        text = re.sub(rf"\b{word}\b", values[word], text)
    filled: dict[str, Any] = json.loads(text)
    return filled


def list_policy_actions(name: str) -> set[str]:
    """Return the actions that a policy allows."""
    return {
        action
        for statement in json.loads(read_policies()[name])["Statement"]
        for action in _as_list(statement["Action"])
    }


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
