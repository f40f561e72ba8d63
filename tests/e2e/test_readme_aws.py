"""The README's section on AWS, word by word, with the stock CDK CLI at a terminal.

It runs against a local cloud of its own: the endpoint and the credentials are in the environment,
and the account's number is the local one. On LocalStack ``cdklocal`` stands in the place of
``cdk``, as its users type it.
"""

import json
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from emulators.account import cloud_environment, make_child_environment, open_session
from emulators.cloud import LocalCloud, stop_cloud
from emulators.clouds import choose_cloud, open_cloud
from operations.demo_stack import find_sample
from tests.e2e.conftest import DATASET
from tests.e2e.terminal import Ran, run_at_terminal
from toolchain.project import ROOT

pytestmark = pytest.mark.e2e

README = (ROOT / "README.md").read_text()
(SECTION,) = re.findall(r"^## Deploy to AWS\n(.*?)^## ", README, re.DOTALL | re.MULTILINE)
BLOCKS = re.findall(r"```sh\n(.*?)```", SECTION, re.DOTALL)
EXAMPLE_ACCOUNT, LOCAL_ACCOUNT = "123456789012", "000000000000"
IS_LOCALSTACK = choose_cloud().startswith("localstack")
NPX = "npx cdklocal " if IS_LOCALSTACK else "npx cdk "
TABLE = "police_stations"


@dataclass(frozen=True, kw_only=True)
class Shell:
    """A shell whose variables lead to a local cloud of this module's own."""

    cloud: LocalCloud
    environ: Mapping[str, str]

    def run(self, script: str, **variables: str) -> Ran:
        """Run a script of the README's, as it stands but for the account and ``cdklocal``."""
        script = script.replace(EXAMPLE_ACCOUNT, LOCAL_ACCOUNT).replace("npx cdk ", NPX)
        return run_at_terminal(script, environ={**self.environ, **variables}, cwd=ROOT)

    def client(self, service: str) -> Any:
        session: Any = open_session(cloud_environment(self.cloud))
        return session.client(service, endpoint_url=self.cloud.endpoint_url)

    def find_outputs(self, name: str) -> dict[str, str]:
        (stack,) = self.client("cloudformation").describe_stacks(StackName=name)["Stacks"]
        return {one["OutputKey"]: one["OutputValue"] for one in stack["Outputs"]}

    def find_status(self, name: str) -> str:
        (stack,) = self.client("cloudformation").describe_stacks(StackName=name)["Stacks"]
        status: str = stack["StackStatus"]
        return status

    def list_stacks(self) -> set[str]:
        stacks = self.client("cloudformation").describe_stacks()["Stacks"]
        gone = "DELETE_COMPLETE"
        return {one["StackName"] for one in stacks if one["StackStatus"] != gone}

    def list_dashboards(self) -> list[str]:
        listed = self.client("cloudwatch").list_dashboards()["DashboardEntries"]
        return [one["DashboardName"] for one in listed]

    def list_buckets(self) -> set[str]:
        listed = self.client("s3").list_buckets()["Buckets"]
        return {one["Name"] for one in listed if not one["Name"].startswith("cdk-")}


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    folder = tmp_path_factory.mktemp("aws-section")
    try:
        cloud = open_cloud(choose_cloud(), folder)
        environ = make_child_environment(os.environ, cloud)
        if IS_LOCALSTACK:
            environ["AWS_ENDPOINT_URL_S3"] = cloud.endpoint_url
        # As `. .venv/bin/activate` has it.
        folders = [str(ROOT / ".venv/bin"), environ["PATH"]]
        if shutil.which("npx") is None:
            folders.insert(0, str(ROOT / ".dropcast/tools/node/bin"))
        environ["PATH"] = os.pathsep.join(folders)
        yield Shell(cloud=cloud, environ=environ)
    finally:
        stop_cloud(folder)


def find_block(*words: str) -> str:
    """Return the one block of the section that has all these words."""
    (found,) = (str(block) for block in BLOCKS if all(word in block for word in words))
    return found


def read_json_lines(text: str) -> list[Any]:
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


def test_a_stack_is_made_used_updated_and_taken_down_as_the_readme_says(shell: Shell) -> None:
    steps = iter(BLOCKS)

    def go(*words: str) -> Ran:
        block = next(steps)
        assert all(word in block for word in words), block
        ran = shell.run(block)
        assert ran.status == 0, f"{block}\n{ran.text[-5000:]}"
        return ran

    go("make setup")
    doctor = go("doctor", "--account")
    assert f"local account {LOCAL_ACCOUNT}" in doctor.text
    assert "not done yet" in doctor.text
    assert "refused" not in doctor.text
    assert "bootstrapped" in go("npx cdk bootstrap").text
    deployed = go("npx cdk diff", "npx cdk deploy")
    assert "Number of stacks with differences: 1" in deployed.text
    # The CLI asked for consent before it granted any right.
    assert deployed.questions == 1
    assert "Dropcast.ApiUrl" in deployed.text
    outputs = shell.find_outputs("Dropcast")
    if not IS_LOCALSTACK:
        assert shell.list_dashboards() == [outputs["DashboardName"]]

    used = go("dropcast env", "aws s3 cp", "dropcast watch", "curl")
    (response,) = read_json_lines(used.text)
    rows = json.loads((ROOT / f"tests/samples/{DATASET}/request.json").read_text())["rows"]
    assert len(response["predictions"]) == len(rows)
    assert response["receipt"]["model"]

    go("npx cdk deploy -c dashboard=no")
    assert shell.find_status("Dropcast") == "UPDATE_COMPLETE"
    assert shell.find_outputs("Dropcast")["RawBucketName"] == outputs["RawBucketName"]
    if not IS_LOCALSTACK:
        assert shell.list_dashboards() == []
    # The same champion predicts after the update.
    question = find_block("dropcast env", "curl").split(".csv\n")[-1]
    (again,) = read_json_lines(shell.run(question).text)
    assert again["receipt"]["model"] == response["receipt"]["model"]
    assert again["predictions"] == response["predictions"]

    ended = go("dropcast destroy", "--data delete")
    assert ended.questions == 1
    assert "nothing else of the stack is left" in ended.text
    assert next(steps, None) is None
    assert shell.list_stacks() == {"CDKToolkit"}
    assert shell.list_buckets() == set()


def test_two_stacks_of_different_names_keep_their_data_apart(shell: Shell) -> None:
    deployed = shell.run(
        "npx cdk bootstrap\n"
        "npx cdk deploy --require-approval never\n"
        "npx cdk deploy --require-approval never -c name=Dropcast-dev -c alarms=none\n"
    )
    assert deployed.status == 0, deployed.text[-5000:]
    sample = find_sample(TABLE)
    drop = (
        '( eval "$(dropcast env --stack Dropcast-dev)"\n'
        f'  aws s3 cp {sample} "s3://$RAW_BUCKET/raw/{TABLE}/"\n'
        f"  dropcast watch raw/{TABLE}/{sample.name} --stack Dropcast-dev\n"
        f'  curl -s "$API_URL/{TABLE}" -H "x-api-key: $API_KEY" )\n'
        "echo\n"
        '( eval "$(dropcast env)"\n'
        f'  curl -s "$API_URL/{TABLE}" -H "x-api-key: $API_KEY" )\n'
    )
    ran = shell.run(drop)
    assert ran.status == 0, ran.text[-5000:]
    of_dev, of_main = read_json_lines(ran.text)
    assert of_dev["rows"] > 0
    assert (of_main["rows"], of_main["current_version"]) == (0, None)
    main, dev = shell.find_outputs("Dropcast"), shell.find_outputs("Dropcast-dev")
    names = ("RawBucketName", "LakeBucketName", "ModelBucketName", "ApiId", "StateMachineArn")
    assert [name for name in names if main[name] == dev[name]] == []
    # A key of one API is none of the other's.
    crossed = shell.run(
        'eval "$(dropcast env --stack Dropcast-dev)"; key=$API_KEY\n'
        'eval "$(dropcast env)"\n'
        'curl -s -o /dev/null -w "status %{http_code}" "$API_URL/datasets" -H "x-api-key: $key"\n'
    )
    if not IS_LOCALSTACK:  # its free edition takes the key of any plan
        assert "status 403" in crossed.text

    ended = shell.run("dropcast destroy --stack Dropcast-dev --data delete --yes")
    assert ended.status == 0, ended.text[-5000:]
    assert shell.list_stacks() == {"CDKToolkit", "Dropcast"}
    assert shell.list_buckets() == {main[name] for name in names[:3]}


@pytest.mark.parametrize(
    ("command", "says"),
    [
        # A shell that has the local cloud's variables, and a user who means AWS.
        ("doctor --stage aws --account 210987654321", "you named account 210987654321"),
        ("doctor --stage aws", "the stage 'aws' is for AWS"),
        ("doctor --account 210987654321", "you named account 210987654321"),
        ("env --stage aws", "the stage 'aws' is for AWS"),
        ("watch --account 210987654321", "you named account 210987654321"),
        ("dead --stage aws", "the stage 'aws' is for AWS"),
        ("redrive --account 210987654321", "you named account 210987654321"),
        ("destroy --stage aws --yes", "the stage 'aws' is for AWS"),
        ("deploy --stage aws --account 210987654321", "you named account 210987654321"),
        ("bootstrap --account 210987654321", "you named account 210987654321"),
        (f"score README.md --dataset {DATASET} --stage aws", "the stage 'aws' is for AWS"),
    ],
)
def test_a_command_that_would_act_elsewhere_than_it_says_names_the_variables(
    shell: Shell, command: str, says: str
) -> None:
    ran = run_at_terminal(f"dropcast {command}", environ=shell.environ, cwd=ROOT)
    assert ran.status == 1
    assert says in ran.text
    assert f"AWS_ENDPOINT_URL={shell.cloud.endpoint_url}" in ran.text
    assert "Traceback" not in ran.text


def test_the_stock_cli_refuses_the_stage_of_another_cloud(shell: Shell) -> None:
    ran = shell.run("npx cdk deploy -c stage=aws --require-approval never")
    assert ran.status == 1
    assert "stage 'aws' is for AWS" in ran.text
    assert f"AWS_ENDPOINT_URL={shell.cloud.endpoint_url}" in ran.text
    assert "Traceback" not in ran.text
