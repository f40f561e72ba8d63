"""A synthesised template as tests read it: intrinsic functions as text, statements one by one."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Resources = dict[str, dict[str, Any]]


@dataclass(frozen=True, kw_only=True)
class Statement:
    """One action on one resource that a role is allowed; ``prefixes`` bounds a listing."""

    action: str
    resource: str
    prefixes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Template:
    """One stage's template and the folder of assets beside it."""

    body: dict[str, Any]
    folder: Path

    def find(self, kind: str) -> Resources:
        """Return the resources of one CloudFormation type by logical id."""
        return {k: r for k, r in self.body["Resources"].items() if r["Type"] == f"AWS::{kind}"}

    def find_functions(self) -> Resources:
        """Return the functions by the name they log under, without the project's."""
        return {
            r["Properties"]["Environment"]["Variables"]["POWERTOOLS_SERVICE_NAME"]
            .lower()
            .removeprefix("dropcast-"): r
            for r in self.find("Lambda::Function").values()
        }

    def find_bucket(self, name: str) -> str:
        """Return the logical id of the ``Raw``, ``Lake`` or ``Model`` bucket, from the outputs."""
        logical_id: str = self.body["Outputs"][f"{name}BucketName"]["Value"]["Ref"]
        return logical_id

    def render(self, value: Any) -> str:
        """Return a value as text: a reference as ``<id>`` or ``<id.Arn>``, a bucket by its name."""
        if isinstance(value, str):
            return value
        ((function, argument),) = value.items()
        if function == "Ref":
            return f"<{self._name(argument)}>"
        if function == "Fn::GetAtt":
            return f"<{self._name(argument[0])}.{argument[1]}>"
        if function == "Fn::Join":
            return str(argument[0]).join(self.render(part) for part in argument[1])
        raise AssertionError(f"no way to render {value}")

    def list_statements(self, role: dict[str, Any]) -> set[Statement]:
        """Return what a ``{"Fn::GetAtt": [role, "Arn"]}`` may do; a refusal would be a surprise."""
        logical_id = role["Fn::GetAtt"][0]
        documents = [
            policy["Properties"]["PolicyDocument"]
            for policy in self.find("IAM::Policy").values()
            if {"Ref": logical_id} in policy["Properties"]["Roles"]
        ]
        documents += [
            policy["PolicyDocument"]
            for policy in self.body["Resources"][logical_id]["Properties"].get("Policies", [])
        ]
        assert all(s["Effect"] == "Allow" for d in documents for s in d["Statement"])
        return {
            Statement(
                action=action,
                resource=self.render(resource),
                prefixes=tuple(
                    as_list(s.get("Condition", {}).get("StringLike", {}).get("s3:prefix", []))
                ),
            )
            for document in documents
            for s in document["Statement"]
            for action in as_list(s["Action"])
            for resource in as_list(s["Resource"])
        }

    def _name(self, logical_id: str) -> str:
        buckets = {self.find_bucket(name): name.lower() for name in ("Raw", "Lake", "Model")}
        return buckets.get(logical_id, logical_id)


def read_template(folder: Path) -> Template:
    """Return the one stack's template of a cloud assembly."""
    (path,) = folder.glob("*.template.json")
    return Template(body=json.loads(path.read_text()), folder=folder)


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
