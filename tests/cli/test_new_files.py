import importlib.util
import json
import shutil
from io import BytesIO
from pathlib import Path

import pytest

from dropcast.ingest import FileRead, fingerprint_file, read_file
from dropcast.profiling import ProfileError, plan_dataset, read_table, render_dataset
from dropcast.recipe import Recipe
from operations.dataset_files import add_dataset, check_name, list_recipe, note_change, suggest_name
from tests.profiling.tables import (
    AGES,
    CUSTOMERS,
    DAYS,
    SHARES,
    YES_NO,
    Column,
    draw,
    plan_table,
)
from tests.real_data import real_data
from toolchain.project import ROOT

RECIPES = Path("layers/core/python/dropcast/recipes")
LIST = (ROOT / RECIPES / "__init__.py").read_text()
COLUMNS: dict[str, Column] = {
    "": list(range(400)),
    "Año": AGES,
    "rows": SHARES,
    "customer": CUSTOMERS,
    "price": ["n.d." if n % 7 == 0 else n / 4 for n in range(400)],
    "seen at": [f"{day}T10:00:00Z" for day in DAYS],
    "ts": draw(lambda chance, _: 1_700_000_000 + chance.randrange(10**7)),
    "fla'g": draw(lambda chance, _: chance.choice(("TRUE", "false")), seed=4),
    'kind "A"': draw(lambda chance, _: chance.choice(("x", "y", "")), seed=5),
    "yes": YES_NO,
    "amount": draw(lambda chance, _: round(chance.uniform(-50, 900), 2), seed=6),
    "state": draw(lambda chance, _: chance.choice(("it's off", 'so "so"', "On", "on")), seed=7),
    "grade": draw(lambda chance, _: chance.choice((1, 2, 4)), seed=9),
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with what a new dataset changes, and nothing else."""
    root = tmp_path / "project"
    (root / RECIPES).mkdir(parents=True)
    for name in ("pyproject.toml", "CHANGELOG.md", RECIPES / "__init__.py"):
        shutil.copyfile(ROOT / name, root / name)
    return root


def load_recipe(project: Path, dataset: str) -> Recipe:
    spec = importlib.util.spec_from_file_location(dataset, project / RECIPES / f"{dataset}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert isinstance(module.RECIPE, Recipe)
    return module.RECIPE


def ingest(path: Path, recipe: Recipe, folder: Path) -> FileRead:
    body = path.read_bytes()
    return read_file(
        lambda: BytesIO(body),
        fingerprint=fingerprint_file(lambda: BytesIO(body)),
        recipe=recipe,
        clean_path=folder / "clean.parquet",
        quarantine_path=folder / "quarantine.csv",
    )


@pytest.mark.parametrize("target", ["yes", "fla'g", "amount", "state", "grade"])
@pytest.mark.parametrize("delimiter", [",", ";"])
def test_the_recipe_reads_its_file_and_its_sample_without_a_quarantined_row(
    tmp_path: Path, project: Path, target: str, delimiter: str
) -> None:
    plan = plan_table(tmp_path, COLUMNS, target=target, delimiter=delimiter)
    add_dataset(render_dataset(plan), project)
    recipe = load_recipe(project, "made_up")
    sample = project / "tests/samples/made_up"
    for path in (tmp_path / "table.csv", sample / "generated_sample.csv"):
        read = ingest(path, recipe, tmp_path)
        assert (read.facts.reason_counts, read.absent_columns) == ({}, ())
        assert read.facts.delimiter == delimiter
    carried = {column.name for column in recipe.input_columns}
    for row in json.loads((sample / "request.json").read_text())["rows"]:
        assert set(row) == carried
    assert Recipe.from_json(json.loads(json.dumps(recipe.to_json()))) == recipe


def test_every_column_and_every_decision_of_the_recipe_has_its_reason(
    tmp_path: Path, project: Path
) -> None:
    add_dataset(render_dataset(plan_table(tmp_path, COLUMNS, target="yes")), project)
    lines = (project / RECIPES / "made_up.py").read_text().splitlines()
    said = False
    for line in lines[lines.index("    columns=(") + 1 : lines.index("    features=(")]:
        if line.startswith("        #"):
            said = True
        elif line.startswith(("        text(", "        number(", "        timestamp(")):
            assert said, line
            said = False
    for decision in ("columns=(", "target=", "split=", "candidates=(", "gate=", "source="):
        (at,) = [n for n, line in enumerate(lines) if line.startswith(f"    {decision}")]
        assert lines[at - 1].startswith("    #"), decision


@pytest.mark.parametrize(
    ("path", "target", "quarantined"),
    [
        ("spotify_preference/song_attributes.csv", "target", 0),
        ("spotify_popularity/tracks_by_genre.csv", "popular_or_not", 0),
        ("spotify_events/country_charts.csv", "popularity", 0),
        ("chicago_arrests/crimes_2015_portal_header.csv", "Arrest", 0),
        ("sipsa/daily_2017.csv", "Ahuyama", 0),
        ("messy/latin1_bad_number.csv", "mode", 1),
        ("messy/truncated_bom_excel_damage.csv", "mode", 1),
        ("messy/two_date_formats.csv", "Arrest", 0),
    ],
)
def test_a_real_file_is_read_whole_by_the_first_guess(
    tmp_path: Path, project: Path, path: str, target: str, quarantined: int
) -> None:
    file = real_data(path)
    plan = plan_dataset(read_table(file), dataset="real", target=target)
    add_dataset(render_dataset(plan), project)
    assert ingest(file, load_recipe(project, "real"), tmp_path).rows_quarantined == quarantined


def test_no_text_of_the_file_is_written_but_the_classes(tmp_path: Path, project: Path) -> None:
    secret = {**COLUMNS, "customer": [f"Private {value}" for value in CUSTOMERS]}
    made = add_dataset(render_dataset(plan_table(tmp_path, secret, target="state")), project)
    texts = [(project / path).read_text() for path in made.paths]
    assert not [text for text in texts if "Private" in text]
    assert [text for text in texts if "it's off" in text]


def test_the_same_file_gives_the_same_bytes(tmp_path: Path, project: Path) -> None:
    rendered = render_dataset(plan_table(tmp_path, COLUMNS, target="state"))
    made = add_dataset(rendered, project)
    first = {path: (project / path).read_bytes() for path in made.paths}
    (project / RECIPES / "made_up.py").unlink()
    shutil.rmtree(project / "tests")
    again = add_dataset(render_dataset(plan_table(tmp_path, COLUMNS, target="state")), project)
    assert first == {path: (project / path).read_bytes() for path in again.paths}


def test_an_existing_recipe_is_not_overwritten(tmp_path: Path, project: Path) -> None:
    rendered = render_dataset(plan_table(tmp_path, COLUMNS, target="yes"))
    add_dataset(rendered, project)
    recipe = project / RECIPES / "made_up.py"
    recipe.write_text("corrected by hand")
    with pytest.raises(ProfileError, match=r"taken: .*made_up\.py exists and is not overwritten"):
        add_dataset(rendered, project)
    assert recipe.read_text() == "corrected by hand"


@pytest.mark.parametrize(
    "name", ["", "2024_sales", "Sales", "my-sales", "class", "match", "unplaced", "a" * 47]
)
def test_a_name_that_cannot_be_a_dataset_is_refused(name: str, project: Path) -> None:
    with pytest.raises(ProfileError, match=r"is not a name for a dataset.*DATASET=<name>"):
        check_name(name, project)


def test_names_of_datasets_and_reference_tables_are_taken() -> None:
    for name in ("bitcoin", "police_stations"):
        with pytest.raises(ProfileError, match="is taken"):
            check_name(name, ROOT)


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("Orders 2024.csv", "orders_2024"),
        ("x/a-b.tsv.gz", "a_b"),
        ("sales.v2.csv", "sales_v2"),
        ("a b.jsonl.gz", "a_b"),
        ("Book 1.XLSX", "book_1"),
    ],
)
def test_a_name_is_suggested_by_the_file(file: str, name: str) -> None:
    assert suggest_name(Path(file)) == name


def test_a_recipe_is_listed_once_and_in_order() -> None:
    once = list_recipe(LIST, "cats")
    assert list_recipe(once, "cats") == once
    lines = once.splitlines()
    at = lines.index("from dropcast.recipes.cats import RECIPE as CATS")
    assert lines[at - 1].startswith("from dropcast.recipes.bitcoin")
    assert lines[at + 1].startswith("from dropcast.recipes.chicago_arrests")
    entries = [line for line in lines if line.startswith("        ") and line.endswith(",")]
    assert entries == sorted(entries)
    assert set(once.splitlines()) - set(LIST.splitlines()) == {lines[at], "        CATS,"}


def test_a_list_of_another_form_is_refused() -> None:
    with pytest.raises(ProfileError, match="by hand"):
        list_recipe("RECIPES = {}\n", "cats")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "# Changelog\n\n## Unreleased\n\n- Old.\n",
            "# Changelog\n\n## Unreleased\n\n- Old.\n- New.\n",
        ),
        (
            "## Unreleased\n\n- A.\n\n## 0.1\n\n- B.\n",
            "## Unreleased\n\n- A.\n- New.\n\n## 0.1\n\n- B.\n",
        ),
        ("## Unreleased\n\n- New.\n- B.\n", "## Unreleased\n\n- New.\n- B.\n"),
    ],
)
def test_the_changelog_gets_one_line_under_unreleased(before: str, after: str) -> None:
    assert note_change(before, "- New.") == after


def test_a_changelog_without_unreleased_is_refused() -> None:
    with pytest.raises(ProfileError, match="## Unreleased"):
        note_change("# Changelog\n", "- New.")
