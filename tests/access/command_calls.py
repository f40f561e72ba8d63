"""Which calls of AWS a command makes, read from its source: every call by a name of boto3's in the
functions that the command reaches."""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import boto3

ROOT = Path(__file__).resolve().parents[2]
# Where the code lies that the commands run in an account.
FOLDERS = ("cli", "operations")
_OWN = tuple(f"{folder}." for folder in FOLDERS)
SERVICES = (
    "apigateway",
    "cloudformation",
    "cloudwatch",
    "events",
    "iam",
    "lambda",
    "logs",
    "s3",
    "service-quotas",
    "sqs",
    "ssm",
    "stepfunctions",
    "sts",
)
# IAM's name of a service, where it is another than boto3's.
_PREFIXES = {"service-quotas": "servicequotas", "stepfunctions": "states"}
# S3's and API Gateway's calls whose action has another name than the call.
_ACTIONS: Mapping[str, tuple[str, ...]] = {
    "s3:abort_multipart_upload": ("s3:AbortMultipartUpload",),
    # Of a version that is named the second, which copying and looking back ask for.
    "s3:copy_object": ("s3:GetObject", "s3:GetObjectVersion", "s3:PutObject"),
    "s3:delete_bucket": ("s3:DeleteBucket",),
    "s3:delete_objects": ("s3:DeleteObject", "s3:DeleteObjectVersion"),
    # Without leave to list, a key that is not there is "forbidden" and not "not found".
    "s3:get_object": ("s3:GetObject", "s3:ListBucket"),
    "s3:head_bucket": ("s3:ListBucket",),
    "s3:head_object": ("s3:GetObject", "s3:GetObjectVersion"),
    "s3:list_buckets": ("s3:ListAllMyBuckets",),
    "s3:list_multipart_uploads": ("s3:ListBucketMultipartUploads",),
    "s3:list_object_versions": ("s3:ListBucketVersions",),
    "s3:list_objects_v2": ("s3:ListBucket",),
    "s3:put_object": ("s3:PutObject",),
    "apigateway:get_api_key": ("apigateway:GET",),
    "apigateway:get_rest_api": ("apigateway:GET",),
    "apigateway:get_usage_plan": ("apigateway:GET",),
    "lambda:invoke": ("lambda:InvokeFunction",),
    "lambda:list_versions_by_function": ("lambda:ListVersionsByFunction",),
    "lambda:get_layer_version_by_arn": ("lambda:GetLayerVersion",),
    "lambda:get_function_configuration": ("lambda:GetFunctionConfiguration",),
    "sqs:change_message_visibility_batch": ("sqs:ChangeMessageVisibility",),
    # Everybody may ask who they are.
    "sts:get_caller_identity": (),
}
_WAITERS = {"stack_update_complete": ("cloudformation:DescribeStacks",)}


@cache
def _list_operations() -> Mapping[str, tuple[str, str]]:
    """Return (service, operation) by the name of boto3's method."""
    make: Any = boto3.Session(region_name="us-east-1").client
    found: dict[str, tuple[str, str]] = {}
    for service in SERVICES:
        client = make(service, aws_access_key_id="1", aws_secret_access_key="1")
        for method, operation in client.meta.method_to_api_mapping.items():
            found.setdefault(method, (service, operation))
    return found


@dataclass(frozen=True, kw_only=True)
class _Module:
    """A module's parts that a command may lead to.

    ``defined`` has its top-level statements by the names that they define, and the methods of its
    classes as ``Class.method``; ``imported`` what it imports of the commands' own modules, as
    name -> (module, name there).
    """

    defined: Mapping[str, ast.stmt]
    imported: Mapping[str, tuple[str, str]]


@cache
def _list_modules() -> Mapping[str, _Module]:
    modules = {}
    for path in sorted(p for folder in FOLDERS for p in (ROOT / folder).rglob("*.py")):
        body = ast.parse(path.read_text(encoding="utf-8")).body
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        modules[name] = _Module(
            defined=dict(found for node in body for found in _list_defined(node)),
            imported={
                alias.asname or alias.name: (str(node.module), alias.name)
                for node in body
                if isinstance(node, ast.ImportFrom) and str(node.module).startswith(_OWN)
                for alias in node.names
            },
        )
    return modules


def _list_defined(node: ast.stmt) -> Iterator[tuple[str, ast.stmt]]:
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        yield node.name, node
    if isinstance(node, ast.ClassDef):
        for method in node.body:
            if isinstance(method, ast.FunctionDef):
                yield f"{node.name}.{method.name}", method
    targets: list[ast.expr] = []
    if isinstance(node, ast.Assign):
        targets = node.targets
    elif isinstance(node, ast.AnnAssign):
        targets = [node.target]
    yield from ((target.id, node) for target in targets if isinstance(target, ast.Name))


@cache
def _list_methods() -> Mapping[str, tuple[tuple[str, str], ...]]:
    """Return the places of all methods of the commands' classes by their bare names."""
    found: dict[str, tuple[tuple[str, str], ...]] = {}
    for name, module in _list_modules().items():
        for defined in module.defined:
            if "." in defined:
                method = defined.partition(".")[2]
                found[method] = (*found.get(method, ()), (name, defined))
    return found


def _walk(node: ast.AST) -> Iterator[ast.AST]:
    """Yield a statement's nodes; of a class not its methods, which are reached by their names."""
    yield node
    for child in ast.iter_child_nodes(node):
        if not (isinstance(node, ast.ClassDef) and isinstance(child, ast.FunctionDef)):
            yield from _walk(child)


def list_actions(command: str) -> set[str]:
    """Return the IAM actions of all calls that a command, which is a function of the module of its
    name, leads to."""
    waiting, seen = [(f"cli.commands.{command}", command)], set[tuple[str, str]]()
    actions: set[str] = set()
    while waiting:
        place = waiting.pop()
        if place in seen:
            continue
        seen.add(place)
        module = _list_modules()[place[0]]
        for node in _walk(module.defined[place[1]]):
            if isinstance(node, ast.Name) and node.id in module.defined:
                waiting.append((place[0], node.id))
            elif isinstance(node, ast.Name) and node.id in module.imported:
                waiting.append(module.imported[node.id])
            elif isinstance(node, ast.Attribute):
                # Whatever it is called on: any class that has such a method may be meant.
                waiting.extend(_list_methods().get(node.attr, ()))
            actions.update(_list_actions_of(node))
    return actions


def _list_actions_of(node: ast.AST) -> tuple[str, ...]:
    if isinstance(node, ast.Attribute):
        return find_actions(node.attr)
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        # The name of a paginator or of a waiter, also where it is in a tuple of names.
        return _WAITERS.get(node.value, find_actions(node.value))
    return ()


def find_actions(method: str) -> tuple[str, ...]:
    """Return the IAM actions of a method of boto3's, none for what is no such method.

    >>> find_actions("describe_stacks"), find_actions("write_text")
    (('cloudformation:DescribeStacks',), ())
    """
    if "_" not in method and method != "invoke":
        return ()
    if method not in _list_operations():
        return ()
    service, operation = _list_operations()[method]
    default = (f"{_PREFIXES.get(service, service)}:{operation}",)
    return _ACTIONS.get(f"{service}:{method}", default)
