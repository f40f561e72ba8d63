"""Uploads function: a name and a size -> a form that drops one file without AWS credentials.

What is dropped trains the model, so only the uploads key and the operator's key are accepted
(docs/access.md).
"""

from dropcast.api.uploads import describe_upload, read_upload
from dropcast.contracts.api_keys import OPERATOR, UPLOADS
from dropcast.runtime.api_keys import require_key
from dropcast.runtime.dependencies import Dependencies, make_dependencies
from dropcast.runtime.http import Answer, answer_json
from dropcast.runtime.routing import Event, answer_route, find_dataset, read_fields
from dropcast.steps.requests.uploads import open_upload

KEYS = (UPLOADS, OPERATOR)


def handle(event: Event, context: object) -> Answer:
    """Lambda's entry point."""
    return answer_request(event, context, make_dependencies(prompt=True))


def answer_request(event: Event, context: object, dependencies: Dependencies) -> Answer:
    """Return the proxy answer of one request."""
    return answer_route(event, context, dependencies, ROUTES)


def _open_upload(event: Event, ports: Dependencies) -> Answer:
    require_key(event, ports.key_ids, KEYS)
    table = ports.find_table(find_dataset(event))
    requested = read_upload(read_fields(event))
    opened = open_upload(requested, table=table, forms=ports.uploads, now=ports.now)
    return answer_json(201, describe_upload(opened))


ROUTES = {("POST", "/{dataset}/uploads"): _open_upload}
