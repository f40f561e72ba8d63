"""The API's routes: one table of what is asked, which function answers, and which keys it takes.

Everything that depends on who may ask what comes from this table: which methods need a key, which
functions compare the caller's key and with which ids. ``docs/access.md`` shows it to people.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from dropcast.contracts.api_keys import API_KEYS, OPERATOR, PREDICTIONS, UPLOADS
from dropcast.contracts.errors import DropcastError


class RouteKeysError(DropcastError):
    """The routes of one function take different keys, and it could not tell them apart."""


@dataclass(frozen=True, kw_only=True)
class Route:
    """A method of a path. ``door`` is a name of ``cdk.functions.DOORS``; ``keys`` are the API keys
    that may ask, none where no key is needed."""

    method: str
    path: str
    door: str
    keys: tuple[str, ...] = API_KEYS

    @property
    def needs_key(self) -> bool:
        return bool(self.keys)

    @property
    def is_checked_by_function(self) -> bool:
        """Whether API Gateway lets in keys that this route does not take."""
        return self.needs_key and set(self.keys) != set(API_KEYS)


# Nothing but this bounds who asks without a key: of each such route, whoever asks. A page is five
# requests.
OPEN_REQUESTS_PER_SECOND = 5
OPEN_BURST = 20

ROUTES: tuple[Route, ...] = (
    Route(method="POST", path="/{dataset}/predict", door="Predict", keys=(PREDICTIONS, OPERATOR)),
    Route(method="GET", path="/datasets", door="Catalogue"),
    Route(method="GET", path="/{dataset}", door="Catalogue"),
    Route(method="GET", path="/{dataset}/model", door="Catalogue"),
    Route(method="GET", path="/{dataset}/versions", door="Catalogue"),
    # What is dropped teaches the model.
    Route(method="POST", path="/{dataset}/uploads", door="Uploads", keys=(UPLOADS, OPERATOR)),
    Route(method="POST", path="/{dataset}/rollback", door="Rollback", keys=(OPERATOR,)),
    # What the API is, and nothing of what it holds.
    Route(method="GET", path="/openapi.json", door="Catalogue", keys=()),
    Route(method="GET", path="/docs", door="Catalogue", keys=()),
    Route(method="GET", path="/docs/{file}", door="Catalogue", keys=()),
)


def list_checked_keys(routes: Iterable[Route] = ROUTES) -> Mapping[str, tuple[str, ...]]:
    """Return, by function, the keys that it must tell from the others. A function whose routes
    take every key or none is not in it. Raises :class:`RouteKeysError`."""
    by_door: dict[str, set[frozenset[str]]] = {}
    checked: dict[str, tuple[str, ...]] = {}
    for route in routes:
        by_door.setdefault(route.door, set()).add(frozenset(route.keys))
        if route.is_checked_by_function:
            checked[route.door] = route.keys
    mixed = sorted(door for door in checked if len(by_door[door]) > 1)
    if mixed:
        raise RouteKeysError(
            f"the routes of {', '.join(mixed)} take different keys, and a function knows one list "
            "of ids; give the routes the same keys, or functions of their own"
        )
    return checked
