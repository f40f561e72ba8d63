"""A new dataset's place in the project: its names, its files, its lines in the lists."""

import importlib.util
import keyword
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType

from dropcast.contracts.keys import RESERVED_DATASETS, is_dataset
from dropcast.profiling import ProfileError, Rendered
from dropcast.recipe.columns import normalise_header
from toolchain.project import run_tool

_RECIPES = Path("layers/core/python/dropcast/recipes")
_ENDINGS = re.compile(r"(\.(csv|tsv|txt|tab|jsonl|ndjson|json|parquet|xlsx|xls|gz))+$")
_IMPORT = re.compile(r"^from dropcast\.recipes\.(\w+) import RECIPE as (\w+)\n", re.MULTILINE)
_ENTRIES = re.compile(r"(    for recipe in \(\n)((?:        \w+,\n)*)(    \)\n)")
_UNRELEASED = re.compile(r"^## Unreleased\n.*?(?=^## |\Z)", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class NewDataset:
    """The files that a new dataset wrote or changed, below the project's folder."""

    dataset: str
    paths: tuple[Path, ...]


def suggest_name(path: Path) -> str:
    """Return the dataset's name that a file's name suggests.

    >>> suggest_name(Path("My Shop (2024).csv.gz"))
    'my_shop_2024'
    """
    return normalise_header(_ENDINGS.sub("", path.name.casefold()))


def check_name(dataset: str, root: Path) -> None:
    """Raise :class:`ProfileError` if the project cannot have a new dataset of this name."""
    remedy = "choose another with DATASET=<name>"
    reserved = keyword.iskeyword(dataset) or keyword.issoftkeyword(dataset)
    if not is_dataset(dataset) or reserved or dataset in RESERVED_DATASETS:
        raise ProfileError(
            f"'{dataset}' is not a name for a dataset: lower-case letters, digits and _, a letter "
            f"first, at most 46 of them, not a keyword of Python and none of "
            f"{', '.join(sorted(RESERVED_DATASETS))}; {remedy}"
        )
    for place in (_RECIPES / f"{dataset}.py", Path("tests/samples", dataset)):
        if (root / place).exists():
            raise ProfileError(
                f"the name '{dataset}' is taken: {place} exists and is not overwritten; {remedy}, "
                f"or delete what is there first"
            )


def add_dataset(rendered: Rendered, root: Path) -> NewDataset:
    """Format the files, try them, and put them into the project.

    Raises ``RecipeError`` and writes nothing if the recipe contradicts itself.
    """
    dataset = rendered.dataset
    check_name(dataset, root)
    listed, changes = (root / _RECIPES / "__init__.py"), (root / "CHANGELOG.md")
    texts = {
        **_try_out(rendered, root),
        listed.relative_to(root): list_recipe(listed.read_text(), dataset),
        changes.relative_to(root): note_change(changes.read_text(), rendered.change),
    }
    for path, text in texts.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, newline="\n")
    return NewDataset(dataset=dataset, paths=tuple(texts))


def list_recipe(text: str, dataset: str) -> str:
    """Return the list of recipes with this one in it, sorted; as it was if it is there."""
    constant = dataset.upper()
    imports = {*_IMPORT.findall(text), (dataset, constant)}
    entries = _ENTRIES.search(text)
    first = _IMPORT.search(text)
    if entries is None or first is None:
        raise ProfileError(
            f"{_RECIPES}/__init__.py does not list its recipes as it used to; add the line of "
            f"'{dataset}' by hand, or bring the list's form back"
        )
    names = sorted({*entries[2].split(), f"{constant},"})
    listed = "".join(f"        {name}\n" for name in names)
    text = text[: entries.start()] + entries[1] + listed + entries[3] + text[entries.end() :]
    lines = "".join(
        f"from dropcast.recipes.{module} import RECIPE as {name}\n"
        for module, name in sorted(imports)
    )
    return text[: first.start()] + lines + _IMPORT.sub("", text[first.start() :])


def note_change(text: str, line: str) -> str:
    """Return the changelog with one more line under Unreleased; as it was if it is there."""
    section = _UNRELEASED.search(text)
    if section is None:
        raise ProfileError("CHANGELOG.md has no '## Unreleased'; add that heading at its top")
    if line in section[0].splitlines():
        return text
    grown = f"{section[0].rstrip()}\n{line}\n"
    rest = text[section.end() :]
    return text[: section.start()] + grown + (f"\n{rest}" if rest else "")


def _try_out(rendered: Rendered, root: Path) -> dict[Path, str]:
    """Return the formatted files by their place, once the recipe was made and the generator run."""
    with TemporaryDirectory() as folder:
        drafts = {
            _RECIPES / f"{rendered.dataset}.py": Path(folder, "recipe.py"),
            Path("tests/samples", rendered.dataset, "generate.py"): Path(folder, "generate.py"),
        }
        recipe, generator = drafts.values()
        recipe.write_text(rendered.recipe)
        generator.write_text(rendered.generator)
        ruff = (sys.executable, "-m", "ruff")
        settings = ("--quiet", "--no-cache", "--config", root / "pyproject.toml", folder)
        run_tool((*ruff, "check", "--select", "I", "--fix", *settings), cwd=root)
        run_tool((*ruff, "format", *settings), cwd=root)
        _load(recipe)
        made = _load(generator)
        texts = {place: draft.read_text() for place, draft in drafts.items()}
    sample = Path("tests/samples", rendered.dataset)
    return {
        **texts,
        sample / "generated_sample.csv": str(made.render_sample()),
        sample / "request.json": str(made.render_request()),
    }


def _load(path: Path) -> ModuleType:
    """Return a source file as a module that nothing else can import."""
    spec = importlib.util.spec_from_file_location(f"new_dataset_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
