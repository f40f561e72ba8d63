"""FastAPI over scikit-learn, with a DataFrame per request.

It runs in the event loop: a thread per request only costs time here.
"""

import os

import joblib  # type: ignore[import-untyped] # it ships no types
import pandas as pd
from fastapi import FastAPI  # type: ignore[import-not-found] # of the peer's environment
from songs_schema import Songs, describe  # type: ignore[import-not-found] # beside this file

app = FastAPI()
_MODEL = joblib.load(os.environ["MODEL_JOBLIB"])


@app.post("/spotify_preference/predict")  # type: ignore[untyped-decorator] # FastAPI is not here
async def predict(songs: Songs) -> dict[str, object]:
    """Score the rows."""
    frame = pd.DataFrame([song.model_dump() for song in songs.rows])
    predictions = _MODEL.predict_proba(frame)[:, 1].tolist()
    return {"predictions": [describe(liked) for liked in predictions]}
