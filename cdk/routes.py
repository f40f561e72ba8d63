"""The API's routes: one table of what is asked, which door answers, and whether a key is needed."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Route:
    """A method of a path. ``door`` is a name of ``cdk.doors.DOORS``."""

    method: str
    path: str
    door: str
    needs_key: bool = True


# Nothing but this bounds who asks without a key: of each such route, whoever asks. A page is five
# requests.
OPEN_REQUESTS_PER_SECOND = 5
OPEN_BURST = 20

ROUTES: tuple[Route, ...] = (
    Route(method="POST", path="/{dataset}/predict", door="Predict"),
    Route(method="GET", path="/datasets", door="Catalogue"),
    Route(method="GET", path="/{dataset}", door="Catalogue"),
    Route(method="GET", path="/{dataset}/model", door="Catalogue"),
    Route(method="GET", path="/{dataset}/versions", door="Catalogue"),
    Route(method="POST", path="/{dataset}/uploads", door="Uploads"),
    # Any key comes this far; the door lets the operator's alone pass (docs/adr/0015).
    Route(method="POST", path="/{dataset}/rollback", door="Rollback"),
    # What the API is, and nothing of what it holds.
    Route(method="GET", path="/openapi.json", door="Catalogue", needs_key=False),
    Route(method="GET", path="/docs", door="Catalogue", needs_key=False),
    Route(method="GET", path="/docs/{file}", door="Catalogue", needs_key=False),
)
