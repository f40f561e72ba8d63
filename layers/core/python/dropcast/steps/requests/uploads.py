"""Open an upload: a form that lets its holder drop one file without AWS credentials.

The form is S3's own POST policy. It is bound to one key, one content type, a size and a quarter of
an hour, and can do no more than the function's role, which may put under ``raw/`` and nothing else.
S3 then sends the event that a drop by any other way sends.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from dropcast.contracts.keys import RAW
from dropcast.contracts.limits import UPLOAD_MINUTES
from dropcast.contracts.ports import UploadForm, UploadForms
from dropcast.recipe import Table


@dataclass(frozen=True, kw_only=True)
class UploadRequested:
    """Somebody wants to drop a file of at most ``size`` bytes."""

    name: str
    size: int
    content_type: str


@dataclass(frozen=True, kw_only=True)
class UploadOpened:
    """A form is good until ``expires_at`` for one object under ``key``."""

    requested: UploadRequested
    form: UploadForm
    key: str
    expires_at: datetime


def open_upload(
    requested: UploadRequested,
    *,
    table: Table,
    forms: UploadForms,
    now: Callable[[], datetime],
) -> UploadOpened:
    """Return a form for one file of a dataset or reference table."""
    key = RAW.format(dataset=table.dataset, name=requested.name)
    form = forms.sign_form(
        key=key,
        content_type=requested.content_type,
        most_bytes=requested.size,
        valid_seconds=UPLOAD_MINUTES * 60,
    )
    expires_at = now() + timedelta(minutes=UPLOAD_MINUTES)
    return UploadOpened(requested=requested, form=form, key=key, expires_at=expires_at)
