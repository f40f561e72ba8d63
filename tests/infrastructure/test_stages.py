"""What differs between the stages, what every template keeps to, and what refuses to be made."""

import platform
import re
import shutil
import sys
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import pytest

from tests.infrastructure.conftest import LAYERS, Copy, Synthesiser, SynthesisError, make_copy
from tests.infrastructure.template import Template, as_list
from toolchain.builder.targets import find_target

# Properties that a stage owns, by the end of their place in the template.
STAGE_OWNED = re.compile(
    r"(/Runtime|/CompatibleRuntimes/\d+|/Architectures/\d+|/CompatibleArchitectures/\d+"
    r"|/DeletionPolicy|/UpdateReplacePolicy|/RetentionInDays"
    r"|/ThrottlingRateLimit|/ThrottlingBurstLimit|/Throttle/RateLimit|/Throttle/BurstLimit"
    r"|/Quota/Limit)$"
)
# Logical ids that the CDK makes from what they stand for: a version's and a deployment's.
NAMED_BY_CONTENT = re.compile(r"(CurrentVersion|Deployment)[A-Za-z0-9]+")
PHYSICAL_NAMES = {
    "Lambda::Function": "FunctionName",
    "Lambda::LayerVersion": "LayerName",
    "S3::Bucket": "BucketName",
    "IAM::Role": "RoleName",
    "SQS::Queue": "QueueName",
    "Logs::LogGroup": "LogGroupName",
    "Events::Rule": "Name",
    "StepFunctions::StateMachine": "StateMachineName",
    "CloudWatch::Alarm": "AlarmName",
    "CloudWatch::Dashboard": "DashboardName",
    "ApiGateway::ApiKey": "Name",
    "ApiGateway::UsagePlan": "UsagePlanName",
}


def flatten(value: Any, place: str = "") -> dict[str, Any]:
    """Return every leaf of a template by its place."""
    items: Any = ()
    if isinstance(value, dict):
        items = value.items()
    elif isinstance(value, list):
        items = enumerate(value)
    else:
        return {place: value}
    found: dict[str, Any] = {}
    for key, item in items:
        found |= flatten(item, f"{place}/{NAMED_BY_CONTENT.sub('by content', str(key))}")
    return found


@pytest.mark.parametrize("stage", ["aws", "local"])
def test_functions_and_layers_declare_what_the_builder_fills(
    templates: dict[str, Template], stage: str
) -> None:
    target = find_target(stage)
    machine = {"aarch64": "arm64", "arm64": "arm64"}.get(target.machine, target.machine)
    runtime = f"python{target.python_minor}"
    for function in templates[stage].find("Lambda::Function").values():
        assert function["Properties"]["Runtime"] == runtime
        assert function["Properties"]["Architectures"] == [machine]
    layers = templates[stage].find("Lambda::LayerVersion")
    assert len(layers) == len(LAYERS)
    for layer in layers.values():
        assert layer["Properties"]["CompatibleRuntimes"] == [runtime]
        assert layer["Properties"]["CompatibleArchitectures"] == [machine]


def test_aws_is_python_3_13_on_arm64_and_local_is_this_machine() -> None:
    aws, local = find_target("aws"), find_target("local")
    assert (aws.python_minor, aws.machine) == ("3.13", "aarch64")
    assert local.python_minor == f"{sys.version_info.major}.{sys.version_info.minor}"
    assert local.machine == platform.machine()


def test_the_stages_differ_only_in_what_a_stage_owns(templates: dict[str, Template]) -> None:
    aws, local = (flatten(templates[stage].body) for stage in ("aws", "local"))
    differing = {
        place
        for place in aws.keys() | local.keys()
        if NAMED_BY_CONTENT.sub("", str(aws.get(place)))
        != NAMED_BY_CONTENT.sub("", str(local.get(place)))
    }
    assert sorted(place for place in differing if not STAGE_OWNED.search(place)) == []
    assert any(place.endswith("/DeletionPolicy") for place in differing)


def test_data_outlives_the_stack_on_aws_and_not_on_a_laptop(
    templates: dict[str, Template],
) -> None:
    for stage, policy in (("aws", "Retain"), ("local", "Delete")):
        template = templates[stage]
        buckets = template.find("S3::Bucket")
        kept = [template.find_bucket(name) for name in ("Raw", "Lake", "Model")]
        assert [buckets[name]["DeletionPolicy"] for name in kept] == [policy] * 3


@pytest.mark.parametrize("stage", ["aws", "local"])
def test_nothing_has_a_physical_name_and_nothing_is_a_custom_resource(
    templates: dict[str, Template], stage: str
) -> None:
    for kind, name in PHYSICAL_NAMES.items():
        found = templates[stage].find(kind)
        assert found, f"no {kind} in the template: this test would see nothing"
        assert [i for i, r in found.items() if name in r.get("Properties", {})] == []
    kinds = {r["Type"] for r in templates[stage].body["Resources"].values()}
    assert {kind for kind in kinds if not kind.startswith("AWS::")} == set()
    assert "AWS::CloudFormation::CustomResource" not in kinds
    assert len(templates[stage].find("Lambda::Function")) == 13


def test_the_outputs_have_the_names_that_commands_read(aws: Template) -> None:
    assert aws.body["Outputs"].keys() >= {
        "RawBucketName",
        "LakeBucketName",
        "ModelBucketName",
        "StateMachineArn",
        "ApiUrl",
        "ApiId",
        "ApiKeyId",
        "UploadKeyId",
        "OperatorKeyId",
        "DashboardName",
    }


def test_a_stage_that_is_not_known_is_refused_with_the_known_ones(
    synthesiser: Synthesiser, tmp_path: Path
) -> None:
    with pytest.raises(SynthesisError, match=r"^stage=asw: expected aws or local"):
        synthesiser.synthesise("asw", tmp_path / "assembly")


def test_a_layer_that_is_not_built_is_refused_with_the_command_that_builds_it(
    synthesiser: Synthesiser, tmp_path: Path
) -> None:
    copy = make_copy(tmp_path, {"core": "x", "powertools": "x", "zones": "x", "tables": "x"})
    with pytest.raises(SynthesisError, match=r"'arrays' is not built .* `make build STAGE=aws`"):
        synthesiser.synthesise("aws", tmp_path / "assembly", root=copy.root)


def test_a_layer_of_other_content_alone_makes_another_live_version(
    copy: Copy, synthesiser: Synthesiser, aws: Template, tmp_path: Path
) -> None:
    # The same sources, byte for byte: a change of theirs would make a new version by itself.
    changed = tmp_path / "project"
    shutil.copytree(copy.root, changed)
    placeholder = "build/aws/layers/core/python/placeholder.txt"
    (changed / placeholder).write_text("another release")
    other = synthesiser.synthesise("aws", tmp_path / "assembly", root=changed)
    assert aws.find("Lambda::Version").keys() != other.find("Lambda::Version").keys()


def list_needs(template: Template, value: Any) -> set[str]:
    """Return the resources that a value refers to."""
    resources: dict[str, Any] = template.body["Resources"]
    if isinstance(value, list):
        return {name for item in value for name in list_needs(template, item)}
    if isinstance(value, str):
        return set(re.findall(r"\$\{(\w+)", value)) & resources.keys()
    if not isinstance(value, dict):
        return set()
    found = {name for item in value.values() for name in list_needs(template, item)}
    if "Ref" in value:
        found |= {value["Ref"]} & resources.keys()
    if isinstance(value.get("Fn::GetAtt"), list):
        found |= {value["Fn::GetAtt"][0]}
    return found


def test_no_resource_waits_for_itself(aws: Template) -> None:
    needs = {
        name: list_needs(aws, resource.get("Properties", {}))
        | set(as_list(resource.get("DependsOn", [])))
        for name, resource in aws.body["Resources"].items()
    }
    TopologicalSorter(needs).prepare()
