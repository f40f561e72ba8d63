"""BentoML over scikit-learn, with a DataFrame per request, one worker and no access log."""

import os

import bentoml  # type: ignore[import-not-found] # of the peer's environment
import joblib  # type: ignore[import-untyped] # it ships no types
import pandas as pd
from songs_schema import Song, describe  # type: ignore[import-not-found] # beside this file


@bentoml.service(workers=1, logging={"access": {"enabled": False}})
class Songs:
    """The model's service."""

    def __init__(self) -> None:
        self.model = joblib.load(os.environ["MODEL_JOBLIB"])

    @bentoml.api  # type: ignore[untyped-decorator] # the same
    def predict(self, rows: list[Song]) -> dict[str, object]:
        """Score the rows."""
        frame = pd.DataFrame([song.model_dump() for song in rows])
        predictions = self.model.predict_proba(frame)[:, 1].tolist()
        return {"predictions": [describe(liked) for liked in predictions]}
