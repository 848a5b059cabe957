"""One entry of a camt message: its sign, its days, and the payments it is made of."""

from __future__ import annotations

from datetime import date

from openterms.core.base.reasons import gettext_noop
from openterms.core.cash.statement import Details, Entry
from openterms.formats.bank.faults import Faults

_NONE = ("", "NOTPROVIDED", "NONREF")


class Node:
    """An element with its line, its text and what it holds."""

    __slots__ = ("currency", "kids", "line", "name", "text")

    def __init__(self, name: str, line: int, currency: str) -> None:
        self.name, self.line, self.currency = name, line, currency
        self.text = ""
        self.kids: list[Node] = []


def find(node: Node | None, *path: str) -> Node | None:
    """The first element under a path; None where there is none."""
    for name in path:
        if node is None:
            return None
        for kid in node.kids:
            if kid.name == name:
                node = kid
                break
        else:
            return None
    return node


def text_of(node: Node | None, *path: str) -> str:
    """The text under a path without space around it; empty where there is none."""
    found = find(node, *path)
    return found.text.strip() if found is not None else ""


def entry_of(node: Node, faults: Faults, created: str = "") -> Entry:
    """An entry. ``CdtDbtInd`` alone says the sign (TV-86): a reversed credit is a debit with ``RvslInd``.

    Without a day of its own it has the day on which its statement was ``created``.
    """
    amount = find(node, "Amt")
    mark = text_of(node, "CdtDbtInd")
    if amount is None or mark not in ("CRDT", "DBIT"):
        faults.add(node.line, gettext_noop("%(value)s is not an entry"), "Amt, CdtDbtInd", value="Ntry")
        return Entry(node.line, date.min, date.min, 0, "", "", "", "", (Details(0),))
    currency = amount.currency
    minor = faults.amount(amount.text.strip(), ".", currency, amount.line)
    minor = -minor if mark == "DBIT" else minor
    status = text_of(node, "Sts", "Cd") or text_of(node, "Sts")
    booked, valued = _day(find(node, "BookgDt"), faults), _day(find(node, "ValDt"), faults)
    if booked is None and valued is None and created:
        booked = faults.day(created[:10].replace("-", ""), node.line)
    elif booked is None and valued is None:
        faults.add(node.line, gettext_noop("the booking date is missing"), "BookgDt")
    booked_on = booked or valued or date.min
    codes = [text_of(node, "BkTxCd", "Domn", *path) for path in (("Cd",), ("Fmly", "Cd"), ("Fmly", "SubFmlyCd"))]
    kind = "-".join(filter(None, codes)) or text_of(node, "BkTxCd", "Prtry", "Cd")
    details = _details(node, minor, currency)
    reference = text_of(node, "NtryRef")
    return Entry(
        node.line, booked_on, valued or booked_on, minor, currency, kind, text_of(node, "AcctSvcrRef"), reference,
        details, text_of(node, "RvslInd") in ("true", "1"), status not in ("BOOK", ""),
    )  # fmt: skip


def _day(node: Node | None, faults: Faults) -> date | None:
    text = text_of(node, "Dt") or text_of(node, "DtTm")
    return faults.day(text[:10].replace("-", ""), node.line if node else 0) if text else None


def _details(node: Node, minor: int, currency: str) -> tuple[Details, ...]:
    """The payments of an entry, where their amounts come to the entry's; else one for the whole."""
    transactions = [kid for part in node.kids if part.name == "NtryDtls" for kid in part.kids if kid.name == "TxDtls"]
    extra = text_of(node, "AddtlNtryInf")
    if len(transactions) > 1:
        own = Faults("")
        shares = [_share(one, own, currency) for one in transactions]
        sign = -1 if minor < 0 else 1
        if not own.found and None not in shares and sum(filter(None, shares)) == abs(minor):
            pairs = zip(transactions, shares, strict=True)
            return tuple(_detail(one, sign * (share or 0), extra) for one, share in pairs)
    if not transactions:
        return (Details(minor, text=extra),)
    first = _detail(transactions[0], minor, extra)
    if len(transactions) > 1:
        words = " ".join(_detail(one, 0, "").text for one in transactions)
        return (Details(minor, text=f"{extra} {words}".strip()),)
    return (first,)


def _share(node: Node, faults: Faults, currency: str) -> int | None:
    amount = find(node, "Amt") or find(node, "AmtDtls", "TxAmt", "Amt")
    if amount is None or amount.currency != currency:
        return None
    return faults.amount(amount.text.strip(), ".", currency, amount.line)


def _detail(node: Node, minor: int, extra: str) -> Details:
    """One payment. The other side is the debtor of money that came in, and the creditor of money that went out."""
    parties, agents = find(node, "RltdPties"), find(node, "RltdAgts")
    side = "Cdtr" if minor < 0 and not text_of(node, "RtrInf", "Rsn", "Cd") else "Dbtr"
    payer = text_of(parties, side, "Nm") or text_of(parties, side, "Pty", "Nm")
    ultimate = text_of(parties, f"Ultmt{side}", "Nm") or text_of(parties, f"Ultmt{side}", "Pty", "Nm")
    account = text_of(parties, f"{side}Acct", "Id", "IBAN") or text_of(parties, f"{side}Acct", "Id", "Othr", "Id")
    bank = find(agents, f"{side}Agt", "FinInstnId")
    remittance = find(node, "RmtInf")
    words = [kid.text.strip() for kid in remittance.kids if kid.name == "Ustrd"] if remittance else []
    structured = [kid for kid in remittance.kids if kid.name == "Strd"] if remittance else []
    reference = next((text for one in structured if (text := text_of(one, "CdtrRefInf", "Ref"))), "")
    words += [text for one in structured if (text := text_of(one, "RfrdDocInf", "Nb"))]
    words += [text for one in structured if (text := text_of(one, "AddtlRmtInf"))]
    end_to_end = text_of(node, "Refs", "EndToEndId")
    return Details(
        minor, ultimate or payer, account, text_of(bank, "BIC") or text_of(bank, "BICFI"),
        "" if end_to_end in _NONE else end_to_end, reference,
        " ".join(words) or text_of(node, "AddtlTxInf") or extra, text_of(node, "RtrInf", "Rsn", "Cd"),
    )  # fmt: skip
