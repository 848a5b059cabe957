"""The words of an MT940 entry (:86:), which every bank writes in its own way: German ?20, Dutch /REMI/, or free."""

from __future__ import annotations

import re
from collections.abc import Sequence

from openterms.core.cash.statement import Details

_GERMAN = re.compile(r"\?(\d\d)")
_SEPA = re.compile(r"(EREF|KREF|MREF|CRED|DEBT|COAM|OAMT|SVWZ|ABWA|ABWE|IBAN|BIC)\+")
_DUTCH = re.compile(r"/(TRTP|IBAN|BIC|NAME|REMI|EREF|CSID|MARF|CNTP|ORDP|BENM|PREF|RTRN|ID|CREF|SVCL|ISDT|USTD|STRD)/")
_STRUCTURED = re.compile(r"\bRF\d\d[A-Z0-9]{1,21}\b")


def details_of(lines: Sequence[str], more: str, minor: int) -> Details:
    """Payer, account, references and purpose where the bank's way is known; the text always as it was written."""
    joined = "".join(lines)
    if len(joined) > 6 and joined[:3].isdigit() and _GERMAN.match(joined, 3):
        return _german(joined, minor)
    if joined.startswith("/") and _DUTCH.match(joined):
        return _dutch(joined, minor)
    text = " ".join(filter(None, (line.strip() for line in lines))) or more
    return Details(minor, text=text, reference=_reference(text))


def _german(joined: str, minor: int) -> Details:
    pieces = _GERMAN.split(joined)
    pairs = list(zip(pieces[1::2], pieces[2::2], strict=False))
    fields = dict(pairs)
    purpose = "".join(text for code, text in pairs if "20" <= code <= "29" or "60" <= code <= "63")
    parts = _SEPA.split(purpose)
    sepa = {key: text.strip() for key, text in zip(parts[1::2], parts[2::2], strict=False)}
    text = sepa.get("SVWZ") or (parts[0].strip() if len(parts) > 1 else purpose.strip()) or fields.get("00", "")
    end_to_end = sepa.get("EREF", "")
    return Details(
        minor, payer=(fields.get("32", "") + fields.get("33", "")).strip(), payer_account=fields.get("31", "").strip(),
        payer_bank=fields.get("30", "").strip(), end_to_end="" if end_to_end == "NOTPROVIDED" else end_to_end,
        reference=_reference(text), text=text,
    )  # fmt: skip


def _dutch(joined: str, minor: int) -> Details:
    pieces = _DUTCH.split(joined)
    fields: dict[str, str] = {}
    for code, text in zip(pieces[1::2], pieces[2::2], strict=False):
        fields.setdefault(code, text.strip("/ "))
    party = fields.get("CNTP", "").split("/")
    name = fields.get("NAME", "") or (party[2] if len(party) > 2 else "")
    account = fields.get("IBAN", "") or (party[0] if len(party) > 2 else "")
    text = fields.get("REMI") or fields.get("USTD") or joined
    end_to_end = fields.get("EREF", "")
    return Details(
        minor, payer=name, payer_account=account,
        payer_bank=fields.get("BIC", "") or (party[1] if len(party) > 2 else ""),
        end_to_end="" if end_to_end == "NOTPROVIDED" else end_to_end, reference=_reference(text), text=text,
        return_reason=fields.get("RTRN", ""),
    )  # fmt: skip


def _reference(text: str) -> str:
    found = _STRUCTURED.search(text)
    return found.group() if found else ""
