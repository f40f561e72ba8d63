"""Responses that API Gateway makes by itself, in the format of the functions' own (RFC 9457)."""

from collections.abc import Mapping
from dataclasses import dataclass

from dropcast.contracts.limits import MAX_BODY_BYTES


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """A status, and the sentence for the caller: what is wrong and what to do."""

    status: int
    detail: str


# API Gateway's name of a response -> ours. The two defaults stand for all that is not named here,
# and only with a status of their own can the body contain it.
REFUSALS: Mapping[str, Refusal] = {
    "BAD_REQUEST_PARAMETERS": Refusal(
        status=400,
        detail="a part of the path is empty; GET /v1/docs shows what each route takes",
    ),
    "INVALID_API_KEY": Refusal(
        status=403,
        detail="no API key, or one that is not known; send yours as the header x-api-key",
    ),
    # What API Gateway says of a path that it does not have.
    "MISSING_AUTHENTICATION_TOKEN": Refusal(
        status=404, detail="no such route; GET /v1/docs lists them"
    ),
    "RESOURCE_NOT_FOUND": Refusal(status=404, detail="no such route; GET /v1/docs lists them"),
    "REQUEST_TOO_LARGE": Refusal(
        status=413,
        detail=f"the request is too large; a body has at most {MAX_BODY_BYTES:,} bytes",
    ),
    "THROTTLED": Refusal(
        status=429, detail="too many requests at once; wait a second and try again"
    ),
    "QUOTA_EXCEEDED": Refusal(
        status=429, detail="the key's requests of this day are used up; try again tomorrow"
    ),
    "INTEGRATION_FAILURE": Refusal(
        status=504, detail="the function was not reached; try again, the log has this instance"
    ),
    "INTEGRATION_TIMEOUT": Refusal(
        status=504, detail="the function did not respond in time; try again, with fewer rows"
    ),
    "DEFAULT_4XX": Refusal(
        status=400,
        detail="the request cannot be understood; GET /v1/docs shows what each route takes",
    ),
    "DEFAULT_5XX": Refusal(
        status=502,
        detail="the function returned no valid response; try again, the log has this instance",
    ),
}
