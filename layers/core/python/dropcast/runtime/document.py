"""The routes of the API document and of the page that shows it."""

from collections.abc import Mapping

from dropcast.contracts.blobs import HTML_TYPE
from dropcast.contracts.errors import UnknownPageError
from dropcast.openapi import (
    PAGE,
    PAGE_FILES,
    PAGE_HEADERS,
    PAGE_SCRIPT,
    PAGE_SCRIPT_NAME,
    SCRIPT_TYPE,
    build_document,
)
from dropcast.runtime.dependencies import Dependencies
from dropcast.runtime.http import Answer, answer_json, answer_text
from dropcast.runtime.routing import Event, Handler


def show_document(event: Event, dependencies: Dependencies) -> Answer:
    """Return the OpenAPI document of the deployed recipes.

    Its server is the stage, or the base path of a domain, under which it was requested.
    """
    requested = str((event.get("requestContext") or {}).get("path") or "/v1/openapi.json")
    server = requested.removesuffix("/").removesuffix("/openapi.json") or "/"
    return answer_json(200, build_document(dependencies.recipes, server=server))


def show_page(event: Event, dependencies: Dependencies) -> Answer:
    """Return the page that shows the document; all that it loads comes from this API."""
    del event, dependencies
    return answer_text(PAGE, HTML_TYPE, PAGE_HEADERS)


def show_page_file(event: Event, dependencies: Dependencies) -> Answer:
    """Return a style or a script of the page."""
    name = event["pathParameters"]["file"]
    if name == PAGE_SCRIPT_NAME:
        return answer_text(PAGE_SCRIPT, SCRIPT_TYPE, PAGE_HEADERS)
    if name not in PAGE_FILES:
        known = ", ".join([PAGE_SCRIPT_NAME, *PAGE_FILES])
        raise UnknownPageError(f"the page has no file '{name[:100]}'; it has {known}")
    text = dependencies.page.joinpath(name).read_text(encoding="utf-8")
    return answer_text(text, PAGE_FILES[name], PAGE_HEADERS)


DOCUMENT_ROUTES: Mapping[tuple[str, str], Handler] = {
    ("GET", "/openapi.json"): show_document,
    ("GET", "/docs"): show_page,
    ("GET", "/docs/{file}"): show_page_file,
}
