"""FastAPI over onnxruntime, with an array per request."""

import os

import numpy as np
import onnxruntime  # type: ignore[import-not-found] # of the peer's environment
from fastapi import FastAPI  # type: ignore[import-not-found] # the same
from songs_schema import Songs, describe  # type: ignore[import-not-found] # beside this file

app = FastAPI()
_OPTIONS = onnxruntime.SessionOptions()
_OPTIONS.intra_op_num_threads = 1
_SESSION = onnxruntime.InferenceSession(os.environ["MODEL_ONNX"], _OPTIONS)
_NAMES = _SESSION.get_modelmeta().custom_metadata_map["names"].split(",")


@app.post("/spotify_preference/predict")  # type: ignore[untyped-decorator] # FastAPI is not here
async def predict(songs: Songs) -> dict[str, object]:
    """Score the rows."""
    values = np.array([[getattr(song, name) for name in _NAMES] for song in songs.rows])
    predictions = _SESSION.run(["liked"], {"values": values})[0][:, 0].tolist()
    return {"predictions": [describe(liked) for liked in predictions]}
