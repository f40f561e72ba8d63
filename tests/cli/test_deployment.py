"""`synth`, `bootstrap`, `diff` and `deploy` pass options on, but for those that lead elsewhere."""

import subprocess
from pathlib import Path

import pytest

from cli.commands.deployment import OptionRefusedError, require_ours
from operations.local_stack import forget_assembly, hash_sources, synthesise
from operations.stacks import choose_stack_name
from toolchain.project import ROOT, ToolMissingError, prepare_cdk


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--profile", "prod"], "--profile is not passed on: set AWS_PROFILE"),
        (["--profile=prod"], "set AWS_PROFILE"),
        (["--app", "cdk.out/old"], "--app"),
        (["-a", "cdk.out/old"], "-a"),
        (["-acdk.out/old"], "-a"),
        (["--build=true"], "--build"),
        (["--output", "elsewhere"], "--output"),
        (["-o", "elsewhere"], "-o"),
        (["aws://210987654321/us-east-1"], "aws://210987654321/us-east-1 is not passed on"),
        (["-c", "name=Other"], "write --stack instead"),
        (["-c=name=Other"], "write --stack instead"),
        (["-cname=Other"], "write --stack instead"),
        (["--context", "stage=aws"], "write --stage instead"),
        (["--context=stage=aws"], "write --stage instead"),
        (["-c", "alarms=none", "-c", "name=Other"], "write --stack instead"),
    ],
)
def test_an_option_by_which_the_cdk_would_act_elsewhere_is_refused(
    arguments: list[str], says: str
) -> None:
    with pytest.raises(OptionRefusedError) as refusal:
        require_ours(arguments)
    assert says in str(refusal.value)


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["-c", "alarms=none", "--context", "tags=name=x"],
        ["--require-approval", "never", "--progress", "events", "-v"],
        ["--parameters", "name=x"],
    ],
)
def test_every_other_option_is_passed_on(arguments: list[str]) -> None:
    require_ours(arguments)


def make(*arguments: str, **variables: str) -> str:
    done = subprocess.run(
        ["make", "--dry-run", *arguments],
        cwd=ROOT,
        env={"PATH": "/usr/local/bin:/usr/bin:/bin", **variables},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.splitlines()[-1]


def test_make_takes_the_account_and_else_the_cloud_of_the_demo() -> None:
    named = make("deploy", "ACCOUNT=123456789012", 'ARGS=-c "tags=team=data science"')
    assert "dropcast deploy --stage aws" in named
    assert "--account 123456789012" in named
    assert "--local" not in named
    assert named.endswith('-c "tags=team=data science"')
    assert "dropcast deploy --stage local" in make("deploy")
    assert "--local" in make("deploy")


def test_the_name_of_a_stack_comes_from_the_command_line_alone() -> None:
    # Some systems export NAME, for another thing.
    assert "--stack" not in make("deploy", NAME="DESKTOP-AB12")
    assert '--stack "Dropcast-dev"' in make("deploy", "NAME=Dropcast-dev")


def test_a_stack_is_called_as_in_cdk_json_where_nothing_else_is_said() -> None:
    assert choose_stack_name() == "Dropcast"


def test_a_template_made_with_settings_is_not_taken_for_the_plain_one(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("1")
    stamp = tmp_path / "build/local/stamps/assembly-local.txt"
    stamp.parent.mkdir(parents=True)
    stamp.write_text(hash_sources("local", root=tmp_path))
    (tmp_path / "cdk.out/local").mkdir(parents=True)
    (tmp_path / "cdk.out/local/manifest.json").write_text("{}")
    assert synthesise("local", root=tmp_path) == tmp_path / "cdk.out/local"
    forget_assembly("local", root=tmp_path)
    # There is no CDK CLI in this folder, which shows that it was looked for.
    with pytest.raises(ToolMissingError):
        synthesise("local", root=tmp_path)


def test_without_the_cdk_cli_the_command_that_installs_it_is_named(tmp_path: Path) -> None:
    with pytest.raises(ToolMissingError, match="make setup"):
        prepare_cdk(["deploy"], root=tmp_path, environ={})
