"""What a template's resources cost in a month in which nobody uses them."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from operations.pricing.prices import S3_STORAGE, Price
from operations.pricing.resource_types import (
    RESOURCE_TYPES,
    Resting,
    Units,
    UnpricedResourceError,
)

Template = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Line:
    """The resources of one type, or another thing that is kept.

    ``units``  of the price; ``None``: by a size that no template knows
    """

    what: str
    resources: int
    price: Price | None
    units: Units | None
    why: str

    @property
    def title(self) -> str:
        """The type without the part that every type has."""
        return self.what.removeprefix("AWS::").replace("::", " ")

    def cost_usd(self, *, free_left: bool) -> float:
        """Return the US dollars of a month.

        Either all free units of the account are left, or others have used them up. What is free in
        the first year alone counts as used up.
        """
        if self.price is None or self.units is None:
            return 0.0
        lasting = self.price.free if self.price.free_lasts == "always" else 0
        covered = min(lasting, self.units.coverable) if free_left else 0
        return (self.units.billed - covered) * self.price.each


def list_lines(template: Template, *, asset_bytes: int) -> tuple[Line, ...]:
    """Return a line for each type of resource and one for the deployed code in CDK's own bucket.

    Raises ``UnpricedResourceError`` with every resource that has no price.
    """
    by_type: dict[str, dict[str, Any]] = defaultdict(dict)
    for logical_id, resource in template["Resources"].items():
        by_type[resource["Type"]][logical_id] = resource.get("Properties", {})
    if problems := _find_unpriced(by_type):
        raise UnpricedResourceError(
            "what this costs at rest is not known, so it was not counted; say it in "
            "operations/pricing/resource_types.py:\n" + "\n".join(problems)
        )
    lines = [_make_line(kind, found) for kind, found in sorted(by_type.items())]
    return (*lines, _make_asset_line(asset_bytes))


def leave_out(template: Template, types: Collection[str]) -> Template:
    """Return the template without the resources of some types, as an option leaves them out."""
    kept = {i: r for i, r in template["Resources"].items() if r["Type"] not in types}
    return {**template, "Resources": kept}


def sum_usd(lines: Collection[Line], *, free_left: bool) -> float:
    """Return what all lines cost together, what is billed by an unknown size left out."""
    return sum(line.cost_usd(free_left=free_left) for line in lines)


def _find_unpriced(by_type: Mapping[str, Mapping[str, Any]]) -> list[str]:
    problems = []
    for kind, resources in sorted(by_type.items()):
        resting = RESOURCE_TYPES.get(kind)
        if resting is None:
            problems.append(f"- {kind} ({', '.join(sorted(resources))}): no entry")
            continue
        problems += [
            f"- {kind} {logical_id}: {problem}"
            for logical_id, properties in sorted(resources.items())
            if (problem := _find_problem(resting, properties))
        ]
    return problems


def _find_problem(resting: Resting, properties: Mapping[str, Any]) -> str:
    named = [name for name in resting.unless if properties.get(name)]
    if named:
        return f"{', '.join(named)} bills at rest"
    try:
        if resting.count is not None:
            resting.count(properties)
    except UnpricedResourceError as error:
        return str(error)
    return ""


def _make_line(kind: str, resources: Mapping[str, Any]) -> Line:
    resting = RESOURCE_TYPES[kind]
    units = None
    if resting.count is not None:
        counted = [resting.count(properties) for properties in resources.values()]
        units = Units(
            billed=sum(one.billed for one in counted),
            coverable=sum(one.coverable for one in counted),
        )
    return Line(
        what=kind,
        resources=len(resources),
        price=resting.price,
        units=units,
        why=resting.why,
    )


def _make_asset_line(asset_bytes: int) -> Line:
    gigabytes = asset_bytes / 1e9
    return Line(
        what="deployed code in CDK's own bucket",
        resources=1,
        price=S3_STORAGE,
        units=Units(billed=gigabytes, coverable=gigabytes),
        why="zipped layers and functions of one deployment; each deployment with changed code "
        "leaves its own until `npx cdk gc --unstable=gc` clears them",
    )
