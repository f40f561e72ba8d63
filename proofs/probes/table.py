"""All probes, in the order of the page."""

from proofs.probes import cloudformation, queues_and_logs, role_permissions
from proofs.probes.api import events as api_events
from proofs.probes.api import rest_api
from proofs.probes.functions import asynchronous_calls, layers_and_limits, synchronous_calls
from proofs.probes.probe import Probe
from proofs.probes.s3 import events as s3_events
from proofs.probes.s3 import objects, upload_forms, writes
from proofs.probes.state_machines import errors, runs

PROBES: tuple[Probe, ...] = (
    *writes.PROBES,
    *objects.PROBES,
    *upload_forms.PROBES,
    *s3_events.PROBES,
    *synchronous_calls.PROBES,
    *layers_and_limits.PROBES,
    *asynchronous_calls.PROBES,
    *runs.PROBES,
    *errors.PROBES,
    *rest_api.PROBES,
    *api_events.PROBES,
    *role_permissions.PROBES,
    *queues_and_logs.PROBES,
    *cloudformation.PROBES,
)
