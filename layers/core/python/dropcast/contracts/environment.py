"""Names of the environment variables that the stack gives its functions."""

RAW_BUCKET = "DROPCAST_RAW_BUCKET"
LAKE_BUCKET = "DROPCAST_LAKE_BUCKET"
MODEL_BUCKET = "DROPCAST_MODEL_BUCKET"
STATE_MACHINE_ARN = "DROPCAST_STATE_MACHINE_ARN"
CODE_HASH = "DROPCAST_CODE_HASH"
# Ids of API keys, joined by commas: of those that the function's routes take.
KEY_IDS = "DROPCAST_KEY_IDS"
# The stack's name: two stacks in one region count apart.
METRICS_NAMESPACE = "DROPCAST_METRICS_NAMESPACE"
