"""The size of what is deployed: the predict function with its layers, and the peers' packages."""

import zipfile
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryFile

from bench.measure import Figure
from bench.serving.cold_start import build_serving_layers
from bench.serving.peers import install_peer
from toolchain.builder.budget import MB, measure_folder
from toolchain.project import ROOT

PART = "f"
PEERS = {
    "joblib": "joblib + scikit-learn + pandas",
    "onnxruntime": "FastAPI + uvicorn + onnxruntime",
    "fastapi": "FastAPI + uvicorn + scikit-learn",
    "mlflow": "mlflow with scikit-learn",
    "bentoml": "BentoML with scikit-learn",
}


def measure_sizes(*, peers: Path, names: Iterable[str] = tuple(PEERS)) -> list[Figure]:
    """Return zipped and unzipped sizes, each with its bytecode, without the model."""
    ours = (ROOT / "functions/predict", *build_serving_layers())
    own = [sum(map(measure_zipped, ours)), sum(map(measure_folder, ours))]
    figures = []
    for name in names:
        libraries = install_peer(name, peers).libraries
        theirs = [measure_zipped(libraries), measure_folder(libraries)]
        figures += [
            Figure(
                part=PART,
                what=f"the serving package, {kind}",
                unit="MB",
                samples=(size / MB,),
                peer=PEERS[name],
                peer_samples=(peer_size / MB,),
            )
            for kind, size, peer_size in zip(("zipped", "unzipped"), own, theirs, strict=True)
        ]
    return figures


def measure_zipped(folder: Path) -> int:
    """Return the bytes of a zip file of the folder."""
    with TemporaryFile() as target:
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in sorted(folder.rglob("*")):
                if path.is_file():
                    archive.write(path, path.relative_to(folder))
        return target.tell()
