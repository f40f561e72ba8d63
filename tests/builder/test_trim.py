"""The trim table and what it does to a folder."""

from pathlib import Path

import pytest

from toolchain.builder.trim import TRIMS, Trim, trim_folder


def write(folder: Path, *names: str, size: int = 10) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x" * size)


def left(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def test_what_a_pattern_names_goes_and_its_bytes_are_counted_by_reason(tmp_path: Path) -> None:
    write(tmp_path, "a/tests/one.py", "a/tests/deep/two.py", "a/kept.py", size=7)
    freed = trim_folder(tmp_path, [Trim(reason="tests", patterns=("*/tests/*",))])
    assert freed == {"tests": 14}
    assert left(tmp_path) == ["a", "a/kept.py"]


def test_a_file_is_counted_under_the_first_reason_only(tmp_path: Path) -> None:
    write(tmp_path, "tests/one.h")
    trims = [
        Trim(reason="tests", patterns=("*/tests/*",)),
        Trim(reason="headers", patterns=("*.h",)),
    ]
    assert trim_folder(tmp_path, trims) == {"tests": 10}


@pytest.mark.parametrize(
    "name",
    [
        "sklearn/tests/test_base.py",
        "joblib/test/data/x.pkl",
        "numpy/_core/include/numpy/ndarraytypes.h",
        "scipy/optimize/_highspy/x.pyx",
        "pyarrow/libarrow_flight.so.2600",
        "pyarrow/libarrow_python.so",
        "pyarrow/libarrow_python.so.2600.1.0",
        "pyarrow/_s3fs.cpython-313-aarch64-linux-gnu.so",
        "numpy-2.5.5.dist-info/RECORD",
        "bin/f2py",
        "pandas/_libs/algos.pyi",
        "sqlalchemy/engine/base.py",
        "alembic-1.20.1.dist-info/METADATA",
        "_yaml/__init__.py",
        "xgboost/spark/core.py",
    ],
)
def test_the_table_leaves_out(name: str, tmp_path: Path) -> None:
    write(tmp_path, name)
    assert sum(trim_folder(tmp_path).values()) == 10
    assert left(tmp_path) == []


@pytest.mark.parametrize(
    "name",
    [
        "pyarrow/libarrow_python.so.2600",  # every module of pyarrow is linked to this name
        "pyarrow/libarrow_substrait.so.2600",  # and to this
        "numpy/f2py/__init__.py",  # scipy imports all of numpy's names
        "numpy/typing/__init__.py",
        "numpy/testing/__init__.py",
        "pandas/_testing/__init__.py",
        "numpy-2.5.5.dist-info/METADATA",  # model cards read versions there
        "numpy-2.5.5.dist-info/licenses/LICENSE.txt",  # redistribution asks for it
        "sklearn/datasets/__init__.py",
        "optuna/storages/_rdb/storage.py",  # loaded on first use, but named in the package
        "xgboost/lib/libxgboost.so",
        "xgboost_cpu-3.4.1.dist-info/METADATA",
        "scipy/stats/_stats.cpython-313-aarch64-linux-gnu.so",
    ],
)
def test_the_table_keeps(name: str, tmp_path: Path) -> None:
    write(tmp_path, name)
    assert trim_folder(tmp_path) == {}
    assert (tmp_path / name).exists()


def test_every_entry_has_a_reason_of_its_own_and_patterns() -> None:
    reasons = [trim.reason for trim in TRIMS]
    assert len(set(reasons)) == len(reasons)
    assert all(": " in trim.reason or ", " in trim.reason for trim in TRIMS)
    assert all(trim.patterns and all(p[0] in "/*" for p in trim.patterns) for trim in TRIMS)
