"""The functions: one table of what each carries and may use."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from aws_cdk import Duration, RemovalPolicy, Size
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from cdk.buckets import DataBuckets
from cdk.stage import Stage
from dropcast.contracts import environment

LAYERS = (
    "core",
    "powertools",
    "zones",
    "tables",
    "arrays",
    "learning",
    "boosting",
    "search",
    "docs",
)
SOURCES = ("layers/core/python", "functions")


@dataclass(frozen=True, kw_only=True)
class FunctionSpec:
    """One function: where its code lies, what it carries and how much it may use."""

    name: str
    folder: str
    handler: str
    layers: tuple[str, ...]
    buckets: tuple[str, ...]
    memory_mib: int
    timeout_seconds: int
    disk_mib: int = 512


_SERVING = ("core", "powertools")
# Imports neither boto3 nor Powertools (ADR 14); time zones are data.
_AT_ONCE = ("core", "zones")
_TABLES = (*_SERVING, "tables")
_ARRAYS = (*_SERVING, "arrays")
# Five layers: as many as Lambda takes.
_FITTING = (*_ARRAYS, "learning", "boosting")
_SEARCH = (*_SERVING, "search")

FUNCTIONS: tuple[FunctionSpec, ...] = (
    FunctionSpec(
        name="Ingest",
        folder="ingest",
        handler="handler.handle",
        layers=_TABLES,
        buckets=("raw", "lake"),
        memory_mib=2048,
        timeout_seconds=900,
        # The clean part and the quarantine of one file are written here before they are stored.
        disk_mib=4096,
    ),
    FunctionSpec(
        name="Features",
        folder="features",
        handler="handler.handle",
        layers=_TABLES,
        buckets=("lake",),
        memory_mib=3008,
        timeout_seconds=900,
    ),
    FunctionSpec(
        name="Split",
        folder="train",
        handler="split.handle",
        layers=_ARRAYS,
        buckets=("lake",),
        memory_mib=2048,
        timeout_seconds=300,
    ),
    FunctionSpec(
        name="Propose",
        folder="train",
        handler="propose.handle",
        layers=_SEARCH,
        buckets=("lake",),
        memory_mib=1024,
        timeout_seconds=120,
    ),
    FunctionSpec(
        name="Trial",
        folder="train",
        handler="trial.handle",
        layers=_FITTING,
        buckets=("lake",),
        memory_mib=3008,
        timeout_seconds=900,
    ),
    FunctionSpec(
        name="Fit",
        folder="train",
        handler="fit.handle",
        layers=_FITTING,
        buckets=("lake",),
        memory_mib=3008,
        timeout_seconds=900,
    ),
    FunctionSpec(
        name="Evaluate",
        folder="train",
        handler="evaluate.handle",
        layers=_ARRAYS,
        buckets=("lake", "models"),
        memory_mib=3008,
        timeout_seconds=900,
    ),
    FunctionSpec(
        name="Register",
        folder="train",
        handler="register.handle",
        layers=_SERVING,
        buckets=("lake", "models"),
        memory_mib=512,
        timeout_seconds=180,
    ),
    FunctionSpec(
        name="Predict",
        folder="predict",
        handler="handler.handle",
        layers=_AT_ONCE,
        buckets=("models",),
        memory_mib=1024,
        timeout_seconds=20,
    ),
    FunctionSpec(
        name="Score",
        folder="predict",
        handler="score.handle",
        layers=_TABLES,
        buckets=("raw", "models"),
        memory_mib=2048,
        timeout_seconds=900,
        # Both kinds of predictions and the problems of one file are written here first.
        disk_mib=8192,
    ),
    FunctionSpec(
        name="Catalogue",
        folder="predict",
        handler="catalogue.handle",
        layers=(*_SERVING, "docs"),
        buckets=("lake", "models"),
        memory_mib=1024,
        timeout_seconds=20,
    ),
    FunctionSpec(
        name="Uploads",
        folder="predict",
        handler="uploads.handle",
        layers=_SERVING,
        buckets=("raw",),
        memory_mib=512,
        timeout_seconds=10,
    ),
    FunctionSpec(
        name="Rollback",
        folder="predict",
        handler="rollback.handle",
        layers=_SERVING,
        buckets=("models",),
        memory_mib=512,
        timeout_seconds=20,
    ),
)

_BUCKET_VARIABLES = {
    "raw": environment.RAW_BUCKET,
    "lake": environment.LAKE_BUCKET,
    "models": environment.MODEL_BUCKET,
}


class LayersMissingError(Exception):
    """A layer's folder is not there; ``make build`` fills it."""


class Functions(Construct):
    """The functions of :data:`FUNCTIONS`, each with its own role and log group."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        stage: Stage,
        root: Path,
        buckets: DataBuckets,
    ) -> None:
        super().__init__(scope, construct_id)
        self._stage = stage
        self._root = root
        self._layers = {name: self._make_layer(name) for name in LAYERS}
        code_hash = hash_sources(root)
        self.by_name = {
            spec.name: self._make_function(spec, buckets, code_hash) for spec in FUNCTIONS
        }
        self.ingest = self.by_name["Ingest"]
        self.features = self.by_name["Features"]
        self.score = self.by_name["Score"]
        self.predict = self.by_name["Predict"]
        self.predict_alias = self.predict.add_alias("live")
        self.handlers: dict[str, lambda_.IFunction] = {
            **self.by_name,
            "Predict": self.predict_alias,
        }

    def _make_layer(self, name: str) -> lambda_.LayerVersion:
        folder = self._root / "build" / self._stage.name / "layers" / name
        if not (folder / "python").is_dir():
            raise LayersMissingError(
                f"layer '{name}' is not built for stage '{self._stage.name}'; "
                f"run `make build STAGE={self._stage.name}`"
            )
        return lambda_.LayerVersion(
            self,
            f"{name.title()}Layer",
            code=lambda_.Code.from_asset(str(folder)),
            compatible_runtimes=[lambda_.Runtime(self._stage.runtime)],
            compatible_architectures=[self._architecture],
        )

    @property
    def _architecture(self) -> lambda_.Architecture:
        arm = self._stage.architecture == "arm64"
        return lambda_.Architecture.ARM_64 if arm else lambda_.Architecture.X86_64

    def _make_function(
        self, spec: FunctionSpec, buckets: DataBuckets, code_hash: str
    ) -> lambda_.Function:
        log_group = logs.LogGroup(
            self,
            f"{spec.name}Log",
            retention=self._stage.log_retention,
            removal_policy=RemovalPolicy.DESTROY,
        )
        role = iam.Role(
            self, f"{spec.name}Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com")
        )
        log_group.grant_write(role)
        return lambda_.Function(
            self,
            spec.name,
            description=f"Dropcast: {spec.name.lower()}",
            runtime=lambda_.Runtime(self._stage.runtime),
            architecture=self._architecture,
            handler=spec.handler,
            code=lambda_.Code.from_asset(
                str(self._root / "functions" / spec.folder), exclude=["__pycache__"]
            ),
            layers=[self._layers[name] for name in spec.layers],
            role=role,
            log_group=log_group,
            memory_size=spec.memory_mib,
            ephemeral_storage_size=Size.mebibytes(spec.disk_mib),
            timeout=Duration.seconds(spec.timeout_seconds),
            environment={
                **{_BUCKET_VARIABLES[b]: buckets.by_name[b].bucket_name for b in spec.buckets},
                environment.CODE_HASH: code_hash,
                "POWERTOOLS_SERVICE_NAME": f"dropcast-{spec.name.lower()}",
                "POWERTOOLS_LOG_LEVEL": "INFO",
            },
        )


def hash_sources(root: Path) -> str:
    """Return the sha256 of the deployed sources: paths and bytes, in the order of the paths."""
    digest = hashlib.sha256()
    for path in sorted(p for folder in SOURCES for p in (root / folder).rglob("*.py")):
        digest.update(str(path.relative_to(root).as_posix()).encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()
