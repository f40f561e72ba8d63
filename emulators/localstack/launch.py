"""The start of LocalStack without Docker, with functions as processes of this machine."""

from pathlib import Path

from emulators.cloud import Launch
from emulators.localstack.install import install_localstack
from toolchain.project import ROOT

SERVER = Path(__file__).parent / "server.py"
HEALTH = "/_localstack/health"
# A cold start of the learning layer takes seconds, and several at once share this machine's cores.
START_SECONDS = 180


def prepare_localstack(*, folder: Path, port: int) -> Launch:
    """Return how LocalStack is started; it is installed first where its pins changed.

    Everything that it writes is in ``folder``'s ``tmp``, which is removed when the cloud stops.
    """
    installed = install_localstack(ROOT)
    temporary = (folder / "tmp").resolve()
    return Launch(
        name="localstack",
        command=(str(installed.server), "-P", str(SERVER)),
        environment={
            **make_settings(listen=f"127.0.0.1:{port}"),
            "HOME": str(temporary / "home"),
            "LOCALSTACK_VOLUME_DIR": str(temporary / "volume"),
            "PYTHONPATH": str(installed.plugins),
            "DROPCAST_FUNCTION_PYTHON": str(installed.functions),
        },
        endpoint_url=f"http://127.0.0.1:{port}",
        health_path=HEALTH,
    )


def make_settings(*, listen: str) -> dict[str, str]:
    """Return LocalStack's own variables, the same in host mode and in its image."""
    return {
        "GATEWAY_LISTEN": listen,
        "DNS_ADDRESS": "0",  # another value would open port 53
        "DISABLE_EVENTS": "1",  # no usage reports
        "SKIP_SSL_CERT_DOWNLOAD": "1",
        "LAMBDA_RUNTIME_EXECUTOR": "dropcast-process",
        "LAMBDA_RUNTIME_ENVIRONMENT_TIMEOUT": str(START_SECONDS),
        # AWS waits a minute before an event is tried again, and two before the last time.
        "LAMBDA_RETRY_BASE_DELAY": "1",
    }
