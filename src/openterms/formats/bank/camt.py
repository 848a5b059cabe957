"""camt.052, camt.053 and camt.054 of every version (FACTBOOK 7.2), read as a stream.

One entry is held at a time. A document type declaration is refused where it stands, so that no entity, inner or outer,
is ever expanded or fetched.
"""

from __future__ import annotations

import re
from xml.parsers import expat

from openterms.core.base.reasons import gettext_noop
from openterms.core.cash.statement import Balance, Entry, Statement
from openterms.formats.bank.camt_entry import Node, entry_of, find, text_of
from openterms.formats.bank.faults import Faults

_MESSAGES = {"BkToCstmrStmt": "camt.053", "BkToCstmrAcctRpt": "camt.052", "BkToCstmrDbtCdtNtfctn": "camt.054"}
_STATEMENTS = {"Stmt": "camt.053", "Rpt": "camt.052", "Ntfctn": "camt.054"}
_OPENING, _CLOSING = ("OPBD", "PRCD"), ("CLBD",)
_VERSION = re.compile(r"V\d\d$")
_DEEPEST = 60
# Elements whose own line is told; what lies within has the line of the nearest.
_PLACED = frozenset({"Ntry", "Amt", "Bal", "BookgDt", "ValDt", "TxDtls", "Acct"})


def read(content: bytes, name: str) -> list[Statement]:
    """The statements of a file in its order. ``BadFile`` names every line that is wrong."""
    faults = Faults(name)
    reader = _Reader(faults)
    try:
        reader.parser.Parse(content, True)
    except expat.ExpatError as error:
        if error.code in (3, 5, 13, 20) and reader.message:  # a part is missing at the end
            raise faults.cut(error.lineno) from None
        raise faults.fatal(
            error.lineno, gettext_noop("this is not XML: %(value)s"),
            gettext_noop("fetch the whole file from the bank again"), value=expat.ErrorString(error.code),
        ) from None  # fmt: skip
    except (LookupError, UnicodeError, ValueError) as error:
        if isinstance(error, type(faults.fatal(1, ""))):
            raise
        raise faults.fatal(1, gettext_noop("this is not text"), gettext_noop("save the file as UTF-8")) from None
    if not reader.statements and not faults.found:
        raise faults.fatal(1, gettext_noop("this XML holds no bank statement"), "camt.052, camt.053, camt.054")
    faults.settle()
    return reader.statements


class _Reader:
    """Listens to the parser: builds small trees inside a statement, takes each entry off as it ends."""

    def __init__(self, faults: Faults) -> None:
        self.faults = faults
        self.statements: list[Statement] = []
        self.message = ""
        self.stack: list[Node] = []
        self.entries: list[Entry] = []
        self.parser = parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.StartDoctypeDeclHandler = self._doctype

    def _doctype(self, *_: object) -> None:
        raise self.faults.fatal(
            self.parser.CurrentLineNumber, gettext_noop("a document type declaration is not allowed in a bank file"),
            gettext_noop("remove it"),
        )  # fmt: skip

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition(":")[2] if ":" in tag else tag
        stack = self.stack
        if stack:
            line = self.parser.CurrentLineNumber if name in _PLACED else stack[-1].line
            node = Node(name, line, attributes.get("Ccy", "") if attributes else "")
            stack[-1].kids.append(node)
            stack.append(node)
            if len(stack) > _DEEPEST:
                raise self.faults.fatal(line, gettext_noop("the elements are nested too deep"))
            return
        self.message = _MESSAGES.get(_VERSION.sub("", name), self.message)
        if self.message and _STATEMENTS.get(name) == self.message:
            self.entries = []
            stack.append(Node(name, self.parser.CurrentLineNumber, ""))

    def _characters(self, text: str) -> None:
        if self.stack:
            self.stack[-1].text += text

    def _end(self, tag: str) -> None:
        if not self.stack:
            return
        node = self.stack.pop()
        if not self.stack:
            self.statements.append(self._statement(node))
        elif len(self.stack) == 1 and node.name == "Ntry":
            self.entries.append(entry_of(node, self.faults, text_of(self.stack[0], "CreDtTm")))
            self.stack[0].kids.pop()

    def _statement(self, node: Node) -> Statement:
        account = find(node, "Acct")
        number = text_of(account, "Id", "IBAN") or text_of(account, "Id", "Othr", "Id")
        number = number or text_of(account, "Id", "PrtryAcct", "Id") or text_of(account, "Id", "BBAN")
        if not number:
            self.faults.add(node.line, gettext_noop("the account is missing"), "Acct/Id")
        balances = self._balances(node)
        opening = next((balances[code] for code in _OPENING if code in balances), None)
        closing = next((balances[code] for code in _CLOSING if code in balances), None)
        currencies = {one[1] for one in (opening, closing) if one} | {entry.currency for entry in self.entries}
        currency = opening[1] if opening else closing[1] if closing else text_of(account, "Ccy")
        currency = currency or next(iter(sorted(currencies)), "")
        for entry in self.entries:
            if entry.currency != currency:
                self.faults.add(
                    entry.line, gettext_noop("an entry in %(value)s on an account in %(currency)s"),
                    gettext_noop("an account has one currency"), value=entry.currency, currency=currency,
                )  # fmt: skip
        return Statement(
            node.line, number, text_of(node, "ElctrncSeqNb") or text_of(node, "LglSeqNb") or text_of(node, "Id"),
            currency, opening[0] if opening else None, closing[0] if closing else None, tuple(self.entries),
            self.message != "camt.053",
        )  # fmt: skip

    def _balances(self, node: Node) -> dict[str, tuple[Balance, str]]:
        found: dict[str, tuple[Balance, str]] = {}
        for one in node.kids:
            if one.name != "Bal":
                continue
            code = text_of(one, "Tp", "CdOrPrtry", "Cd") or text_of(one, "Tp", "Cd")
            amount = find(one, "Amt")
            if amount is None or code not in (*_OPENING, *_CLOSING):
                continue
            minor = self.faults.amount(amount.text.strip(), ".", amount.currency, amount.line)
            day = text_of(one, "Dt", "Dt") or text_of(one, "Dt", "DtTm")
            on = self.faults.day(day[:10].replace("-", ""), one.line) if day else None
            debit = text_of(one, "CdtDbtInd") == "DBIT"
            found.setdefault(code, (Balance(on, -minor if debit else minor, one.line), amount.currency))
        return found
