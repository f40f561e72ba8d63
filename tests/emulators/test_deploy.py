"""Deploying a cloud assembly with the stock CDK CLI; a tiny one, written by hand."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from emulators.account import NotLocalError, cloud_environment, open_session
from emulators.cloud import LocalCloud, run_cloud
from emulators.ministack import prepare_ministack
from operations.local_stack import (
    DeployError,
    deploy,
    has_stack,
    hash_assembly,
    hash_sources,
    synthesise,
)
from tests.emulators.made_clouds import make_cloud
from toolchain.project import ToolMissingError

FOREIGN = make_cloud(endpoint_url="https://sts.amazonaws.com", port=443)


def write_assembly(folder: Path, resources: object) -> Path:
    folder.mkdir(exist_ok=True)
    manifest = {
        "version": "36.0.0",
        "artifacts": {
            "Tiny": {
                "type": "aws:cloudformation:stack",
                "environment": "aws://unknown-account/unknown-region",
                "properties": {"templateFile": "Tiny.template.json"},
            }
        },
    }
    template = {"Resources": resources, "Outputs": {"BucketName": {"Value": {"Ref": "Bucket"}}}}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    (folder / "Tiny.template.json").write_text(json.dumps(template))
    return folder


BUCKET = {"Bucket": {"Type": "AWS::S3::Bucket"}}
BROKEN = {"Bucket": {"Type": "AWS::Nowhere::Nothing"}}


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    with run_cloud(prepare_ministack, tmp_path_factory.mktemp("cloud")) as running:
        yield running


def test_nothing_is_deployed_elsewhere(tmp_path: Path) -> None:
    with pytest.raises(NotLocalError, match="not an endpoint on this machine"):
        deploy(FOREIGN, write_assembly(tmp_path / "assembly", BUCKET))


def test_a_changed_template_changes_the_assemblys_hash_and_the_viewers_tree_does_not(
    tmp_path: Path,
) -> None:
    assembly = write_assembly(tmp_path / "assembly", BUCKET)
    first = hash_assembly(assembly)
    (assembly / "tree.json").write_text("{}")
    assert hash_assembly(assembly) == first
    write_assembly(assembly, BROKEN)
    assert hash_assembly(assembly) != first


def test_a_changed_source_layer_or_setting_changes_the_sources_hash(tmp_path: Path) -> None:
    def write(name: str, text: str) -> str:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return hash_sources("local", root=tmp_path)

    hashes = [
        write("app.py", "1"),
        write("cdk/stack.py", "1"),
        write("functions/predict/handler.py", "1"),
        write("layers/core/python/dropcast/recipes/one.py", "1"),
        write("build/local/stamps/core.json", "{}"),
        write("cdk.json", "{}"),
    ]
    assert len(set(hashes)) == len(hashes)
    assert write("build/aws/stamps/core.json", "{}") == hashes[-1]
    assert write("README.md", "text") == hashes[-1]


def test_an_assembly_of_unchanged_sources_is_not_made_again(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("1")
    stamp = tmp_path / "build/local/stamps/assembly-local.txt"
    stamp.parent.mkdir(parents=True)
    stamp.write_text(hash_sources("local", root=tmp_path))
    assembly = write_assembly_for(tmp_path, "local")
    assert synthesise("local", root=tmp_path) == assembly
    (tmp_path / "app.py").write_text("2")
    # There is no CDK CLI in this folder, which shows that it was looked for.
    with pytest.raises(ToolMissingError, match="make setup"):
        synthesise("local", root=tmp_path)


def write_assembly_for(root: Path, stage: str) -> Path:
    (root / "cdk.out").mkdir()
    return write_assembly(root / "cdk.out" / stage, BUCKET)


@pytest.mark.e2e
def test_an_assembly_is_deployed_once_and_its_outputs_name_what_is_there(
    cloud: LocalCloud, tmp_path: Path
) -> None:
    assembly = write_assembly(tmp_path / "assembly", BUCKET)
    lines: list[str] = []
    outputs = deploy(cloud, assembly, on_line=lines.append)
    client = open_session(cloud_environment(cloud)).client("s3", endpoint_url=cloud.endpoint_url)
    names = {bucket["Name"] for bucket in client.list_buckets()["Buckets"]}
    client.close()
    assert outputs["BucketName"] in names
    assert has_stack(cloud, "CDKToolkit")
    assert any("CREATE_COMPLETE" in line for line in lines)
    again: list[str] = []
    assert deploy(cloud, assembly, on_line=again.append) == outputs
    assert again == []
    # The stack is deleted by another program, so the recorded deployment is no longer valid.
    formation = open_session(cloud_environment(cloud)).client(
        "cloudformation", endpoint_url=cloud.endpoint_url
    )
    formation.delete_stack(StackName="Tiny")
    formation.get_waiter("stack_delete_complete").wait(StackName="Tiny")
    formation.close()
    assert deploy(cloud, assembly, on_line=again.append).keys() == outputs.keys()
    assert any("CREATE_COMPLETE" in line for line in again)


@pytest.mark.e2e
def test_a_stack_that_fails_is_an_error_that_says_why(cloud: LocalCloud, tmp_path: Path) -> None:
    assembly = write_assembly(tmp_path / "assembly", BROKEN)
    with pytest.raises(DeployError, match="AWS::Nowhere::Nothing"):
        deploy(cloud, assembly, account="000000000009")
    assert not has_stack(cloud, "Tiny", account="000000000009")
