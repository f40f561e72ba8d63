"""Catalogue function: what there is to know of datasets and models, and the API document."""

from dropcast.api.catalogue import describe_datasets, describe_details
from dropcast.api.history import describe_history
from dropcast.runtime.dependencies import Dependencies, make_dependencies
from dropcast.runtime.document import DOCUMENT_ROUTES
from dropcast.runtime.http import Answer, answer_json, answer_text
from dropcast.runtime.routing import Event, answer_route, find_dataset, read_query
from dropcast.steps.requests import catalogue


def handle(event: Event, context: object) -> Answer:
    """Lambda's entry point."""
    return answer_request(event, context, make_dependencies(prompt=True))


def answer_request(event: Event, context: object, dependencies: Dependencies) -> Answer:
    """Return the proxy answer of one request."""
    return answer_route(event, context, dependencies, ROUTES)


def _show_datasets(_: Event, ports: Dependencies) -> Answer:
    tables = ports.tables.values()
    states = catalogue.list_datasets(tables, versions=ports.versions, registry=ports.registry)
    return answer_json(200, {"datasets": describe_datasets(states)})


def _show_dataset(event: Event, ports: Dependencies) -> Answer:
    details = catalogue.read_details(
        ports.find_table(find_dataset(event)),
        **read_query(event, "after"),
        lake=ports.lake,
        ledger=ports.ledger,
        versions=ports.versions,
        registry=ports.registry,
    )
    return answer_json(200, describe_details(details))


def _show_model(event: Event, ports: Dependencies) -> Answer:
    dataset = ports.find_recipe(find_dataset(event)).dataset
    card = catalogue.read_model_card(dataset, models=ports.models, registry=ports.registry)
    return answer_text(card)


def _show_versions(event: Event, ports: Dependencies) -> Answer:
    dataset = ports.find_recipe(find_dataset(event)).dataset
    history = catalogue.read_history(dataset, registry=ports.registry)
    pages = read_query(event, "models_after", "rollbacks_after")
    return answer_json(200, describe_history(history, **pages))


ROUTES = {
    **DOCUMENT_ROUTES,
    ("GET", "/datasets"): _show_datasets,
    ("GET", "/{dataset}"): _show_dataset,
    ("GET", "/{dataset}/model"): _show_model,
    ("GET", "/{dataset}/versions"): _show_versions,
}
