"""The API document: OpenAPI 3.1 made from the recipes, and the page that shows it."""

from dropcast.openapi.document import build_document
from dropcast.openapi.page import (
    PAGE,
    PAGE_FILES,
    PAGE_HEADERS,
    PAGE_SCRIPT,
    PAGE_SCRIPT_NAME,
    SCRIPT_TYPE,
)

__all__ = [
    "PAGE",
    "PAGE_FILES",
    "PAGE_HEADERS",
    "PAGE_SCRIPT",
    "PAGE_SCRIPT_NAME",
    "SCRIPT_TYPE",
    "build_document",
]
