"""docs/adding-a-dataset.md, followed word by word in a copy of the project."""

import csv
import json
import os
import random
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from toolchain.project import ROOT

DOCUMENT = (ROOT / "docs/adding-a-dataset.md").read_text()
COMMANDS = [
    line
    for block in re.findall(r"```sh\n(.*?)```", DOCUMENT, re.DOTALL)
    for line in block.splitlines()
]
# How the document marks what needs a cloud.
NEEDS_CLOUD = "# starts the local cloud"
LONG_AGO = (1_000_000_000, 1_000_000_000)

# Run inside the copy: the recipe is listed and reads its own sample and request whole.
READS_ITS_SAMPLE = """
import json, sys
from io import BytesIO
from pathlib import Path
from dropcast.ingest import fingerprint_file, read_file
from dropcast.recipes import RECIPES

recipe = RECIPES["orders"]
sample = Path("tests/samples/orders")
body = (sample / "generated_sample.csv").read_bytes()
read = read_file(
    lambda: BytesIO(body),
    fingerprint=fingerprint_file(lambda: BytesIO(body)),
    recipe=recipe,
    clean_path=Path("clean.parquet"),
    quarantine_path=Path("quarantine.csv"),
)
carried = [sorted(row) for row in json.loads((sample / "request.json").read_text())["rows"]]
needed = sorted(column.name for column in recipe.input_columns)
json.dump([read.rows_accepted, read.rows_quarantined, carried == [needed] * 2], sys.stdout)
"""


def write_orders(path: Path) -> None:
    chance = random.Random(7)
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["", "Order ID", "Customer", "Amount", "Channel", "status"])
        for number in range(800):
            amount = round(chance.uniform(5, 900), 2)
            paid = chance.random() < 0.2 + 0.6 * (amount < 300)
            rows.writerow(
                [
                    number,
                    f"SECRET-{number}",
                    f"Private Person {chance.randrange(150)}",
                    "" if chance.random() < 0.05 else amount,
                    chance.choice(("web", "shop", "phone")),
                    "paid" if paid else "open",
                ]
            )


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project's tracked files in a folder of their own, with the tools of this one."""
    folder = tmp_path_factory.mktemp("project")
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    for name in filter(None, listed.split("\0")):
        if not (ROOT / name).is_file():
            continue
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, folder / name)
        # Make must find the tools newer than what they are made from, or it would install them.
        os.utime(folder / name, LONG_AGO)
    for tool in (".venv", ".dropcast"):
        if (ROOT / tool).exists():
            (folder / tool).symlink_to((ROOT / tool).resolve())
    write_orders(folder / "orders.csv")
    return folder


def run(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", "-ec", command], cwd=folder, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def followed(copy: Path) -> Path:
    """The copy after all commands that need no cloud."""
    if run("make --question .venv/.ready", copy).returncode:
        pytest.skip("the tools are not installed by make here; run `make setup` first")
    for command in COMMANDS:
        if NEEDS_CLOUD not in command:
            finished = run(command, copy)
            assert finished.returncode == 0, f"{command}\n{finished.stdout}\n{finished.stderr}"
    return copy


def test_one_command_needs_a_cloud_and_it_is_a_target() -> None:
    (command,) = [command for command in COMMANDS if NEEDS_CLOUD in command]
    assert command.startswith("make demo DATASET=orders FILE=orders.csv")
    assert [command.split()[1] for command in COMMANDS if command.startswith("make")] == [
        "new",
        "universal",
        "demo",
    ]


def test_the_new_recipe_reads_its_own_sample_and_request_whole(followed: Path) -> None:
    finished = run(
        f"PYTHONPATH=layers/core/python .venv/bin/python -c '{READS_ITS_SAMPLE}'", followed
    )
    assert finished.returncode == 0, finished.stderr
    assert json.loads(finished.stdout) == [600, 0, True]


def test_nothing_private_and_nothing_but_the_promised_files_is_written(followed: Path) -> None:
    written = {
        path.relative_to(followed).as_posix(): path.read_text()
        for place in ("layers", "tests", "docs", "cli", "CHANGELOG.md")
        for path in [followed / place, *(followed / place).rglob("*")]
        if path.is_file() and path.suffix != ".pyc" and path.stat().st_mtime > LONG_AGO[0]
    }
    assert set(written) == {
        "CHANGELOG.md",
        "layers/core/python/dropcast/recipes/__init__.py",
        "layers/core/python/dropcast/recipes/orders.py",
        "tests/samples/orders/generate.py",
        "tests/samples/orders/generated_sample.csv",
        "tests/samples/orders/request.json",
    }
    assert not [name for name, text in written.items() if "SECRET" in text or "Private" in text]


def test_the_new_files_are_formatted_as_the_project_is(followed: Path) -> None:
    places = "layers/core/python/dropcast/recipes tests/samples/orders"
    for check in ("ruff format --check", "ruff check"):
        finished = run(f".venv/bin/python -m {check} {places}", followed)
        assert finished.returncode == 0, finished.stdout


def test_a_second_make_new_refuses_and_changes_nothing(followed: Path) -> None:
    recipe = followed / "layers/core/python/dropcast/recipes/orders.py"
    before = recipe.read_text()
    (command,) = [command for command in COMMANDS if command.startswith("make new")]
    finished = run(command, followed)
    assert finished.returncode != 0
    assert "the name 'orders' is taken" in finished.stderr
    assert "is not overwritten" in finished.stderr
    assert recipe.read_text() == before
