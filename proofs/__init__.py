"""What the project proves about a deployed stack: chaos schedules, grants, and emulator probes."""
