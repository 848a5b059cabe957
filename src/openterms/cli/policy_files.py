"""A policy by the name that people give it: a file, an example, or a version in the record."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from .common import fail, refusals, seller_context

if TYPE_CHECKING:
    from openterms.core.credit.policy import Policy

LABEL = re.compile(r"([A-Za-z0-9][A-Za-z0-9_-]{0,31}):([a-z][a-z0-9_]{0,39}@[0-9]{1,9})")


def read(file: str) -> Policy:
    """The policy of a file, or of an example's name; ends with exit code 1 and the place of the fault."""
    from openterms.core.credit.policy import read_policy

    with refusals():
        return read_policy(text_of(file))


def read_kept(name: str) -> Policy:
    """As `read`; `SELLER:CODE@NUMBER`, where no file is called so, is a version in the record."""
    return (None if Path(name).exists() else kept(name)) or read(name)


def text_of(file: str) -> str:
    """The text of a file, or of an example by its name; ends with exit code 1 where it cannot be read."""
    from importlib.resources import files

    from openterms.core.credit.policy import EXAMPLES

    path = Path(file)
    if not path.exists() and file in EXAMPLES:
        return files("openterms.core.credit").joinpath(f"examples/{file}.yaml").read_text("utf-8")
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        fail(f"{file}: {getattr(error, 'strerror', None) or 'this is not text'}")


def kept(name: str) -> Policy | None:
    """The policy that `SELLER:CODE@NUMBER` names in the record; None where the name is not of that form."""
    parts = LABEL.fullmatch(name)
    if parts is None:
        return None
    with seller_context(parts[1]) as found:
        from openterms.apps.credit.policy.reads import named_version, parsed

        return parsed(named_version(found, parts[2]))
