"""The API's routes: one table of paths, the functions that serve them, and the keys that they take.

Everything that depends on who may call what comes from this table: which methods need a key, which
functions compare the caller's key and with which ids. ``docs/access.md`` shows it to people.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from dropcast.contracts.api_keys import API_KEYS, OPERATOR, PREDICTIONS, UPLOADS
from dropcast.contracts.errors import DropcastError


class RouteKeysError(DropcastError):
    """The routes of one function take different keys, and it could not distinguish them."""


@dataclass(frozen=True, kw_only=True)
class Route:
    """A method of a path.

    ``function`` is a name in ``cdk.functions.FUNCTIONS``. ``keys`` are the purposes of the API
    keys that are accepted; it is empty where no key is needed.
    """

    method: str
    path: str
    function: str
    keys: tuple[str, ...] = API_KEYS

    @property
    def needs_key(self) -> bool:
        """Whether API Gateway asks for a key."""
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
    Route(
        method="POST", path="/{dataset}/predict", function="Predict", keys=(PREDICTIONS, OPERATOR)
    ),
    Route(method="GET", path="/datasets", function="Catalogue"),
    Route(method="GET", path="/{dataset}", function="Catalogue"),
    Route(method="GET", path="/{dataset}/model", function="Catalogue"),
    Route(method="GET", path="/{dataset}/versions", function="Catalogue"),
    # What is dropped teaches the model.
    Route(method="POST", path="/{dataset}/uploads", function="Uploads", keys=(UPLOADS, OPERATOR)),
    Route(method="POST", path="/{dataset}/rollback", function="Rollback", keys=(OPERATOR,)),
    # What the API is, and nothing of what it holds.
    Route(method="GET", path="/openapi.json", function="Catalogue", keys=()),
    Route(method="GET", path="/docs", function="Catalogue", keys=()),
    Route(method="GET", path="/docs/{file}", function="Catalogue", keys=()),
)


def list_checked_keys(routes: Iterable[Route] = ROUTES) -> Mapping[str, tuple[str, ...]]:
    """Return the keys that each function must accept and no other, by the function's name.

    A function whose routes take every key, or none, is not in the result. Raises
    :class:`RouteKeysError`.
    """
    by_function: dict[str, set[frozenset[str]]] = {}
    checked: dict[str, tuple[str, ...]] = {}
    for route in routes:
        by_function.setdefault(route.function, set()).add(frozenset(route.keys))
        if route.is_checked_by_function:
            checked[route.function] = route.keys
    mixed = sorted(function for function in checked if len(by_function[function]) > 1)
    if mixed:
        raise RouteKeysError(
            f"the routes of {', '.join(mixed)} take different keys, and a function knows one list "
            "of ids; give the routes the same keys, or functions of their own"
        )
    return checked
