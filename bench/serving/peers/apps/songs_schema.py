"""What a request is, for the services that describe it by pydantic."""

from pydantic import BaseModel


class Song(BaseModel):
    """One row."""

    acousticness: float
    danceability: float
    duration_ms: float
    energy: float
    instrumentalness: float
    key: float
    liveness: float
    loudness: float
    mode: float
    speechiness: float
    tempo: float
    time_signature: float
    valence: float


class Songs(BaseModel):
    """A request's body."""

    rows: list[Song]


def describe(liked: float) -> dict[str, object]:
    """Return one prediction."""
    return {
        "prediction": int(liked > 0.5),
        "probabilities": {"disliked": 1 - liked, "liked": liked},
    }
