"""The bucket from which every contender reads its model, on the embedded cloud."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.serving.peers import APPS, Peer, install_peer
from bench.serving.served_model import BUCKET, JOBLIB_KEY, KEY_ID, ONNX_KEY, Served, list_objects
from dropcast.contracts import environment
from emulators.account import cloud_environment, open_session
from emulators.cloud import CERTIFICATE_VARIABLES, run_cloud
from emulators.ministack import find_authority, prepare_ministack
from toolchain.project import ROOT, run_tool


@dataclass(frozen=True, kw_only=True)
class Store:
    """The bucket's ``objects``, and the variables that a process needs to reach it."""

    environ: Mapping[str, str]
    objects: Mapping[str, bytes]


@contextmanager
def open_store(served: Served, *, peers: Path, folder: Path) -> Iterator[Store]:
    """Start the embedded cloud with the model in a bucket, in each contender's format."""
    objects = list_objects(served)
    objects[ONNX_KEY] = convert_to_onnx(objects[JOBLIB_KEY], install_peer("convert", peers), folder)
    with run_cloud(prepare_ministack, folder / "cloud") as cloud:
        reached = cloud_environment(cloud)
        client = open_session(reached).client("s3", endpoint_url=reached["AWS_ENDPOINT_URL"])
        client.create_bucket(Bucket=BUCKET)
        for key, body in objects.items():
            client.put_object(Bucket=BUCKET, Key=key, Body=body)
        environ = {
            **reached,
            # As for a function on the cloud: one authority to read, not all that a shell trusts.
            **dict.fromkeys(CERTIFICATE_VARIABLES, find_authority(cloud)),
            environment.MODEL_BUCKET: BUCKET,
            environment.CODE_HASH: "0" * 64,
            environment.KEY_IDS: KEY_ID,
        }
        yield Store(environ=environ, objects=objects)


def convert_to_onnx(dumped: bytes, convert: Peer, folder: Path) -> bytes:
    """Return joblib's file as ONNX; raise ``ToolFailedError``."""
    source, target = folder / "model.joblib", folder / "model.onnx"
    source.write_bytes(dumped)
    run_tool([convert.python, APPS / "convert_onnx.py", source, target], cwd=ROOT)
    return target.read_bytes()
