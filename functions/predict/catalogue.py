"""The catalogue door: what there is to know of datasets and models, and the API document.

All of it was stored by the doors that made it; nothing is computed here and nothing is written.
"""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from dropcast.api.history import describe_models, describe_rollbacks
from dropcast.contracts.documents import read_json
from dropcast.contracts.errors import (
    EmptyDatasetError,
    InvalidRequestError,
    NoChampionError,
    ObjectNotFoundError,
    UnknownPageError,
    describe_unknown,
)
from dropcast.contracts.keys import DATASET_CARD, MODEL_CARD
from dropcast.contracts.limits import FILES_A_PAGE
from dropcast.contracts.messages import Champion, CurrentVersion, name_run
from dropcast.contracts.serialization.codec import to_document
from dropcast.openapi import PAGE, PAGE_HEADERS, PAGE_SCRIPT, build_document
from dropcast.recipe import Recipe, Table
from dropcast.recipes import list_references
from dropcast.runtime.dependencies import Dependencies, make_dependencies
from dropcast.runtime.http import Answer, answer_json, list_field_problems
from dropcast.runtime.routing import Event, answer_route, find_dataset
from dropcast.runtime.versions import read_reference_versions

_AT_ONCE = 8
_CSS, _SCRIPT, _PLAIN = (f"text/{kind}; charset=utf-8" for kind in ("css", "javascript", "plain"))
# The only files of the page's folder that are served, and as what.
PAGE_FILES: Mapping[str, str] = {
    "swagger-ui.css": _CSS,
    "swagger-ui-bundle.js": _SCRIPT,
    "swagger-ui-bundle.js.LICENSE.txt": _PLAIN,
    "LICENSE": _PLAIN,
    "NOTICE": _PLAIN,
}
_PAGE_SCRIPT_NAME = "page.js"
# What a dataset card says of the checked rows; its keys and hashes are for training.
_STATISTICS = (
    "dataset_version",
    "rows_read",
    "duplicates_dropped",
    "replaced_dropped",
    "undefined_dropped",
    "untargeted_dropped",
    "rows",
    "classes",
    "columns",
    "features",
)
# What the ledger says of a drop.
_DROP_FACTS = ("rows_quarantined", "quarantine_key", "report_key", "size_bytes", "finished_at")


def handle(event: Event, context: object) -> Answer:
    """Lambda's entry point."""
    return answer_request(event, context, make_dependencies(prompt=True))


def answer_request(event: Event, context: object, dependencies: Dependencies) -> Answer:
    """Return the proxy answer of one request."""
    return answer_route(event, context, dependencies, ROUTES)


def list_datasets(event: Event, dependencies: Dependencies) -> Answer:
    """Return every dataset in a line: what it is for, how much is there, who answers."""
    del event
    tables: list[Table] = [
        *dependencies.recipes.values(),
        *list_references(dependencies.recipes).values(),
    ]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        lines = list(pool.map(lambda table: _describe_table(table, dependencies), tables))
    return answer_json(200, {"datasets": sorted(lines, key=lambda line: str(line["dataset"]))})


def show_dataset(event: Event, dependencies: Dependencies) -> Answer:
    """Return a dataset's card: its line, the statistics of its columns and a page of its files."""
    table = dependencies.find_table(find_dataset(event))
    after = _read_query(event, "after")["after"]
    current = _find_current(table, dependencies)
    return answer_json(
        200,
        {
            **_describe_table(table, dependencies),
            "statistics": _find_statistics(table, current, dependencies),
            "files": _list_files(current, after, dependencies),
        },
    )


def show_model(event: Event, dependencies: Dependencies) -> Answer:
    """Return the champion's model card, as it was stored."""
    dataset = dependencies.find_recipe(find_dataset(event)).dataset
    champion = dependencies.registry.read_champion(dataset)
    card = dependencies.models.read(MODEL_CARD.format(dataset=dataset, model=champion.model))
    return {
        "statusCode": 200,
        "headers": {"Content-Type": "application/json", "Cache-Control": "no-store"},
        "body": card.body.decode(),
    }


def list_versions(event: Event, dependencies: Dependencies) -> Answer:
    """Return the models that were ever champion, and the rollbacks between them, newest first."""
    dataset = dependencies.find_recipe(find_dataset(event)).dataset
    after = _read_query(event, "models_after", "rollbacks_after")
    registry = dependencies.registry
    champion = _find_champion(dataset, dependencies)
    models = describe_models(
        registry.list_registrations(dataset), champion, after=after["models_after"]
    )
    rollbacks = describe_rollbacks(registry.list_rollbacks(dataset), after=after["rollbacks_after"])
    return answer_json(200, {"dataset": dataset, **models, **rollbacks})


def show_document(event: Event, dependencies: Dependencies) -> Answer:
    """Return the OpenAPI document of the deployed recipes; its server is the stage, or the base
    path of a domain, that it was asked for under."""
    asked = str((event.get("requestContext") or {}).get("path") or "/v1/openapi.json")
    server = asked.removesuffix("/").removesuffix("/openapi.json") or "/"
    return answer_json(200, build_document(dependencies.recipes, server=server))


def show_page(event: Event, dependencies: Dependencies) -> Answer:
    """Return the page that shows the document; all that it loads comes from this API."""
    del event, dependencies
    return _answer_text(PAGE, "text/html; charset=utf-8")


def show_page_file(event: Event, dependencies: Dependencies) -> Answer:
    """Return a style or a script of the page."""
    name = event["pathParameters"]["file"]
    if name == _PAGE_SCRIPT_NAME:
        return _answer_text(PAGE_SCRIPT, _SCRIPT)
    if name not in PAGE_FILES:
        known = ", ".join([_PAGE_SCRIPT_NAME, *PAGE_FILES])
        raise UnknownPageError(f"the page has no file '{name[:100]}'; it has {known}")
    return _answer_text(
        dependencies.page.joinpath(name).read_text(encoding="utf-8"), PAGE_FILES[name]
    )


def _answer_text(text: str, content_type: str) -> Answer:
    return {
        "statusCode": 200,
        "headers": {"Content-Type": content_type, **PAGE_HEADERS},
        "body": text,
    }


def _describe_table(table: Table, dependencies: Dependencies) -> dict[str, object]:
    current = _find_current(table, dependencies)
    recipe = table if isinstance(table, Recipe) else None
    champion = _find_champion(table.dataset, dependencies) if recipe else None
    return {
        "dataset": table.dataset,
        "title": table.title,
        "summary": table.summary,
        "task": recipe.target.task if recipe else None,
        "labels": list(recipe.target.labels) if recipe else [],
        "unit": recipe.target.unit if recipe else None,
        "champion": champion.model if champion else None,
        "current_version": current.version if current else None,
        "rows": _count_rows(current) if current else 0,
    }


def _find_champion(dataset: str, dependencies: Dependencies) -> Champion | None:
    try:
        return dependencies.registry.read_champion(dataset)
    except NoChampionError:
        return None


def _find_current(table: Table, dependencies: Dependencies) -> CurrentVersion | None:
    try:
        return dependencies.versions.read_files(table.dataset)
    except EmptyDatasetError:
        return None


def _count_rows(current: CurrentVersion) -> int:
    """Two keys with the same bytes are one part."""
    return sum({f.part.key: f.part.rows for f in current.files.values()}.values())


def _find_statistics(
    table: Table, current: CurrentVersion | None, dependencies: Dependencies
) -> dict[str, Any] | None:
    """Return the dataset card of the current version, ``None`` before it is there."""
    if current is None or not isinstance(table, Recipe):
        return None
    references, missing = read_reference_versions(table, dependencies)
    if missing:
        return None
    run_id = name_run(current.version, table.training_hash, references)
    try:
        card = read_json(
            dependencies.lake, DATASET_CARD.format(dataset=table.dataset, run_id=run_id)
        )
    except ObjectNotFoundError:
        return None
    return {name: card[name] for name in _STATISTICS}


def _list_files(
    current: CurrentVersion | None, after: str, dependencies: Dependencies
) -> dict[str, object]:
    """Return a page of the raw keys in their order, those after ``after``."""
    if current is None:
        return {"total": 0, "listed": [], "next": None}
    keys = sorted(key for key in current.files if key > after)
    page = keys[:FILES_A_PAGE]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        listed = list(pool.map(lambda key: _describe_file(current, key, dependencies), page))
    return {
        "total": len(current.files),
        "listed": listed,
        "next": page[-1] if len(keys) > len(page) else None,
    }


def _describe_file(
    current: CurrentVersion, key: str, dependencies: Dependencies
) -> dict[str, object]:
    state = current.files[key]
    drop = dependencies.ledger.find(
        dataset=current.dataset, raw_key=key, version_id=state.raw_version_id
    )
    # The pointer moves before the ledger is written: for that moment the rest is not known.
    return {
        "key": key,
        "rows_accepted": state.part.rows,
        "part_sha256": state.part.sha256,
        **dict.fromkeys(_DROP_FACTS),
        **({name: to_document(drop)[name] for name in _DROP_FACTS} if drop else {}),
    }


def _read_query(event: Event, *known: str) -> dict[str, str]:
    """Return the query's parameters, those left out as "". One that is passed over in silence
    would be taken for one that works."""
    given = event.get("queryStringParameters") or {}
    unknown = sorted(name for name in given if name not in known)
    if unknown:
        raise InvalidRequestError(
            list_field_problems(unknown, lambda name: describe_unknown("parameter", name, known))
        )
    return {name: str(given.get(name) or "") for name in known}


ROUTES = {
    ("GET", "/datasets"): list_datasets,
    ("GET", "/openapi.json"): show_document,
    ("GET", "/docs"): show_page,
    ("GET", "/docs/{file}"): show_page_file,
    ("GET", "/{dataset}"): show_dataset,
    ("GET", "/{dataset}/model"): show_model,
    ("GET", "/{dataset}/versions"): list_versions,
}
