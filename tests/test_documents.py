"""The documents lead somewhere: every link resolves, every page is listed, what they repeat of the
code is what the code has, and the workflow to copy runs commands that there are."""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from cli.app import make_app
from dropcast.ingest import limits

ROOT = Path(__file__).resolve().parents[1]
AT_THE_ROOT = ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md")
PAGES = sorted([*(ROOT / name for name in AT_THE_ROOT), *(ROOT / "docs").rglob("*.md")])
WORKFLOW = ROOT / "docs/workflows/deploy.yml"
# Not a path that ends so, and not the name in a sentence.
PROGRAM = re.compile(r"(?<![\w/.-])(?:\.venv/bin/)?dropcast (?=[a-z])")


def list_headings(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    kept = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return {heading.strip().replace(" ", "-") for heading in kept}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_to_a_file_or_a_heading_resolves(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL)
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", link):
            continue
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        assert target.exists(), link
        if anchor:
            assert anchor in list_headings(target), link


def test_the_index_and_the_readme_list_every_page_of_the_docs() -> None:
    index, readme = (ROOT / "docs/README.md").read_text(), (ROOT / "README.md").read_text()
    pages = {path.name for path in (ROOT / "docs").glob("*.md")} - {"README.md"}
    assert {page for page in pages if f"]({page})" not in index} == set()
    assert {page for page in pages if f"](docs/{page})" not in readme} == set()


def test_the_index_lists_each_page_once() -> None:
    index = (ROOT / "docs/README.md").read_text()
    listed = re.findall(r"^\| \[(.+?)\]\((.+?)\) \|", index, re.MULTILINE)
    assert [name for name, _ in listed] == [link for _, link in listed]
    pages = {path.name for path in (ROOT / "docs").glob("*.md")} - {"README.md"}
    assert sorted(link for _, link in listed) == sorted([*pages, "../README.md", "adr/README.md"])
    assert not set(re.findall(r"\]\(([^)]+)\)", index)) - {link for _, link in listed}


def test_the_glossary_is_in_the_order_of_the_alphabet() -> None:
    words = re.findall(r"^\| \*\*(.+?)\*\*", (ROOT / "docs/glossary.md").read_text(), re.MULTILINE)
    assert words == sorted(words, key=str.lower)


def test_every_folder_of_tests_is_described() -> None:
    described = re.findall(
        r"^\| `tests/(\w+)` \|", (ROOT / "docs/contributing.md").read_text(), re.MULTILINE
    )
    folders = {path.parent.name for path in (ROOT / "tests").glob("*/test_*.py")}
    assert sorted(described) == sorted(folders)


def test_the_bounds_in_the_docs_are_those_of_the_code() -> None:
    text = (ROOT / "docs/files.md").read_text()
    for bound in (
        limits.CONTENT_BYTES,
        limits.EXPANSION_TIMES,
        limits.EXPANSION_FREE_BYTES,
        limits.GZIP_MEMBERS,
        limits.MOST_COLUMNS,
        limits.SINGLE_STEPS,
        limits.QUARANTINED_ROWS,
        limits.QUARANTINED_BYTES,
        limits.SANDBOX_MIB,
        limits.SANDBOX_SECONDS,
    ):
        assert re.search(rf"(?<![\d,]){bound:,}(?![\d,])", text), bound


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_of_ours_in_a_code_block_is_one_that_it_takes(page: Path) -> None:
    group: Any = typer.main.get_command(make_app())
    for block in re.findall(r"```\w*\n(.*?)```", page.read_text(), re.DOTALL):
        # Also those inside of eval "$(...)".
        for line in re.findall(rf"{PROGRAM.pattern}([^\n)&|]+)", block):
            name, *rest = shlex.split(line)
            command = group.commands[name]
            if hasattr(command, "commands"):
                command, rest = command.commands[rest[0]], rest[1:]
            command.make_context(name, rest)


def test_every_target_of_make_in_a_document_is_one_that_there_is() -> None:
    targets = set(re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for page in PAGES:
        if page.name == "CHANGELOG.md":
            continue
        blocks = re.findall(r"```\w*\n(.*?)```|`(make [^`\n]+)`", page.read_text(), re.DOTALL)
        lines = [line.strip() for block in blocks for text in block for line in text.splitlines()]
        for line in lines:
            if line.startswith("make ") and line != "make":
                name = next(word for word in line.split()[1:] if not word.startswith("-"))
                assert name in targets, f"{page.name}: {line}"


def test_the_workflow_to_copy_shows_the_difference_and_deploys_without_a_secret() -> None:
    text = WORKFLOW.read_text()
    assert "secrets." not in text
    workflow = yaml.safe_load(text)
    # YAML 1.1 reads the word "on" as true.
    triggers = workflow.get("on", workflow.get(True))
    assert {"pull_request", "push"} <= triggers.keys()
    assert workflow["permissions"] == {"id-token": "write", "contents": "read"}
    assert workflow["jobs"]["deploy"]["defaults"]["run"]["shell"] == "bash"
    steps = workflow["jobs"]["deploy"]["steps"]
    lines = [step["run"] for step in steps if "run" in step]
    assert [line for line in lines if "npx cdk diff" in line]
    (deploying,) = (step for step in steps if "cdk deploy" in step.get("run", ""))
    assert deploying["if"] == "github.event_name == 'push'"
    group: Any = typer.main.get_command(make_app())
    (doctor,) = (line for line in lines if PROGRAM.match(line))
    name, *rest = shlex.split(PROGRAM.sub("", doctor))
    assert group.commands[name].make_context(name, rest).params["account"]
