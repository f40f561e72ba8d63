"""The local cloud is asked as its clients ask it: by its own door, its own name and authority."""

import datetime as dt
import json
import os
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import boto3
import pytest

from emulators.certificate import make_certificates
from emulators.cloud import find_cloud
from emulators.clouds import CLOUDS
from emulators.localstack.image import IMAGE
from emulators.processes import read_start
from operations.clouds import Cloud
from operations.preflight.checks import check_emulator
from operations.preflight.facts import read_emulator, read_pin
from operations.preflight.findings import Emulator
from tests.cli.test_doctor import GOOD
from tests.emulators.made_clouds import make_cloud

pytestmark = pytest.mark.enable_socket


@contextmanager
def serve(answers: Mapping[str, object], certificates: Path | None = None) -> Iterator[str]:
    """Serve JSON by path, over TLS where there are certificates; yield the endpoint's URL."""

    class Door(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            said = answers.get(self.path)
            self.send_response(404 if said is None else 200)
            self.end_headers()
            self.wfile.write(json.dumps(said).encode())

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its own word
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    if certificates is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificates / "server.pem", certificates / "server.key")
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    scheme = "http" if certificates is None else "https"
    try:
        yield f"{scheme}://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("authority") / "certificates"
    make_certificates(folder, now=dt.datetime.now(dt.UTC))
    return folder


def reach(endpoint_url: str, **environ: str) -> Cloud:
    session = boto3.Session(
        region_name="us-east-1", aws_access_key_id="1", aws_secret_access_key="1"
    )
    return Cloud(session=session, endpoint_url=endpoint_url, environ=environ)


def write_state(folder: Path, *, name: str, url: str, path: str, ca_bundle: str | None) -> None:
    """Write a cloud's state with this process as the one that runs it."""
    cloud = make_cloud(
        name=name,
        endpoint_url=url,
        health_path=path,
        ca_bundle=ca_bundle,
        port=0,
        pid=os.getpid(),
        started=str(read_start(os.getpid())),
        folder=str(folder),
    )
    (folder / "state.json").write_text(json.dumps(asdict(cloud)))


def judge(emulator: Emulator) -> tuple[str, str]:
    found = check_emulator(replace(GOOD, emulator=emulator))
    return found.level, found.text


def test_a_cloud_that_speaks_tls_by_its_own_authority_is_healthy(
    certificates: Path, tmp_path: Path
) -> None:
    authority, pin = str(certificates / "authority.pem"), read_pin("ministack")
    with serve({"/_ministack/health": {"version": pin}}, certificates) as url:
        write_state(
            tmp_path, name="ministack", url=url, path="/_ministack/health", ca_bundle=authority
        )
        assert find_cloud(tmp_path) is not None
        own = read_emulator(reach(url), folder=tmp_path)
        assert judge(own) == ("ok", f"ministack {pin} is healthy, as pinned")
        # One that another folder runs, by a shell that has read its variables.
        absent = tmp_path / "absent"
        assert read_emulator(reach(url, AWS_CA_BUNDLE=authority), folder=absent) == own
        level, said = judge(read_emulator(reach(url), folder=absent))
        assert (level, "CERTIFICATE_VERIFY_FAILED" in said) == ("warning", True)


@pytest.mark.parametrize("name", ["localstack", "localstack-docker"])
def test_localstack_is_asked_at_its_own_door_and_held_to_its_own_pin(
    name: str, tmp_path: Path
) -> None:
    path, pin = "/_localstack/health", read_pin("localstack")
    with serve({path: {"version": pin}}) as url:
        write_state(tmp_path, name=name, url=url, path=path, ca_bundle=None)
        found = read_emulator(reach(url), folder=tmp_path)
        assert judge(found) == ("ok", f"{name} {pin} is healthy, as pinned")
        found = read_emulator(reach(url), folder=tmp_path / "absent")
        assert judge(found) == ("ok", f"localstack {pin} is healthy, as pinned")


def test_another_version_is_refused_and_none_is_told(tmp_path: Path) -> None:
    with serve({"/_ministack/health": {"version": "0.1"}}) as url:
        level, said = judge(read_emulator(reach(url), folder=tmp_path))
        assert (level, said) == (
            "refused",
            f"ministack 0.1 runs, but {read_pin('ministack')} is pinned",
        )
    for answers in ({}, {"/_ministack/health": ["healthy"]}):
        with serve(answers) as url:
            level, said = judge(read_emulator(reach(url), folder=tmp_path))
            assert (level, said.partition(":")[0]) == ("warning", "no healthy local cloud")
    assert judge(read_emulator(None, folder=tmp_path)) == ("warning", "none is running")


def test_every_local_cloud_has_a_pin() -> None:
    assert all(read_pin(name)[0].isdigit() for name in CLOUDS)
    assert IMAGE.rpartition(":")[2] == read_pin("localstack-docker")
