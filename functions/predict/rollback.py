"""Rollback function: an operator puts an earlier champion back.

Only the operator's API key may do so; any other is answered with 403. Of two movers at the same
moment one is answered with 409.
"""

from dropcast.api.rollback import describe_rollback, read_rollback
from dropcast.contracts.api_keys import OPERATOR
from dropcast.runtime.api_keys import require_key
from dropcast.runtime.dependencies import Dependencies, make_dependencies
from dropcast.runtime.http import Answer, answer_json
from dropcast.runtime.routing import (
    Event,
    answer_route,
    find_dataset,
    find_request_id,
    read_fields,
)
from dropcast.steps.requests.rollback import roll_back

KEYS = (OPERATOR,)


def handle(event: Event, context: object) -> Answer:
    """Lambda's entry point."""
    return answer_request(event, context, make_dependencies(prompt=True))


def answer_request(event: Event, context: object, dependencies: Dependencies) -> Answer:
    """Return the proxy answer of one request."""
    return answer_route(event, context, dependencies, ROUTES)


def _roll_back(event: Event, ports: Dependencies) -> Answer:
    key_id = require_key(event, ports.key_ids, KEYS)
    dataset = ports.find_recipe(find_dataset(event)).dataset
    done = roll_back(
        read_rollback(read_fields(event)),
        dataset=dataset,
        key_id=key_id,
        request_id=find_request_id(event),
        models=ports.models,
        registry=ports.registry,
        code_hash=ports.code_hash,
        now=ports.now,
    )
    return answer_json(200, describe_rollback(done))


ROUTES = {("POST", "/{dataset}/rollback"): _roll_back}
