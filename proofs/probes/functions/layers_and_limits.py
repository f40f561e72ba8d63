"""Lambda's layers, and its limits of code, requests and responses."""

from proofs.probes.lambda_functions import (
    SOURCE,
    Files,
    call,
    call_shared,
    make_function,
    make_shared_function,
    zip_files,
)
from proofs.probes.probe import describe_call, make_probes
from proofs.probes.target import Target

_MIB = 1024 * 1024
# 262,144,000 bytes and one more.
_TOO_LARGE = 250 * _MIB + 1


def _make_layer(target: Target, files: Files) -> str:
    functions, name = target.client("lambda"), target.name("layer")
    made = functions.publish_layer_version(LayerName=name, Content={"ZipFile": zip_files(files)})
    target.remove_later(
        name,
        lambda: functions.delete_layer_version(LayerName=name, VersionNumber=made["Version"]),
    )
    return str(made["LayerVersionArn"])


def _make_layered(target: Target) -> str:
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
    files = {"handler.py": SOURCE, "every.py": "WHO = 'function'"}
    return make_function(target, files, Layers=layers)


def _import_modules(target: Target, *modules: str) -> str:
    name = target.once(_make_layered)
    events = [{"do": "import", "module": module} for module in modules]
    return ", ".join(str(call(target, name, event)[1]) for event in events)


def _merge_layers(target: Target) -> str:
    return _import_modules(target, "alone_first", "alone_second", "both")


def _prefer_own_code(target: Target) -> str:
    return _import_modules(target, "every")


def _add_sixth_layer(target: Target) -> str:
    layers = [_make_layer(target, {"python/one.py": f"N = {n}"}) for n in range(6)]
    return describe_call(lambda: make_function(target, Layers=layers))


def _exceed_code_size(target: Target) -> str:
    files: Files = {"handler.py": SOURCE, "large": bytes(_TOO_LARGE)}
    return describe_call(lambda: make_function(target, files))


def _call_with(target: Target, size: int, kind: str) -> str:
    functions, name = target.client("lambda"), target.once(make_shared_function)
    payload = b'{"x":"' + b"x" * (size - 8) + b'"}'
    return describe_call(
        lambda: functions.invoke(FunctionName=name, Payload=payload, InvocationType=kind)
    )


def _exceed_request(target: Target) -> str:
    taken, refused = (_call_with(target, size, "RequestResponse") for size in (6 * _MIB, 7 * _MIB))
    return f"6 MiB {taken}, 7 MiB {refused}"


def _exceed_event(target: Target) -> str:
    return f"2 MiB {_call_with(target, 2 * _MIB, 'Event')}"


def _exceed_response(target: Target) -> str:
    how, result = call_shared(target, do="return", bytes=7 * _MIB)
    return f"7 MiB {how} {result.get('errorType')}" if how != "ok" else "7 MiB ok"


_LAYERS = "AWS Lambda Developer Guide: Adding layers to functions"
_QUOTAS = "AWS Lambda Developer Guide: Lambda quotas"
PROBES = make_probes(
    "Lambda",
    (
        "A later layer's file replaces an earlier one's",
        "first, second, second",
        _LAYERS,
        "cdk/functions.py LAYERS",
        _merge_layers,
    ),
    (
        "The function's own module is found before a layer's",
        "function",
        _LAYERS,
        "functions/*",
        _prefer_own_code,
    ),
    (
        "A sixth layer",
        "400 InvalidParameterValueException",
        _QUOTAS,
        "cdk/functions.py: at most five",
        _add_sixth_layer,
    ),
    (
        "Code above 250 MiB unzipped",
        "400 InvalidParameterValueException",
        _QUOTAS,
        "toolchain/builder/budget.py",
        _exceed_code_size,
    ),
    (
        "A request above 6 MiB",
        "6 MiB ok, 7 MiB 413 RequestEntityTooLargeException",
        _QUOTAS,
        "contracts/limits.py",
        _exceed_request,
    ),
    (
        "An asynchronous event above 1 MiB",
        "2 MiB 413 RequestEntityTooLargeException",
        _QUOTAS,
        "cdk/triggers.py: S3's events are small",
        _exceed_event,
    ),
    (
        "A response above 6 MiB",
        "7 MiB Unhandled Function.ResponseSizeTooLarge",
        _QUOTAS,
        "contracts/limits.py; functions/predict",
        _exceed_response,
    ),
)
