"""All probes, in the order of the page."""

from emulators.probes import (
    access,
    api,
    api_events,
    functions,
    invocations,
    machine_errors,
    machines,
    packages,
    queues_and_logs,
    s3_events,
    s3_forms,
    s3_objects,
    s3_writes,
    stacks,
)
from emulators.probes.probe import Probe

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
