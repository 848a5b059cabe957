"""The texts inside the codes (FACTBOOK 6.3, 6.5), checked before they are drawn. Values in, text out."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from openterms.core.base.errors import BadInput
from openterms.core.base.money import to_decimal
from openterms.core.base.reasons import gettext_noop
from openterms.core.receivables.payment_references import compact, is_rf, swiss

MOST_EPC_BYTES = 331
_MOST_EPC_MINOR = 99_999_999_999
_BIC = re.compile(r"[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?")


def iban(text: str) -> str:
    """An account number, compact, whose check holds (TV-75). Errors: BadInput."""
    given = compact(text)
    digits = "".join(str(int(one, 36)) for one in given[4:] + given[:4]) if given.isascii() and given.isalnum() else ""
    if not re.fullmatch(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}", given) or int(digits) % 97 != 1:
        raise _bad("iban", gettext_noop("This is no IBAN whose check digits hold"),
                   gettext_noop("Copy it again from the account"))  # fmt: skip
    return given


def epc(*, name: str, account: str, minor: int, reference: str = "", text: str = "", bic: str = "") -> str:
    """A SEPA transfer in euros (EPC069-12, TV-68 and TV-69): a structured reference or a text, never both.

    Errors: BadInput for a wrong account, an amount outside 0.01 to 999,999,999.99, names or texts that are too long.
    """
    if not 1 <= minor <= _MOST_EPC_MINOR:
        raise _bad("amount", gettext_noop("The amount is outside what a SEPA code may say"),
                   gettext_noop("Give 0.01 to 999999999.99 euros"))  # fmt: skip
    if reference and text:
        raise _bad("reference", gettext_noop("A SEPA code has a reference or a text, never both"),
                   gettext_noop("Leave one of them out"))  # fmt: skip
    if bic and not _BIC.fullmatch(bic):
        raise _bad("bic", gettext_noop("This is no BIC"), gettext_noop("Give eight or eleven characters"))
    rows = ["BCD", "002", "1", "SCT", bic, _line("name", name, 70), iban(account), f"EUR{to_decimal(minor, 'EUR')}",
            "", _line("reference", compact(reference), 35), _line("text", text, 140)]  # fmt: skip
    while not rows[-1]:
        rows.pop()
    made = "\n".join(rows)
    if len(made.encode()) > MOST_EPC_BYTES:
        raise _bad("text", gettext_noop("This does not fit a SEPA code"), gettext_noop("Shorten name or text"))
    return made


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A structured address (type S): street and number may be empty, post code and town may not."""

    name: str
    postcode: str
    town: str
    country: str
    street: str = ""
    number: str = ""

    def rows(self) -> list[str]:
        """The seven lines of the code."""
        if not self.name or not self.town or not re.fullmatch("[A-Z]{2}", self.country):
            raise _bad("address", gettext_noop("A Swiss code needs name, town and country"),
                       gettext_noop("Complete the address"))  # fmt: skip
        return ["S", _line("name", self.name, 70), _line("street", self.street, 70), _line("number", self.number, 16),
                _line("postcode", self.postcode, 16), _line("town", self.town, 35), self.country]  # fmt: skip


def swiss_qr(
    *, account: str, creditor: Address, minor: int, currency: str, debtor: Address | None = None,
    reference: str = "", message: str = "",
) -> str:  # fmt: skip
    """A Swiss QR-bill (version 2.2): a QR-IBAN has a QR reference, another account an ISO 11649 reference or none.

    Errors: BadInput for an account outside Switzerland and Liechtenstein, other currencies, a reference of the wrong
    kind.
    """
    to = iban(account)
    if to[:2] not in ("CH", "LI") or currency not in ("CHF", "EUR"):
        raise _bad("iban", gettext_noop("A Swiss code pays francs or euros to an account in CH or LI"),
                   gettext_noop("Use another code, or another account"))  # fmt: skip
    given = compact(reference)
    is_qr_account = 30000 <= int(to[4:9]) <= 31999 if to[4:9].isdigit() else False
    kind = "QRR" if len(given) == 27 and given.isdigit() else "SCOR" if given else "NON"
    holds = {"QRR": len(given) == 27 and given == swiss(given[:26]), "SCOR": is_rf(given), "NON": True}[kind]
    if (kind == "QRR") != is_qr_account or not holds:
        raise _bad(
            "reference", gettext_noop("This reference does not go with this account"),
            gettext_noop("A QR-IBAN takes a QR reference of 27 digits, another account an RF reference"),
        )  # fmt: skip
    rows = ["SPC", "0200", "1", to, *creditor.rows(), *[""] * 7, str(to_decimal(minor, currency)), currency,
            *(debtor.rows() if debtor else [""] * 7), kind, given, _line("message", message, 140), "EPD"]  # fmt: skip
    return "\n".join(rows)


def zatca(*, seller: str, vat_number: str, at: datetime, gross: str, vat: str, more: Sequence[bytes] = ()) -> str:
    """The Saudi tax code: tags 1 to 5 (and 6 to 9 as `more`) as TLV in base64 (TV-64 to TV-66).

    `at` is an instant; `gross` and `vat` are amounts in riyals as text. Errors: BadInput for a value of more than 255
    bytes.
    """
    instant = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    values = [one.encode() for one in (seller, vat_number, instant, gross, vat)]
    return base64.b64encode(tlv([*values, *more])).decode()


def tlv(values: Sequence[bytes]) -> bytes:
    """Values as tags 1, 2 …: one byte of tag, one byte of length in bytes, the value (TV-66)."""
    for place, one in enumerate(values, 1):
        if len(one) > 255:
            raise _bad(f"tag {place}", gettext_noop("A value of the tax code has more than 255 bytes"),
                       gettext_noop("Shorten it"))  # fmt: skip
    return b"".join(bytes((place, len(one))) + one for place, one in enumerate(values, 1))


def read_tlv(text: str) -> dict[int, bytes]:
    """What a tax code says, by tag. Errors: BadInput for a text that is none."""
    try:
        raw = base64.b64decode(text, validate=True)
    except ValueError:
        raw = b"\0"
    found, at = {}, 0
    while at < len(raw):
        end = at + 2 + (raw[at + 1] if at + 1 < len(raw) else 256)
        if end > len(raw):
            raise _bad("code", gettext_noop("This is no tax code"), gettext_noop("Give the base64 text of the code"))
        found[raw[at]] = raw[at + 2 : end]
        at = end
    return found


def _line(name: str, text: str, most: int) -> str:
    kept = " ".join(text.split())
    if len(kept) > most:
        raise _bad(name, gettext_noop("This is longer than the code allows"),
                   gettext_noop("Give at most %(most)s characters"), most=most)  # fmt: skip
    return kept


def _bad(where: str, what: str, remedy: str, **params: int) -> BadInput:
    return BadInput(what, where, remedy, params)
