"""The adapters of one function, each made when it is first used and kept while it stays warm.

Which of them a function may use is decided by its role (see ``cdk``).
"""

import os
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache, cached_property
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

from dropcast.contracts import environment
from dropcast.contracts.ports import (
    BlobStore,
    Ledger,
    ModelRegistry,
    Reports,
    Runs,
    UploadForms,
    VersionStore,
)
from dropcast.recipe import Recipe, Table
from dropcast.recipes import RECIPES, find_recipe, find_table, list_references
from dropcast.runtime.api_keys import read_key_ids
from dropcast.storage.executions import StepFunctionsRuns
from dropcast.storage.ledger import S3Ledger
from dropcast.storage.registry import S3ModelRegistry
from dropcast.storage.reports import S3Reports
from dropcast.storage.s3 import S3BlobStore
from dropcast.storage.uploads import S3UploadForms
from dropcast.storage.versions import S3VersionStore

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_stepfunctions import SFNClient

    from dropcast.storage.tables.arrays import ArrayTables
    from dropcast.storage.tables.frames import FrameTables

# Where the docs layer keeps the page that shows the API document.
_PAGE_PACKAGE = "swagger_ui"
_SIGNING = Config(signature_version="s3v4", s3={"addressing_style": "virtual"})
# An S3 that does not answer must become an error while the step still has time to report it.
_RETRIES = Config(
    connect_timeout=5, read_timeout=15, retries={"mode": "standard", "max_attempts": 5}
)
# For a function whose answer somebody waits for: the error must come before its 20 s are over.
_PROMPT = Config(connect_timeout=2, read_timeout=5, retries={"mode": "standard", "max_attempts": 2})


class Dependencies:
    """The ports of a function, from its environment.

    Parameters
    ----------
    environ
        The variables named in ``contracts.environment``.
    buckets
        Stores to use instead of S3's, by the name of their variable.
    page
        A folder to use instead of the docs layer's.
    prompt
        Whether somebody waits for the function's answer, so that a silent S3 is given up sooner.
    """

    def __init__(
        self,
        *,
        environ: Mapping[str, str],
        s3: "S3Client | None" = None,
        stepfunctions: "SFNClient | None" = None,
        recipes: Mapping[str, Recipe] = RECIPES,
        buckets: Mapping[str, BlobStore] | None = None,
        page: Traversable | None = None,
        prompt: bool = False,
    ) -> None:
        self._environ = environ
        self._s3 = s3
        self._stepfunctions = stepfunctions
        self.recipes = recipes
        self._buckets = buckets or {}
        self._page = page
        self._prompt = prompt

    def find_recipe(self, dataset: str) -> Recipe:
        """Return the dataset's recipe; raise ``UnknownDatasetError`` naming the nearest one."""
        return find_recipe(dataset, self.recipes)

    def find_table(self, dataset: str) -> Table:
        """Return the recipe or the reference table of this name; raise ``UnknownDatasetError``."""
        return find_table(dataset, self.recipes)

    @property
    def tables(self) -> dict[str, Table]:
        """All recipes and reference tables, by name."""
        return {**self.recipes, **list_references(self.recipes)}

    @cached_property
    def raw(self) -> BlobStore:
        """The bucket that files are dropped into."""
        return self._bucket(environment.RAW_BUCKET)

    @cached_property
    def lake(self) -> BlobStore:
        """The bucket of clean parts, features and what runs leave."""
        return self._bucket(environment.LAKE_BUCKET)

    @cached_property
    def models(self) -> BlobStore:
        """The bucket of models and champions."""
        return self._bucket(environment.MODEL_BUCKET)

    @cached_property
    def frames(self) -> "FrameTables":
        """Tables of the lake as pandas frames; only with the tables layer."""
        from dropcast.storage.tables.frames import FrameTables  # noqa: PLC0415 - not in every layer

        return FrameTables(store=self.lake)

    @cached_property
    def arrays(self) -> "ArrayTables":
        """Tables of the lake as numpy arrays; only with the arrays layer."""
        from dropcast.storage.tables.arrays import ArrayTables  # noqa: PLC0415 - not in every layer

        return ArrayTables(store=self.lake)

    @cached_property
    def versions(self) -> VersionStore:
        """The versions of all datasets."""
        return S3VersionStore(lake=self.lake, pause=self.pause)

    @cached_property
    def ledger(self) -> Ledger:
        """The record of every drop."""
        return S3Ledger(lake=self.lake, pause=self.pause)

    @cached_property
    def reports(self) -> Reports:
        """The reports beside dropped files."""
        return S3Reports(raw=self.raw, pause=self.pause)

    @cached_property
    def runs(self) -> Runs:
        """The training runs."""
        return StepFunctionsRuns(
            client=self._stepfunctions or boto3.client("stepfunctions", config=_RETRIES),
            state_machine_arn=self._environ[environment.STATE_MACHINE_ARN],
        )

    @cached_property
    def registry(self) -> ModelRegistry:
        """The champions and the models that were champion."""
        return S3ModelRegistry(models=self.models, pause=self.pause)

    @cached_property
    def uploads(self) -> UploadForms:
        """The forms that drop a file."""
        client = self._s3 or boto3.client("s3", config=_SIGNING)
        return S3UploadForms(client=client, bucket=self._environ[environment.RAW_BUCKET])

    @cached_property
    def page(self) -> Traversable:
        """The files of the page that shows the API document; only with the docs layer."""
        return self._page or files(_PAGE_PACKAGE)

    @cached_property
    def key_ids(self) -> frozenset[str]:
        """The ids of the API keys that this function's routes take."""
        return read_key_ids(self._environ)

    @property
    def code_hash(self) -> str:
        """sha256 of the deployed sources: it goes into every receipt and card."""
        return self._environ[environment.CODE_HASH]

    def pause(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)

    def now(self) -> datetime:
        """Return the time, in UTC."""
        return datetime.now(UTC)

    @cached_property
    def _client(self) -> "S3Client":
        return self._s3 or boto3.client("s3", config=_PROMPT if self._prompt else _RETRIES)

    def _bucket(self, name: str) -> BlobStore:
        if name in self._buckets:
            return self._buckets[name]
        return S3BlobStore(client=self._client, bucket=self._environ[name])


@cache
def make_dependencies(*, prompt: bool = False) -> Dependencies:
    """Return this process's dependencies, from its environment."""
    return Dependencies(environ=os.environ, prompt=prompt)
