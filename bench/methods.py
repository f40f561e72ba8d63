"""The text of the benchmarks' page: how each part is measured."""

from collections.abc import Mapping

from dropcast.ingest import ROW_GROUP_ROWS
from operations.pricing.per_use import MIB_OF_ONE_CORE
from operations.pricing.prices import (
    API_CALL,
    LAMBDA_ARM_GB_SECOND,
    LAMBDA_REQUEST,
    LOG_INGESTION,
    READ_ON,
    REGION,
)

# Part -> (heading, how it is measured).
METHODS: Mapping[str, tuple[str, str]] = {
    "a": (
        "Cold start to first response",
        "A fresh process a sample, under `awslambdaric` with a local Runtime API, from its start "
        "to its first response; 100 boosted trees. All run the same Python with `awslambdaric` and "
        "`boto3` on the path, as in Lambda's image, and read their model from the same local S3 "
        "(the embedded cloud): Dropcast by its own reader, the others by `boto3`. Libraries have "
        "valid bytecode unless the line says otherwise; the page cache is warm. What Lambda adds "
        "(fetching the package, starting the sandbox) is the same for all but for the package's "
        "size, and is not in these figures. The lines “of which” are differences of the same "
        "rounds' starts: of a bare handler, of ours that is imported and not called, and of ours.",
    ),
    "b1": (
        "One row in one process",
        "Each call is timed by itself, on one thread; p50 and p99 are of each round's calls. The "
        "scorer's row is one that was checked; the pipeline is a `ColumnTransformer` that picks "
        "the columns by name, a `StandardScaler` for the logistic regression, and the model. The "
        "whole handler takes API Gateway's event and returns its response: JSON read, row checked, "
        "scored, receipt, JSON and log line written; its peer is the same handler with a DataFrame "
        "and the pipeline in the scorer's place. All predict within 1e-6 of each other, or nothing "
        "is timed. The lines “of which” are medians of each part's calls, timed in a request's "
        "order, a row after the other.",
    ),
    "b2": (
        "Requests a second over HTTP",
        "100 boosted trees, one worker each, numeric libraries on one thread. No server writes an "
        "access log, and a peer that wrote a line a request would end the run; the structured line "
        "that Dropcast's handler logs of each request is part of its work and is written. That "
        "handler stands behind uvicorn by a dozen lines of ASGI, FastAPI behind the same uvicorn; "
        "`mlflow models serve` and BentoML bring their own servers. The client keeps its "
        "connections open, each with one request under way, in the bench's own process; a round "
        "ends when its last response is there. For onnxruntime the trees were written to ONNX node "
        "by node in float64. All predict within 1e-6 of scikit-learn, or nothing is timed.",
    ),
    "c": (
        "Many rows at once",
        "Feature values in a float64 array, to probabilities in one. Dropcast's batch scorer runs "
        "on one thread always; scikit-learn's boosted trees and logistic regression on one and on "
        "all, its random forest and XGBoost on one. XGBoost's own `predict` is timed with the "
        "making of its `DMatrix` from the array. All predict within 1e-6 of each other, or nothing "
        "is timed. The lines “of which” are shares of one block's time, each step timed alone; "
        "a line of places alone is a share of the line before it.",
    ),
    "d": (
        "Ingest",
        "Made-up trips with a column of each kind, a fresh process a sample, imports apart. The "
        "files are equal: zstd at level 1, whole numbers and times as differences "
        f"(DELTA_BINARY_PACKED), dictionaries on texts, row groups of {ROW_GROUP_ROWS:,} rows; the "
        "run ends if a file's metadata says otherwise. Equal too: an empty field is null, and a "
        "quoted line break belongs to its field (`newlines_in_values` for Arrow), because ours "
        "reads every file so; a line below shows what that costs Arrow. Not equal: ours is the "
        "whole work of the ingest function, with hashes, every check of the recipe and "
        "quarantine; it reads the file twice for that, and writes each row's line number as an "
        "additional column. The peers only parse and write. Ours parses on one thread per core, at "
        "most four, and writes on one more; Arrow's streaming reader and pandas work as they do by "
        "default, and Arrow's dataset writer, which parses and writes side by side as ours does, "
        "is a line of its own. "
        "Peak memory is the process's, its libraries included. The lines “of which” are "
        "processor seconds, one part after another, on all threads together.",
    ),
    "e": (
        "From drop to champion",
        "On the embedded cloud (the deployed template and handlers; its Lambda is a process on "
        "this machine), by the execution's own history. Each drop is a new version of the sample; "
        "the first one, which finds everything cold, is not counted. Training is what fits "
        "candidates: the states `Try candidates` and `Fit model`.",
    ),
    "f": (
        "Package sizes",
        "Zipped (deflate) and as unpacked, bytecode included, the model apart. Ours is the predict "
        "function with its layers, a peer is all that its pinned requirements install. `boto3` and "
        "`awslambdaric`, which Lambda's image has, are not counted.",
    ),
    "g": (
        "A million predictions",
        "Milliseconds from the event's hand-over to its response under `awslambdaric`, process "
        "warm, stretched to the share of a core that the template's memory gives "
        f"({MIB_OF_ONE_CORE:,} MiB is one) and "
        "billed by whole milliseconds; a cost is of one round of a fresh process. Prices of "
        f"{REGION} for arm64, without free tiers, read on {READ_ON} "
        f"([all of them](costs.md#prices)): ${LAMBDA_ARM_GB_SECOND.usd:.10f} a GB-second and "
        f"${LAMBDA_REQUEST.usd:.2f} a million invocations ([Lambda]({LAMBDA_REQUEST.page.url})), "
        f"${API_CALL.usd:.2f} a million REST calls ([API Gateway]({API_CALL.page.url})), "
        f"${LOG_INGESTION.usd:.2f} a GB of logs ([CloudWatch]({LOG_INGESTION.page.url})). "
        "Cold starts are left out: how many there are depends on the traffic. Only the compute "
        "differs: the peer is given our log line and the same gateway.",
    ),
}
