"""Lambda, called and waited for: errors, time, memory, layers, limits."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from emulators.probes.making import make_function, zip_files
from emulators.probes.mirror import SOURCE, make_mirror
from emulators.probes.probe import Probe, outcome
from emulators.probes.target import Target

_MIB = 1024 * 1024
# 262,144,000 bytes and one more.
_TOO_LARGE = 250 * _MIB + 1


def call(target: Target, name: str, event: object, **settings: Any) -> tuple[str, Any]:
    """Return whether the function failed (``ok`` or AWS's ``FunctionError``), and its answer."""
    answer = target.client("lambda").invoke(
        FunctionName=name, Payload=json.dumps(event).encode(), **settings
    )
    return answer.get("FunctionError", "ok"), json.loads(answer["Payload"].read() or b"null")


def mirror(target: Target, **event: Any) -> tuple[str, Any]:
    """Call the run's mirror."""
    return call(target, target.once(make_mirror), event)


def name_error(target: Target) -> str:
    how, answer = mirror(target, do="fail", error="BusyError")
    fields = " ".join(sorted(set(answer) & {"errorMessage", "errorType", "stackTrace"}))
    return f"{how} {answer.get('errorType')}, with {fields}"


def name_exit(target: Target) -> str:
    how, answer = mirror(target, do="exit")
    return f"{how} {answer.get('errorType')}"


def name_import_error(target: Target) -> str:
    name = make_function(target, {"handler.py": "import not_there"})
    how, answer = call(target, name, {})
    return f"{how} {answer.get('errorType')}"


def end_in_time(target: Target) -> str:
    name = make_function(target, {"handler.py": SOURCE}, Timeout=1)
    _, before = call(target, name, {})
    how, answer = call(target, name, {"do": "sleep", "seconds": 8})
    told = "timed out after 1.00 seconds" in str(answer.get("errorMessage"))
    _, after = call(target, name, {})
    fresh = "a new process" if after["process"] != before["process"] else "the same process"
    return f"{how} {answer.get('errorType')}{', told so' if told else ''}, then {fresh}"


def count_time(target: Target) -> str:
    _, (first, second) = mirror(target, do="left")
    return "counts down" if 8000 < first <= 10000 and 250 <= first - second < 5000 else "does not"


def tell_memory(target: Target) -> str:
    _, seen = mirror(target, variables=["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"])
    return f"{seen['memory']}, {seen['variables']['AWS_LAMBDA_FUNCTION_MEMORY_SIZE']}"


def take_memory(target: Target) -> str:
    name = make_function(target, {"handler.py": SOURCE}, MemorySize=128, Timeout=30)
    how, answer = call(target, name, {"do": "take", "bytes": 200 * _MIB})
    return f"{how} {answer.get('errorType')}" if how != "ok" else "ok"


def measure_disk(target: Target) -> str:
    name = make_function(target, {"handler.py": SOURCE}, EphemeralStorage={"Size": 1024})
    _, found = call(target, name, {"do": "disk"})
    return "as declared" if 900 * _MIB <= found <= 1100 * _MIB else "another's"


def tell_variables(target: Target) -> str:
    _, seen = mirror(target, variables=["PROBE", "AWS_LAMBDA_FUNCTION_NAME", "AWS_REGION"])
    told = seen["variables"]
    named = told["AWS_LAMBDA_FUNCTION_NAME"] == target.once(make_mirror)
    where = told["AWS_REGION"] == target.region
    return f"{told['PROBE']}, own name {named}, region {where}"


def keep_warm(target: Target) -> str:
    name = make_function(target, {"handler.py": SOURCE})
    seen = [call(target, name, {})[1] for _ in range(2)]
    call(target, name, {"do": "fail", "error": "DataError"})
    seen.append(call(target, name, {})[1])
    return "calls " + " ".join(str(one["calls"]) for one in seen)


def run_at_once(target: Target) -> str:
    with ThreadPoolExecutor(3) as pool:
        asked = [pool.submit(mirror, target, do="sleep", seconds=1) for _ in range(3)]
        answers = [future.result()[1] for future in asked]
    return f"{len({answer['process'] for answer in answers})} environments for 3"


def call_alias(target: Target) -> str:
    name = make_function(target, {"handler.py": SOURCE})
    functions = target.client("lambda")
    version = functions.publish_version(FunctionName=name)["Version"]
    functions.create_alias(FunctionName=name, Name="live", FunctionVersion=version)
    _, seen = call(target, name, {}, Qualifier="live")
    return f"version {version}, called as {seen['arn'].rpartition(':')[2]}"


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


_ERRORS = "AWS Lambda Developer Guide: Lambda function errors in Python"
_RUN = "AWS Lambda Developer Guide: Understanding the Lambda execution environment lifecycle"
_LAYERS = "AWS Lambda Developer Guide: Adding layers to functions"
_QUOTAS = "AWS Lambda Developer Guide: Lambda quotas"
_MEMORY = "AWS Lambda Developer Guide: Configure Lambda function memory"
_VARIABLES = "AWS Lambda Developer Guide: Working with Lambda environment variables"
_ROWS = (
    (
        "A Python function's error is named by its class",
        "Unhandled BusyError, with errorMessage errorType stackTrace",
        _ERRORS,
        "cdk/training.py: retried and caught by name",
        name_error,
    ),
    (
        "A process that exits",
        "Unhandled Runtime.ExitError",
        _RUN,
        "cdk/training.py: caught as any other",
        name_exit,
    ),
    (
        "A module that cannot be imported",
        "Unhandled Runtime.ImportModuleError",
        _ERRORS,
        "layers: a gap is seen at the first call",
        name_import_error,
    ),
    (
        "A function whose time is up",
        "Unhandled Sandbox.Timedout, told so, then a new process",
        "AWS Lambda Developer Guide: Troubleshoot invocation issues; Step Functions Developer "
        "Guide: Handling errors (Sandbox.Timedout)",
        "cdk/doors.py: timeouts",
        end_in_time,
    ),
    (
        "The time that is left",
        "counts down",
        "AWS Lambda Developer Guide: Using the Lambda context object to retrieve Python function "
        "information",
        "functions: what watches its own time",
        count_time,
    ),
    ("The memory that was declared is told", "256, 256", _VARIABLES, "runtime", tell_memory),
    (
        "A function that takes more memory than was declared",
        "Unhandled Runtime.ExitError",
        _MEMORY,
        "cdk/doors.py: memory; measured by the tests marked memory",
        take_memory,
    ),
    (
        "The disk that was declared, under /tmp",
        "as declared",
        "AWS Lambda Developer Guide: Configure ephemeral storage for Lambda functions",
        "cdk/doors.py: disk_mib",
        measure_disk,
    ),
    (
        "Environment variables are told",
        "é told, own name True, region True",
        _VARIABLES,
        "contracts/environment.py",
        tell_variables,
    ),
    (
        "An environment is used again, also after an error",
        "calls 1 2 4",
        _RUN,
        "functions: wired once a cold start; runtime/champions.py",
        keep_warm,
    ),
    (
        "Calls at once have environments of their own",
        "3 environments for 3",
        "AWS Lambda Developer Guide: Understanding Lambda function scaling",
        "storage: races are between processes",
        run_at_once,
    ),
    (
        "An alias is called as itself",
        "version 1, called as live",
        "AWS Lambda Developer Guide: Using Lambda function aliases",
        "cdk/doors.py: predict's alias",
        call_alias,
    ),
    (
        "A later layer's file takes the place of an earlier one's",
        "first, second, second",
        _LAYERS,
        "cdk/doors.py LAYERS",
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
        "cdk/doors.py: at most five",
        count_layers,
    ),
    (
        "Code above 250 MiB unzipped",
        "400 InvalidParameterValueException",
        _QUOTAS,
        "cli/builder/budget.py",
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
