"""Where an account's credentials are, and reading them when they are needed. The record never holds them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from django.conf import settings

from openterms.apps.tenancy import secrets
from openterms.core.base.errors import BadInput
from openterms.core.base.reasons import gettext_noop

_ENVIRONMENT = re.compile(r"env:(OPENTERMS_BUREAU_[A-Z0-9_]{1,60})")
_FILE = re.compile(r"file:([A-Za-z0-9][A-Za-z0-9_-]{0,60}(?:\.json)?)")


def check_reference(reference: str) -> None:
    """BadInput unless it names a variable `env:OPENTERMS_BUREAU_…`, or a file `file:NAME` in the home's `bureau`."""
    if not _ENVIRONMENT.fullmatch(reference) and not _FILE.fullmatch(reference):
        raise BadInput(
            gettext_noop("this does not say where the credentials are"),
            "credentials",
            gettext_noop("write env:OPENTERMS_BUREAU_NAME, or file:NAME for a file in the folder bureau of the home"),
        )


def read_credentials(reference: str, wanted: Sequence[str]) -> dict[str, str]:
    """The credentials by name. BadInput, without a word of them: not there, readable by others, not an object of texts,
    one is missing."""
    check_reference(reference)
    return secrets.read(Path(settings.BUREAU_FOLDER), reference, wanted)
