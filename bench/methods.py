"""The words of the benchmarks' page: how each part is measured, and why a figure falls short."""

from collections.abc import Mapping

# Part -> (heading, how it is measured).
METHODS: Mapping[str, tuple[str, str]] = {
    "a": (
        "Cold start to first answer",
        "A fresh process a sample, under `awslambdaric` with a local Runtime API, from its start "
        "to its first answer; 100 boosted trees. All run the same Python with `awslambdaric` and "
        "`boto3` on the path, as in Lambda's image, and read their model from the same local S3 "
        "(the embedded cloud): Dropcast by its own reader, the others by `boto3`. Libraries have "
        "valid bytecode unless the line says otherwise; the page cache is warm. What Lambda adds "
        "(fetching the package, starting the sandbox) is the same for all but for the package's "
        "size, and is not in these figures.",
    ),
    "b1": (
        "One row in one process",
        "Each call is timed by itself, on one thread; p50 and p99 are of each round's calls. The "
        "scorer's row is one that was checked; the pipeline is a `ColumnTransformer` that picks "
        "the columns by name, a `StandardScaler` for the logistic regression, and the model. The "
        "whole handler takes API Gateway's event and gives its answer: JSON read, row checked, "
        "scored, receipt, JSON and log line written; its peer is the same handler with a DataFrame "
        "and the pipeline in the scorer's place. All answer within 1e-6 of each other, or nothing "
        "is timed.",
    ),
    "b2": (
        "Requests a second over HTTP",
        "100 boosted trees, one worker each, numeric libraries on one thread, no access logs. "
        "Dropcast's handler stands behind uvicorn by a dozen lines of ASGI, FastAPI behind the "
        "same uvicorn; `mlflow models serve` and BentoML bring their own servers. The client keeps "
        "its connections open, each with one request under way, in the bench's own process. For "
        "onnxruntime the trees were written to ONNX node by node in float64. All answer within "
        "1e-6 of scikit-learn, or nothing is timed.",
    ),
    "c": (
        "Many rows at once",
        "Feature values in a float64 array, to probabilities in one. Dropcast's batch scorer runs "
        "on one thread, scikit-learn's `predict_proba` on one and on all.",
    ),
    "d": (
        "Ingest",
        "Made-up trips with a column of each kind, a fresh process a sample, imports apart. Ours "
        "is the ingest door's whole work: hashes, every check of the recipe, quarantine, clean "
        "part. The peers only parse and write Parquet of the same types and compression. Peak "
        "memory is the process's, its libraries included.",
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
        "`awslambdaric`, which Lambda's image has, count for nobody.",
    ),
    "g": (
        "A million predictions",
        "Milliseconds from the event's hand-over to its answer under `awslambdaric`, process warm, "
        "stretched to the share of a core that the template's memory gives (1,769 MiB is one) and "
        "billed by whole milliseconds. Prices of us-east-1 for arm64, without free tiers, as of "
        "November 2026: $0.0000133334 a GB-second and $0.20 a million invocations "
        "([Lambda](https://aws.amazon.com/lambda/pricing/)), $3.50 a million REST calls "
        "([API Gateway](https://aws.amazon.com/api-gateway/pricing/)), $0.50 a GB of logs "
        "([CloudWatch](https://aws.amazon.com/cloudwatch/pricing/)). Cold starts are left out: "
        "how many there are is the traffic's affair.",
    ),
}

# (Part, words of the line) -> why it falls short, where it does.
REASONS: Mapping[tuple[str, str], str] = {
    ("a", "does nothing"): (
        "the two lines of the cold start's section that begin with “of ours” say where the time "
        "beyond a bare handler's goes."
    ),
    ("b2", "onnxruntime"): (
        "the trees take the smaller part of a request here; the checks that name every problem of "
        "a row, the receipt and the structured log line, which that service has not, take the rest."
    ),
    ("c", "all threads"): "the batch scorer runs on one thread, scikit-learn on every core.",
}
