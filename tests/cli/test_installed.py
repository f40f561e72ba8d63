"""`dropcast` as it is installed: away from a checkout, and in one that somebody means."""

import os
import re
import subprocess
import sys
import venv
import zipfile
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from cli.app import COMMANDS, make_app
from toolchain.project import PROJECT_VARIABLE, ROOT, ProjectMissingError, find_project, is_project

README = (ROOT / "README.md").read_text()
SENTENCE = (
    "`dropcast {name}` needs a checkout of Dropcast, and neither {folder} nor a folder above it is "
    "one; run it inside a checkout, or set DROPCAST_PROJECT to its path\n"
)


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program of a wheel, in an environment that has its libraries and no checkout."""
    folder = tmp_path_factory.mktemp("installed")
    built = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", folder],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    (wheel,) = folder.glob("*.whl")
    venv.create(folder / "venv", symlinks=True)
    (packages,) = folder.glob("venv/lib/python*/site-packages")
    zipfile.ZipFile(wheel).extractall(packages)
    # The libraries are those of this environment, which has the checkout's sources too: only
    # folders are taken over, not the file that puts the sources on the path.
    (libraries,) = (Path(path) for path in sys.path if path.endswith("site-packages"))
    (packages / "libraries.py").write_text(f"import sys; sys.path.append({str(libraries)!r})\n")
    (packages / "libraries.pth").write_text("import libraries\n")
    script = folder / "venv/bin/dropcast"
    script.write_text(f"#!{folder}/venv/bin/python\nfrom cli.app import run\nrun()\n")
    script.chmod(0o755)
    return script


# Calls the program, then lists what it has imported.
LISTS_MODULES = """
import sys
from cli.app import run
try:
    run()
finally:
    print(*sys.modules, file=sys.stderr)
"""


def run(program: Path, *arguments: str, cwd: Path, **variables: str) -> tuple[int, str, str]:
    """Run the program with no variable of AWS or of ours but these; return what came of it."""
    left_out = ("AWS_", "DROPCAST_", "PYTHON")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(left_out)}
    ran = subprocess.run(
        [program, *arguments],
        cwd=cwd,
        env={**kept, "AWS_CONFIG_FILE": os.devnull, **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    return ran.returncode, ran.stdout, ran.stderr


def test_it_starts_anywhere_and_lists_every_command(program: Path, tmp_path: Path) -> None:
    status, shown, error = run(program, "--help", cwd=tmp_path)
    assert (status, error) == (0, "")
    assert "Usage: dropcast " in shown
    assert {command.name for command in COMMANDS} <= set(shown.split())


@pytest.mark.parametrize("name", [one.name for one in COMMANDS if one.needs_checkout])
def test_what_needs_a_checkout_says_so_in_one_sentence(
    program: Path, tmp_path: Path, name: str
) -> None:
    status, shown, error = run(program, name, "--help", cwd=tmp_path)
    assert (status, shown) == (1, "")
    assert error == SENTENCE.format(name=name, folder=tmp_path)


@pytest.mark.parametrize("name", [one.name for one in COMMANDS if not one.needs_checkout])
def test_what_acts_on_a_deployed_stack_needs_no_checkout(
    program: Path, tmp_path: Path, name: str
) -> None:
    status, shown, error = run(program, name, "--help", cwd=tmp_path)
    assert (status, error) == (0, "")
    assert f"Usage: dropcast {name} " in shown


def test_the_cloud_of_the_demo_is_a_checkouts(program: Path, tmp_path: Path) -> None:
    status, _, error = run(program, "dead", "--local", cwd=tmp_path)
    assert status == 1
    assert error.startswith("--local needs a checkout of Dropcast")
    status, _, error = run(program, "dead", cwd=tmp_path)
    assert (status, error.partition(";")[0]) == (1, "no region is named")


def test_doctor_without_a_checkout_checks_the_account_alone(program: Path, tmp_path: Path) -> None:
    status, shown, error = run(program, "doctor", cwd=tmp_path)
    assert (status, error) == (1, "")
    assert "no region is named" in shown
    assert "no checkout of Dropcast is here, so its layers and tools were not checked" in shown


@pytest.mark.parametrize("place", ["inside", "named"])
def test_a_checkout_is_built_by_its_own_program(program: Path, tmp_path: Path, place: str) -> None:
    folder, variables = (ROOT / "docs", {}) if place == "inside" else (tmp_path, {})
    if place == "named":
        variables = {PROJECT_VARIABLE: str(ROOT)}
    status, shown, error = run(program, "build", "--layer", "none", cwd=folder, **variables)
    assert (status, shown) == (2, "")
    assert "no layer 'none'; known: core" in re.sub(r"[\s│]+", " ", error)


def test_a_checkout_that_is_not_set_up_says_what_to_run(program: Path, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "dropcast"\n')
    (tmp_path / "app.py").touch()
    status, _, error = run(program, "build", cwd=tmp_path)
    assert status == 1
    python = tmp_path / ".venv/bin/python"
    assert error == f"no Python at {python}; run `make setup` in {tmp_path} first\n"


def test_the_variable_leads_before_the_folder_and_the_folder_before_the_code(
    tmp_path: Path,
) -> None:
    for name in ("a", "b"):
        (tmp_path / name / "below").mkdir(parents=True)
        (tmp_path / name / "pyproject.toml").write_text('[project]\nname = "dropcast"\n')
        (tmp_path / name / "app.py").touch()
    named = {PROJECT_VARIABLE: str(tmp_path / "a")}
    below = tmp_path / "b/below"
    assert find_project(environ=named, current=below) == tmp_path / "a"
    assert find_project(environ={}, current=below) == tmp_path / "b"
    assert find_project(environ={}, current=tmp_path) == ROOT
    assert find_project(environ={}, current=tmp_path, own=tmp_path) is None
    with pytest.raises(ProjectMissingError, match=f"{PROJECT_VARIABLE} names {below}, which is"):
        find_project(environ={PROJECT_VARIABLE: str(below)}, current=tmp_path)


@pytest.mark.parametrize("text", ['[project]\nname = "other"\n', "[project", "project = 1\n"])
def test_another_projects_folder_is_no_checkout(tmp_path: Path, text: str) -> None:
    (tmp_path / "app.py").touch()
    (tmp_path / "pyproject.toml").write_text(text)
    assert not is_project(tmp_path)
    assert is_project(ROOT)


def test_a_commands_summary_is_the_first_line_of_its_help() -> None:
    group: Any = get_command(make_app())
    for command in COMMANDS:
        text = group.commands[command.name].help
        assert " ".join(text.split("\n\n")[0].split()) == command.summary


def test_only_the_module_of_the_command_that_is_called_is_imported() -> None:
    for name, others in (
        ("--help", {"boto3", "cli.commands.dead"}),
        ("env", {"cli.commands.dead"}),
    ):
        ran = subprocess.run(
            [sys.executable, "-c", LISTS_MODULES, name, "--help"],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT}/layers/core/python"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert others.isdisjoint(ran.stderr.split()), name
        assert "cli.app" in ran.stderr.split()


def test_the_readmes_line_puts_it_on_the_path() -> None:
    (line,) = re.findall(r"on the PATH of your shell:\n\n```sh\n(.*?)\n```", README)
    found = subprocess.run(
        ["sh", "-ec", f"{line}\ncommand -v dropcast"],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 0, found.stderr
    assert found.stdout.endswith("/bin/dropcast\n")
