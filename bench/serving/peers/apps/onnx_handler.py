"""The same model in ONNX behind Lambda."""

import json
import os
from typing import Any

import boto3
import numpy as np
import onnxruntime  # type: ignore[import-not-found] # only the peer's environment has it

_OPTIONS = onnxruntime.SessionOptions()
_OPTIONS.intra_op_num_threads = 1
_OBJECT = boto3.client("s3").get_object(
    Bucket=os.environ["DROPCAST_MODEL_BUCKET"], Key="peers/model.onnx"
)
_SESSION = onnxruntime.InferenceSession(_OBJECT["Body"].read(), _OPTIONS)
_NAMES = _SESSION.get_modelmeta().custom_metadata_map["names"].split(",")


def handle(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Score the rows."""
    del context
    rows = json.loads(event["body"])["rows"]
    values = np.array([[row[name] for name in _NAMES] for row in rows], dtype=np.float64)
    probabilities = _SESSION.run(["liked"], {"values": values})[0][:, 0].tolist()
    predictions = [
        {
            "prediction": int(liked > 0.5),
            "probabilities": {"disliked": 1 - liked, "liked": liked},
        }
        for liked in probabilities
    ]
    return {
        "statusCode": 200,
        "headers": {"Content-Type": "application/json"},
        "body": json.dumps({"predictions": predictions}),
    }
