"""Lambda's layers, and its limits of code, requests and answers."""

from proofs.probes.functions.synchronous_calls import call, mirror
from proofs.probes.lambda_functions import SOURCE, make_mirror
from proofs.probes.probe import Probe, outcome
from proofs.probes.resources import make_function, zip_files
from proofs.probes.target import Target

_MIB = 1024 * 1024
# 262,144,000 bytes and one more.
_TOO_LARGE = 250 * _MIB + 1


def _make_layer(target: Target, content: dict[str, str | bytes]) -> str:
    functions, name = target.client("lambda"), target.name("layer")
    made = functions.publish_layer_version(LayerName=name, Content={"ZipFile": zip_files(content)})
    target.remove_later(
        name,
        lambda: functions.delete_layer_version(LayerName=name, VersionNumber=made["Version"]),
    )
    return str(made["LayerVersionArn"])


def make_layered(target: Target) -> str:
    """Return a function with two layers, and modules that they and it have in common."""
    layers = [
        _make_layer(
            target,
            {
                **{f"python/{module}.py": f"WHO = '{who}'" for module in ("both", "every")},
                f"python/alone_{who}.py": f"WHO = '{who}'",
                f"python/package/{who}.py": "",
            },
        )
        for who in ("first", "second")
    ]
    files: dict[str, str | bytes] = {"handler.py": SOURCE, "every.py": "WHO = 'function'"}
    return make_function(target, files, Layers=layers)


def merge_layers(target: Target) -> str:
    name = target.once(make_layered)
    modules = ("alone_first", "alone_second", "both")
    return ", ".join(
        str(call(target, name, {"do": "import", "module": module})[1]) for module in modules
    )


def prefer_own_code(target: Target) -> str:
    return str(call(target, target.once(make_layered), {"do": "import", "module": "every"})[1])


def count_layers(target: Target) -> str:
    layers = [_make_layer(target, {"python/one.py": f"N = {n}"}) for n in range(6)]
    return outcome(lambda: make_function(target, {"handler.py": SOURCE}, Layers=layers))


def weigh_code(target: Target) -> str:
    files: dict[str, str | bytes] = {"handler.py": SOURCE, "large": bytes(_TOO_LARGE)}
    return outcome(lambda: make_function(target, files))


def call_with(target: Target, size: int, kind: str) -> str:
    functions, name = target.client("lambda"), target.once(make_mirror)
    payload = b'{"x":"' + b"x" * (size - 8) + b'"}'
    return outcome(
        lambda: functions.invoke(FunctionName=name, Payload=payload, InvocationType=kind)
    )


def limit_requests(target: Target) -> str:
    taken, refused = (call_with(target, size, "RequestResponse") for size in (6 * _MIB, 7 * _MIB))
    return f"6 MiB {taken}, 7 MiB {refused}"


def limit_events(target: Target) -> str:
    return f"2 MiB {call_with(target, 2 * _MIB, 'Event')}"


def limit_answers(target: Target) -> str:
    how, answer = mirror(target, do="answer", bytes=7 * _MIB)
    return f"7 MiB {how} {answer.get('errorType')}" if how != "ok" else "7 MiB ok"


_LAYERS = "AWS Lambda Developer Guide: Adding layers to functions"
_QUOTAS = "AWS Lambda Developer Guide: Lambda quotas"
_ROWS = (
    (
        "A later layer's file takes the place of an earlier one's",
        "first, second, second",
        _LAYERS,
        "cdk/functions.py LAYERS",
        merge_layers,
    ),
    (
        "The function's own module goes before a layer's",
        "function",
        _LAYERS,
        "functions/*",
        prefer_own_code,
    ),
    (
        "A sixth layer",
        "400 InvalidParameterValueException",
        _QUOTAS,
        "cdk/functions.py: at most five",
        count_layers,
    ),
    (
        "Code above 250 MiB unzipped",
        "400 InvalidParameterValueException",
        _QUOTAS,
        "toolchain/builder/budget.py",
        weigh_code,
    ),
    (
        "A request above 6 MiB",
        "6 MiB ok, 7 MiB 413 RequestEntityTooLargeException",
        _QUOTAS,
        "contracts/limits.py",
        limit_requests,
    ),
    (
        "An asynchronous event above 1 MiB",
        "2 MiB 413 RequestEntityTooLargeException",
        _QUOTAS,
        "cdk/triggers.py: S3's events are small",
        limit_events,
    ),
    (
        "An answer above 6 MiB",
        "7 MiB Unhandled Function.ResponseSizeTooLarge",
        _QUOTAS,
        "contracts/limits.py; functions/predict",
        limit_answers,
    ),
)
PROBES = tuple(
    Probe(name=name, service="Lambda", aws=aws, source=source, relied_on=relied, look=look)
    for name, aws, source, relied, look in _ROWS
)
