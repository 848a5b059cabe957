"""An invoice or a credit note as it was issued: all that its papers and files say, fixed on the day of issue.

It is kept as plain values (`written`, `read`), so that the same document gives the same papers for ever, whatever
becomes of the customer's address later.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from openterms.core.receivables.invoice_lines import Adjustment, Charged, Given, Line, Totals, VatPart

INVOICE, CREDIT_NOTE = "invoice", "credit_note"
TYPE_CODES = {INVOICE: "380", CREDIT_NOTE: "381"}
"""UNTDID 1001 as EN 16931 restricts it (BT-3)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """The seller or the buyer. `endpoint` is the electronic address with its scheme (Peppol); `register` the number of
    the company's register, `tax` a tax number that is no VAT number."""

    name: str
    street: str = ""
    postcode: str = ""
    city: str = ""
    region: str = ""
    country: str = ""
    vat: str = ""
    tax: str = ""
    register: str = ""
    endpoint: str = ""
    endpoint_scheme: str = ""
    email: str = ""
    phone: str = ""
    contact: str = ""
    number: str = ""
    """The number by which the seller knows the buyer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PayTo:
    """How to pay: the account, its bank and holder, the reference to give, lines in words where there is no IBAN."""

    iban: str = ""
    bic: str = ""
    bank: str = ""
    holder: str = ""
    reference: str = ""
    link: str = ""
    words: str = ""


class Due(NamedTuple):
    """A part of the invoice and its due date."""

    due_on: date
    amount_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceDocument:
    """The document. Amounts are minor units of `charged.currency`; a credit note's are positive as well.

    `corrects` is the number and date of the invoice that a credit note corrects. `vat_local_minor` is the VAT in the
    currency of the seller's tax (`tax_currency`), where that is another. `bills` names orders that it bills.
    """

    kind: str
    number: str
    issued_on: date
    seller: Party
    buyer: Party
    charged: Charged
    totals: Totals
    due: Sequence[Due] = ()
    pay_to: PayTo = field(default_factory=PayTo)
    supplied_on: date | None = None
    period: tuple[date, date] | None = None
    purchase_order: str = ""
    buyer_reference: str = ""
    contract: str = ""
    corrects: tuple[str, date] | None = None
    terms: str = ""
    discount: tuple[date, int] | None = None
    late_charge: str = ""
    note: str = ""
    tax_currency: str = ""
    vat_local_minor: int | None = None
    deliver_to_country: str = ""
    languages: Sequence[str] = ("en",)
    bills: Sequence[str] = ()

    @property
    def currency(self) -> str:
        """The currency of its amounts."""
        return self.charged.currency

    @property
    def due_on(self) -> date | None:
        """The day by which all of it is due; None for a credit note."""
        return max((one.due_on for one in self.due), default=None)


def written(document: InvoiceDocument) -> dict[str, Any]:
    """The document as plain values for the record (text, whole numbers, lists, maps)."""
    found: dict[str, Any] = _plain(asdict(document))
    return found


def read(kept: Mapping[str, Any]) -> InvoiceDocument:
    """The document that `written` kept. What later versions added has its default."""
    values = {one.name: kept[one.name] for one in fields(InvoiceDocument) if one.name in kept}
    charged = dict(values["charged"])
    charged["lines"] = [
        Line(**_decimals(dict(one), "quantity", "price", "percent", "price_per")
             | {"adjustments": [_adjustment(each) for each in one["adjustments"]]})
        for one in charged["lines"]
    ]  # fmt: skip
    charged["adjustments"] = [_adjustment(one) for one in charged["adjustments"]]
    charged["given"] = Given()
    totals = dict(values["totals"])
    totals["vat"] = tuple(_vat(one) for one in totals["vat"])
    days = {name: date.fromisoformat(values[name]) for name in ("issued_on", "supplied_on") if values.get(name)}
    return InvoiceDocument(
        **values | days | {
            "seller": Party(**values["seller"]), "buyer": Party(**values["buyer"]),
            "pay_to": PayTo(**values["pay_to"]), "charged": Charged(**charged), "totals": Totals(**totals),
            "due": [Due(date.fromisoformat(on), minor) for on, minor in values["due"]],
            "period": _pair_of_days(values.get("period")),
            "corrects": (values["corrects"][0], date.fromisoformat(values["corrects"][1]))
            if values.get("corrects") else None,
            "discount": (date.fromisoformat(values["discount"][0]), values["discount"][1])
            if values.get("discount") else None,
        }
    )  # fmt: skip


def _pair_of_days(kept: Sequence[str] | None) -> tuple[date, date] | None:
    return (date.fromisoformat(kept[0]), date.fromisoformat(kept[1])) if kept else None


def _adjustment(kept: Mapping[str, Any]) -> Adjustment:
    return Adjustment(**_decimals(dict(kept), "percent"))


def _vat(kept: Sequence[Any]) -> VatPart:
    category, percent, base, vat, reason = kept
    return VatPart(category, Decimal(percent), base, vat, reason)


def _decimals(kept: dict[str, Any], *names: str) -> dict[str, Any]:
    return kept | {name: Decimal(kept[name]) for name in names}


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value
