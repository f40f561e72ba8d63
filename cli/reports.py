"""Reading what the functions tell a person."""


def read_fact(report: str, name: str) -> str | None:
    """Return what a report's line says.

    >>> read_fact("State:            scored\\n", "State")
    'scored'
    """
    for line in report.splitlines():
        if line.startswith(f"{name}:"):
            return line.removeprefix(f"{name}:").strip()
    return None
