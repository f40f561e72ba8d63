"""The API document: OpenAPI 3.1 made from the recipes, and the page that shows it."""

from dropcast.openapi.document import build_document
from dropcast.openapi.page import PAGE, PAGE_HEADERS, PAGE_SCRIPT

__all__ = ["PAGE", "PAGE_HEADERS", "PAGE_SCRIPT", "build_document"]
