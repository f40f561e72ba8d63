"""A model in a joblib file behind Lambda, as it is mostly done.

It is loaded from S3 when the process starts, and gets a DataFrame per request.
"""

import json
import os
from io import BytesIO
from typing import Any

import boto3
import joblib  # type: ignore[import-untyped] # it ships no types
import pandas as pd

_OBJECT = boto3.client("s3").get_object(
    Bucket=os.environ["DROPCAST_MODEL_BUCKET"], Key="peers/model.joblib"
)
_MODEL = joblib.load(BytesIO(_OBJECT["Body"].read()))


def handle(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Score the rows."""
    del context
    rows = json.loads(event["body"])["rows"]
    probabilities = _MODEL.predict_proba(pd.DataFrame(rows)).tolist()
    predictions = [
        {
            "prediction": int(liked > disliked),
            "probabilities": {"disliked": disliked, "liked": liked},
        }
        for disliked, liked in probabilities
    ]
    return {
        "statusCode": 200,
        "headers": {"Content-Type": "application/json"},
        "body": json.dumps({"predictions": predictions}),
    }
