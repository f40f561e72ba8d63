"""All probes, in the order of the page."""

from proofs.probes import queues_and_logs, stacks
from proofs.probes.api import events as api_events
from proofs.probes.api import rest_api as api
from proofs.probes.functions import access, invocations, packages
from proofs.probes.functions import settings as functions
from proofs.probes.probe import Probe
from proofs.probes.s3 import events as s3_events
from proofs.probes.s3 import forms as s3_forms
from proofs.probes.s3 import objects as s3_objects
from proofs.probes.s3 import writes as s3_writes
from proofs.probes.state_machines import errors as machine_errors
from proofs.probes.state_machines import runs as machines

PROBES: tuple[Probe, ...] = (
    *s3_writes.PROBES,
    *s3_objects.PROBES,
    *s3_forms.PROBES,
    *s3_events.PROBES,
    *functions.PROBES,
    *packages.PROBES,
    *invocations.PROBES,
    *machines.PROBES,
    *machine_errors.PROBES,
    *api.PROBES,
    *api_events.PROBES,
    *access.PROBES,
    *queues_and_logs.PROBES,
    *stacks.PROBES,
)
