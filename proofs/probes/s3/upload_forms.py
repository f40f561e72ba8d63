"""S3's upload forms that a role signs, and what they refuse."""

import time
from collections.abc import Mapping
from uuid import uuid4

from proofs.probes.probe import make_probes
from proofs.probes.resources import allow, make_bucket, take_role
from proofs.probes.target import Target


def post_form(
    target: Target,
    *,
    content: bytes = b"12345",
    changed: Mapping[str, str] | None = None,
    seconds: int = 60,
    bucket: str | None = None,
    may: bool = True,
) -> str:
    """Send a form for 2 to 10 bytes of text/csv; return the status and S3's code.

    ``changed``  fields that differ from the signed ones
    ``seconds``  until the form expires; it is sent after that where they are less than one
    ``may``      whether the role that signs it may write there
    """
    bucket = bucket or target.once(make_bucket)
    key = "form/*" if may else "elsewhere/*"
    signer = target.share(
        ("signer", bucket, may),
        lambda: take_role(target, "s3", allow(["s3:PutObject"], [f"arn:aws:s3:::{bucket}/{key}"])),
    )
    form = signer.generate_presigned_post(
        Bucket=bucket,
        Key="form/one.csv",
        Fields={"Content-Type": "text/csv"},
        Conditions=[{"Content-Type": "text/csv"}, ["content-length-range", 2, 10]],
        ExpiresIn=seconds,
    )
    if seconds < 1:
        time.sleep(1.1)
    fields = {**form["fields"], **(changed or {})}
    edge = uuid4().hex
    body = b"".join(
        f'--{edge}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    )
    head = f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="one.csv"\r\n\r\n'
    response = target.fetch(
        form["url"],
        method="POST",
        headers={"Content-Type": f"multipart/form-data; boundary={edge}"},
        body=body + head.encode() + content + f"\r\n--{edge}--\r\n".encode(),
    )
    if response.status < 300:
        return str(response.status)
    code = response.body.partition(b"<Code>")[2].partition(b"</Code>")[0].decode()
    return f"{response.status} {code or 'without a code'}"


_FORMS = "Amazon S3 API Reference: Creating a POST policy"
_UPLOADS = "storage/uploads.py: forms of POST /uploads"
PROBES = make_probes(
    "S3: objects",
    (
        "A form signed by a role that may not write there",
        "403 AccessDenied",
        "Amazon S3 API Reference: Authenticating requests: Browser-based uploads using POST",
        "cdk/permissions.py: a form can do no more than the Uploads function",
        lambda target: post_form(target, may=False),
    ),
    ("A signed form stores", "204", _FORMS, _UPLOADS, post_form),
    (
        "A signed form refuses more bytes than it was signed for",
        "400 EntityTooLarge",
        _FORMS,
        _UPLOADS,
        lambda target: post_form(target, content=b"12345678901"),
    ),
    (
        "A signed form refuses fewer bytes than it was signed for",
        "400 EntityTooSmall",
        _FORMS,
        _UPLOADS,
        lambda target: post_form(target, content=b"1"),
    ),
    (
        "A signed form refuses another content type",
        "403 AccessDenied",
        _FORMS,
        _UPLOADS,
        lambda target: post_form(target, changed={"Content-Type": "text/html"}),
    ),
    (
        "A signed form refuses another key",
        "403 AccessDenied",
        _FORMS,
        _UPLOADS,
        lambda target: post_form(target, changed={"key": "form/two.csv"}),
    ),
    (
        "A signed form refuses a changed signature",
        "403 SignatureDoesNotMatch",
        _FORMS,
        _UPLOADS,
        lambda target: post_form(target, changed={"x-amz-signature": "0" * 64}),
    ),
    (
        "A signed form expires",
        "403 AccessDenied",
        _FORMS,
        _UPLOADS,
        lambda target: post_form(target, seconds=0),
    ),
)
