"""A stack taken down on a cloud of its own: only what was to be kept is kept."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from rich.console import Console

from cli.commands.destroy import delete_kept_buckets
from dropcast.contracts.keys import RAW
from emulators.cloud import stop_cloud
from operations.clouds import Cloud, reach_cloud
from operations.demo_stack import bring_up, find_sample, report_steps
from operations.stacks import DeployedStack, name_function_id, open_stack
from operations.teardown.leftovers import LOG_GROUP, list_left
from operations.teardown.removal import split_left, take_down
from operations.watching import wait_for, wait_for_drop
from tests.e2e.iam_users import make_person, run_command

pytestmark = pytest.mark.e2e

# A reference table: its drop trains nothing.
TABLE = "police_stations"
KEY = RAW.format(dataset=TABLE, name="stations.csv")


@pytest.fixture(scope="module")
def own_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("own-cloud")
    try:
        yield folder
    finally:
        stop_cloud(folder)


def deploy_and_drop(folder: Path) -> tuple[DeployedStack, DeployedStack]:
    """Return the deployed stack after a drop of two versions of one key, with no function running:
    one that ends after its log group is gone makes it anew here, which its role forbids on AWS."""
    stack = bring_up(folder=folder, show_step=report_steps(Console(highlight=False).print))
    deployed = open_stack(reach_cloud(local=True, folder=folder))
    for _ in range(2):
        version_id = stack.drop_file(find_sample(TABLE), KEY)
        wait_for_drop(stack, dataset=TABLE, raw_key=KEY, version_id=version_id)
    # The second drop moves no version.
    for function, times in (("Ingest", 2), ("Features", 1)):
        group = deployed.find_name(name_function_id(f"{function}Log"), LOG_GROUP)
        wait_for(
            f"{function} to end", partial(has_ended, deployed, group, times), timeout_seconds=120
        )
    return stack, deployed


def has_ended(deployed: DeployedStack, group: str, times: int) -> bool | None:
    events = deployed.cloud.client("logs").filter_log_events(logGroupName=group)["events"]
    ends = [one for one in events if one["message"].startswith("END RequestId")]
    return True if len(ends) >= times else None


def list_all(cloud: Cloud) -> dict[str, list[str]]:
    """Return what the cloud holds of whatever bills, by name, but for the CDK's own bucket."""
    client = cloud.client
    return {
        "buckets": [
            one["Name"]
            for one in client("s3").list_buckets()["Buckets"]
            if not one["Name"].startswith("cdk-")
        ],
        "log groups": [
            one["logGroupName"] for one in client("logs").describe_log_groups()["logGroups"]
        ],
        "functions": [
            one["FunctionName"] for one in client("lambda").list_functions()["Functions"]
        ],
        "layers": [one["LayerName"] for one in client("lambda").list_layers()["Layers"]],
        "queues": client("sqs").list_queues().get("QueueUrls", []),
        "alarms": [
            one["AlarmName"] for one in client("cloudwatch").describe_alarms()["MetricAlarms"]
        ],
        "dashboards": [
            one["DashboardName"]
            for one in client("cloudwatch").list_dashboards()["DashboardEntries"]
        ],
        "apis": [one["id"] for one in client("apigateway").get_rest_apis()["items"]],
        "keys": [one["id"] for one in client("apigateway").get_api_keys()["items"]],
        "rules": [one["Name"] for one in client("events").list_rules()["Rules"]],
        "machines": [
            one["name"] for one in client("stepfunctions").list_state_machines()["stateMachines"]
        ],
    }


def test_what_was_to_be_kept_is_kept_whole_and_the_rest_is_removed(own_folder: Path) -> None:
    stack, deployed = deploy_and_drop(own_folder)
    left = take_down(deployed, data="keep", stage="local", folder=own_folder)
    kept, rest = split_left(left, deployed, "keep")
    buckets = sorted(stack.outputs[f"{name}BucketName"] for name in ("Lake", "Model", "Raw"))
    assert (sorted(one.name for one in kept), rest) == (buckets, [])
    found = {name: names for name, names in list_all(deployed.cloud).items() if names}
    assert {name: sorted(names) for name, names in found.items()} == {"buckets": buckets}
    body = stack.s3.get_object(Bucket=stack.outputs["RawBucketName"], Key=KEY)["Body"].read()
    assert body == (find_sample(TABLE)).read_bytes()
    assert stack.read_json("LakeBucketName", f"clean/current/{TABLE}.json")
    # Another day they are no longer wanted.
    quiet = Console(quiet=True)
    delete_kept_buckets(deployed.cloud, buckets, stack=deployed.name, console=quiet, yes=True)
    assert list_all(deployed.cloud)["buckets"] == []


def test_the_command_leaves_nothing_where_nothing_was_to_be_kept(own_folder: Path) -> None:
    """It needs no more than the rights of docs/access.md either."""
    stack, deployed = deploy_and_drop(own_folder)
    kept_before = set(list_all(deployed.cloud)["buckets"]) - {
        stack.outputs[f"{name}BucketName"] for name in ("Lake", "Model", "Raw")
    }
    with make_person(stack, "deploy", "destroy") as person:
        done = run_command(person.environ, "destroy", "--stage", "local", "--yes")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "with every version of every drop" in done.stdout
    assert "nothing else of the stack is left" in done.stdout
    assert list_left(deployed.cloud, deployed.resources) == []
    found = {name: set(names) for name, names in list_all(deployed.cloud).items() if names}
    # What the earlier test kept does not belong to this stack.
    assert found == ({"buckets": kept_before} if kept_before else {})
