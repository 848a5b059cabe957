"""Where an account's credentials are, and reading them when they are needed. The record never holds them."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from pathlib import Path

from django.conf import settings

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
    named = _ENVIRONMENT.fullmatch(reference)
    text = os.environ.get(named[1], "") if named else _of_file(reference)
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict) or any(not isinstance(found.get(name), str) or not found[name] for name in wanted):
        raise BadInput(
            gettext_noop("the credentials cannot be read"),
            reference,
            gettext_noop("keep there a JSON object with %(names)s"),
            {"names": ", ".join(wanted)},
        )
    return {name: found[name] for name in wanted}


def _of_file(reference: str) -> str:
    path = Path(settings.BUREAU_FOLDER) / reference.removeprefix("file:")
    try:
        if path.is_symlink() or path.stat().st_mode & 0o077:
            raise BadInput(
                gettext_noop("the file of credentials can be read by others"),
                reference,
                gettext_noop("let its owner alone read it: chmod 600"),
            )
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return ""
