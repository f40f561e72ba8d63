"""What a layer does not need, each with its reason: one table, applied to every layer."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import translate
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Trim:
    """Files that are left out: shell patterns over ``/path/in/the/layer``; ``*`` spans ``/``."""

    reason: str
    patterns: tuple[str, ...]


TRIMS = (
    Trim(
        reason="tests and their data: nothing at run time imports them",
        patterns=("*/tests/*", "*/test/*", "*/conftest.py", "*_cpp_tests*", "*/_test_*.so"),
    ),
    Trim(
        reason="headers, sources and static libraries: only for building other extensions",
        patterns=(
            "*/include/*",
            "/pyarrow/includes/*",
            "/pyarrow/src/*",
            *(f"*.{ending}" for ending in ("a", "c", "cc", "cpp", "f", "f90", "h", "hpp", "pyf")),
            *(f"*.{ending}" for ending in ("pyx", "pxd", "pxi", "tp", "tpl", "in", "build")),
        ),
    ),
    Trim(
        reason="type stubs: for editors and type checkers",
        patterns=("*.pyi", "*/py.typed"),
    ),
    Trim(
        reason="console scripts: they name an interpreter of the building machine",
        patterns=("/bin/*", "/share/*"),
    ),
    Trim(
        # METADATA stays, because model cards read the libraries' versions there; so do licences.
        reason="installer's records: nothing reads them after the installation",
        patterns=(
            *(f"*.dist-info/{name}" for name in ("RECORD", "WHEEL", "INSTALLER", "REQUESTED")),
            *(f"*.dist-info/{name}" for name in ("entry_points.txt", "top_level.txt", "zip-safe")),
            *(f"*.dist-info/{name}" for name in ("uv_cache.json", "direct_url.json", "sboms/*")),
            "/.lock",
        ),
    ),
    Trim(
        reason="pyarrow, Flight RPC: tables travel through S3, never through a server",
        patterns=(
            "/pyarrow/libarrow_flight*",
            "/pyarrow/libarrow_python_flight*",
            "/pyarrow/_flight*",
            "/pyarrow/flight.py",
        ),
    ),
    Trim(
        reason="pyarrow, its own S3, GCS, Azure and HDFS clients: storage speaks boto3",
        patterns=(
            "/pyarrow/libarrow_s3*",
            "/pyarrow/_s3fs*",
            "/pyarrow/_gcsfs*",
            "/pyarrow/_azurefs*",
            "/pyarrow/_hdfs*",
        ),
    ),
    Trim(
        reason="pyarrow, ORC, Feather and Substrait modules: no dataset is read or written so",
        # libarrow_substrait stays: every other library of pyarrow is linked to it.
        patterns=(
            "/pyarrow/_orc*",
            "/pyarrow/orc.py",
            "/pyarrow/_dataset_orc*",
            "/pyarrow/_feather*",
            "/pyarrow/_substrait*",
            "/pyarrow/substrait.py",
        ),
    ),
    Trim(
        reason="pyarrow, Parquet's own encryption: the buckets encrypt",
        patterns=(
            "/pyarrow/libarrow_python_parquet_encryption*",
            "/pyarrow/_parquet_encryption*",
            "/pyarrow/_dataset_parquet_encryption*",
            "/pyarrow/parquet/encryption.py",
        ),
    ),
    Trim(
        reason="pyarrow, the same library under other names: only the name with .2600 is linked",
        patterns=("/pyarrow/libarrow_python.so", "/pyarrow/libarrow_python.so.*.*"),
    ),
    Trim(
        # numpy.f2py itself stays: scipy's `from numpy import *` imports it.
        reason="numpy, distutils, packaging hooks and pkg-config files: for building",
        patterns=("/numpy/distutils/*", "/numpy/_pyinstaller/*", "/numpy/_core/lib/*"),
    ),
    Trim(
        reason="numpy, libraries that only its own tests load",
        patterns=("/numpy/_core/_simd.*", "/numpy/_core/_*_tests.*.so", "/numpy/conftest.py"),
    ),
    Trim(
        reason="scipy, parts that neither scikit-learn's fitting nor scipy itself imports",
        patterns=(
            *(f"/scipy/{part}/*" for part in ("cluster", "datasets", "fftpack", "odr", "signal")),
            "/scipy/special/_precompute/*",
            "/scipy/special/_add_newdocs.py",
            "/scipy/special/_mptestutils.py",
            "/scipy/optimize/_tstutils.py",
        ),
    ),
    Trim(
        reason="scipy, loaded on first use by functions that no model calls",
        patterns=(
            "/scipy/io/_fast_matrix_market/_fmm_core*",  # mmread
            "/scipy/stats/_unuran/*",  # stats.sampling
            "/scipy/stats/_sobol_direction_numbers.npz",  # stats.qmc.Sobol
            "/scipy/_*/cobyqa/*",  # minimize(method="COBYQA")
            "/scipy/_*/pyprima/*",  # minimize(method="COBYLA")
        ),
    ),
    Trim(
        reason="narwhals and array API, adapters for libraries that no layer holds",
        patterns=(
            *(f"/narwhals/_{name}/*" for name in ("dask", "duckdb", "ibis", "polars")),
            "/narwhals/_spark_like/*",
            *(f"*/array_api_compat/{name}/*" for name in ("cupy", "dask", "torch")),
            "/joblib/_dask.py",
        ),
    ),
    Trim(
        reason="scikit-learn, sample data sets: models learn from what was dropped",
        patterns=(
            "/sklearn/datasets/data/*",
            "/sklearn/datasets/descr/*",
            "/sklearn/datasets/images/*",
        ),
    ),
    Trim(
        reason="xgboost, Dask, Spark and its own test data: a trial is one process",
        patterns=(*(f"/xgboost/{name}/*" for name in ("dask", "spark", "testing")),),
    ),
    Trim(
        reason="optuna, databases, their migrations and its command line: a study lives in memory",
        patterns=(
            *(f"/{name}/*" for name in ("alembic", "mako", "markupsafe", "sqlalchemy", "yaml")),
            *(f"/{name}-*.dist-info/*" for name in ("alembic", "mako", "markupsafe", "sqlalchemy")),
            *("/_yaml/*", "/pyyaml-*.dist-info/*", "/optuna/storages/_rdb/alembic/*"),
        ),
    ),
    Trim(
        reason="dateutil, its own time zone archive: the standard library's zoneinfo is used",
        patterns=("/dateutil/zoneinfo/*.tar.gz",),
    ),
    Trim(
        reason="powertools, its resolver: API Gateway routes, and one table picks the handler",
        patterns=("/aws_lambda_powertools/event_handler/*",),
    ),
)


def trim_folder(folder: Path, trims: Sequence[Trim] = TRIMS) -> dict[str, int]:
    """Delete what the table names; return bytes freed per reason, most first.

    Folders that are left empty go too.
    """
    matchers = [
        (trim.reason, re.compile("|".join(translate(pattern) for pattern in trim.patterns)))
        for trim in trims
    ]
    freed: dict[str, int] = {}
    for path in sorted(folder.rglob("*")):
        if path.is_dir() and not path.is_symlink():
            continue
        name = "/" + path.relative_to(folder).as_posix()
        reason = next((reason for reason, matcher in matchers if matcher.match(name)), None)
        if reason is not None:
            freed[reason] = freed.get(reason, 0) + path.lstat().st_size
            path.unlink()
    _remove_empty_folders(folder)
    return dict(sorted(freed.items(), key=lambda item: -item[1]))


def _remove_empty_folders(folder: Path) -> None:
    # Deepest first, so that a folder of empty folders is empty when its turn comes.
    for path in sorted(folder.rglob("*"), key=lambda path: -len(path.parts)):
        if path.is_dir() and not any(path.iterdir()):
            path.rmdir()
