"""Reading the reports that the functions write for a person."""


def read_fact(report: str, name: str) -> str | None:
    r"""Return what a report's line says.

    >>> read_fact("State:            scored\n", "State")
    'scored'
    """
    for line in report.splitlines():
        if line.startswith(f"{name}:"):
            return line.removeprefix(f"{name}:").strip()
    return None


def read_message(report: str) -> str:
    r"""Return what a refused file's report says after its facts.

    >>> read_message("File:  s3://b/score/x\nState:  refused\n\nIt is empty\n")
    'It is empty'
    """
    return report.partition("\n\n")[2].strip()


def split_uri(uri: str) -> tuple[str, str]:
    """Return the bucket and the key of an object's address, as reports name it.

    >>> split_uri("s3://bucket/scored/songs/1/receipt.json")
    ('bucket', 'scored/songs/1/receipt.json')
    """
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return bucket, key
