"""All probes, in the order of the page."""

from emulators.probes import (
    access,
    api,
    functions,
    invocations,
    machines,
    s3_events,
    s3_objects,
    s3_writes,
    surroundings,
)
from emulators.probes.probe import Probe

PROBES: tuple[Probe, ...] = (
    *s3_writes.PROBES,
    *s3_objects.PROBES,
    *s3_events.PROBES,
    *functions.PROBES,
    *invocations.PROBES,
    *machines.PROBES,
    *api.PROBES,
    *access.PROBES,
    *surroundings.PROBES,
)
