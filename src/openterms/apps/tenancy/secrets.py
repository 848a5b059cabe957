"""Credentials: in files that their owner alone can read, or in the environment; the record says where, never what.

A reference is `env:NAME` or `file:NAME`, checked by whoever takes it in; files lie in a folder of the home. They are
written and read, never shown.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from uuid import UUID

from openterms.core.base.errors import BadInput
from openterms.core.base.reasons import gettext_noop


def read(folder: Path, reference: str, wanted: Sequence[str]) -> dict[str, str]:
    """The credentials by name. BadInput, without a word of them: not there, readable by others, not an object of texts,
    one is missing."""
    is_named = reference.startswith("env:")
    text = os.environ.get(reference.removeprefix("env:"), "") if is_named else _of_file(folder, reference)
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
    return found


def keep(folder: Path, seller_id: UUID, given: Mapping[str, str]) -> str:
    """Write credentials to a new file of the seller's; its name says whose it is and nothing else. The reference."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    name = f"{seller_id.hex}-{secrets.token_hex(8)}.json"
    descriptor = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(dict(given), file)
        file.flush()
        os.fsync(file.fileno())
    return f"file:{name}"


def forget(folder: Path, reference: str) -> None:
    """Destroy a file that `keep` wrote; files and variables of the operator stay."""
    name = reference.removeprefix("file:")
    if reference.startswith("file:") and len(name) == 32 + 1 + 16 + len(".json"):
        (folder / name).unlink(missing_ok=True)


def _of_file(folder: Path, reference: str) -> str:
    path = folder / reference.removeprefix("file:")
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
