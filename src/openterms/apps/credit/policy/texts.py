"""The text of a version: as it is kept, and what a text that is not a policy yet still says of itself."""

from __future__ import annotations

import hashlib
import re
from typing import Any

from openterms.core.base.errors import BadInput
from openterms.core.base.money import CURRENCIES
from openterms.core.base.reasons import gettext_noop
from openterms.core.credit.policy import read_policy
from openterms.core.credit.policy_text import LONGEST_TEXT

_CODE = re.compile(r"^code:[ \t]*(['\"]?)([a-z][a-z0-9_]{0,39})\1[ \t]*(?:#.*)?$", re.MULTILINE)
_CURRENCY = re.compile(r"^currency:[ \t]*(['\"]?)([A-Z]{3})\1[ \t]*(?:#.*)?$", re.MULTILINE)


def plain_text(text: str) -> str:
    """The text with one kind of line end, as browsers and systems write different ones.

    Errors: longer than a policy may be, or with a character that no text has.
    """
    text = text.replace("\r\n", "\n")
    if len(text) > LONGEST_TEXT:
        raise BadInput(
            gettext_noop("The policy is longer than %(most)s letters"),
            "policy",
            gettext_noop("Write it shorter"),
            {"most": LONGEST_TEXT},
        )
    if re.search("[\x00\ud800-\udfff]", text):
        raise BadInput(
            gettext_noop("This holds a character that is no text"), "policy", gettext_noop("Save it as UTF-8")
        )
    return text


def content_of(text: str, currency: str, code: str = "") -> dict[str, Any]:
    """What is kept of a text: code, name, currency, text, hash, and whether it is a policy.

    One that is none yet is named by its line `code:`, else by `code`, and has the currency of its line `currency:`,
    else the one given; its hash is that of its letters, which is no policy's. Errors: it is none, and nothing names it.
    """
    try:
        said = read_policy(text)
    except BadInput:
        named = _CODE.search(text)
        code = named[2] if named else code
        if not code:
            raise
        found = _CURRENCY.search(text)
        known = found[2] if found and found[2] in CURRENCIES else currency
        digest = hashlib.sha256(b"not a policy\n" + text.encode()).hexdigest()
        return {"code": code, "name": code, "currency": known, "text": text, "hash": digest, "is_readable": False}
    return {
        "code": said.code, "name": said.name, "currency": said.currency, "text": text, "hash": said.hash,
        "is_readable": True,
    }  # fmt: skip
