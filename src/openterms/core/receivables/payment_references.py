"""References that a payer's bank carries and checks: ISO 11649 (RF), Belgian, Finnish and Swiss (FACTBOOK 6.6)."""

from __future__ import annotations

import re

from openterms.core.base.errors import BadInput
from openterms.core.base.reasons import gettext_noop

_RF_BODY = re.compile(r"[0-9A-Z]{1,21}")
_RF = re.compile(r"RF[0-9]{2}[0-9A-Z]{1,21}")
_SWISS_STEPS = (0, 9, 4, 6, 8, 2, 7, 1, 3, 5)


def compact(text: str) -> str:
    """A reference as machines compare it: capitals, without spaces and the marks that printing adds (TV-71)."""
    return re.sub(r"[\s+*/]", "", text).upper()


def rf(reference: str) -> str:
    """The creditor reference of ISO 11649 for up to 21 letters and digits (TV-70). Errors: BadInput."""
    body = re.sub(r"[^0-9A-Z]", "", reference.upper())
    if not _RF_BODY.fullmatch(body):
        raise BadInput(
            gettext_noop("This cannot be a payment reference"), "reference",
            gettext_noop("Give 1 to 21 letters of the Latin alphabet and digits"),
        )  # fmt: skip
    return f"RF{98 - _number(body + 'RF00') % 97:02d}{body}"


def is_rf(text: str) -> bool:
    """Whether a text is a creditor reference whose check digits hold, in any case and with spaces (TV-71)."""
    given = compact(text)
    return _RF.fullmatch(given) is not None and _number(given[4:] + given[:4]) % 97 == 1


def spaced(reference: str) -> str:
    """A reference as people read it: in fours."""
    return " ".join(reference[at : at + 4] for at in range(0, len(reference), 4))


def belgian(base: str) -> str:
    """Ten digits as a Belgian structured communication (TV-72)."""
    digits = _digits(base, 10, 10)
    whole = f"{digits}{int(digits) % 97 or 97:02d}"
    return f"+++{whole[:3]}/{whole[3:7]}/{whole[7:]}+++"


def finnish(base: str) -> str:
    """Three to nineteen digits as a Finnish reference (TV-73)."""
    digits = _digits(base, 3, 19)
    weights = (7, 3, 1)
    total = sum(int(one) * weights[place % 3] for place, one in enumerate(reversed(digits)))
    return f"{digits}{-total % 10}"


def swiss(base: str) -> str:
    """Up to 26 digits as a Swiss QR reference of 27 (TV-74)."""
    digits = _digits(base, 1, 26).zfill(26)
    carry = 0
    for one in digits:
        carry = _SWISS_STEPS[(carry + int(one)) % 10]
    return f"{digits}{-carry % 10}"


def _digits(text: str, least: int, most: int) -> str:
    found = compact(text)
    if not found.isascii() or not found.isdigit() or not least <= len(found) <= most:
        raise BadInput(
            gettext_noop("This cannot be a payment reference"), "reference",
            gettext_noop("Give %(least)s to %(most)s digits"), {"least": least, "most": most},
        )  # fmt: skip
    return found


def _number(text: str) -> int:
    return int("".join(str(int(one, 36)) for one in text))
