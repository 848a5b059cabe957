"""UN/CEFACT CII (D16B), the syntax of Factur-X and ZUGFeRD, as EN 16931 binds it."""

from __future__ import annotations

import re
from functools import cache

from openterms.core.base.errors import BadInput
from openterms.core.base.reasons import gettext_noop
from openterms.formats.einvoice.binding import Reading, Row, Tree, Writing, constant, group, term
from openterms.formats.einvoice.shapes import lifted, put_first
from openterms.formats.safe_xml import Element, escaped, parse

NAMESPACE = "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100"
_TYPES = "urn:un:unece:uncefact:data:standard:"
_TOP = frozenset({"ExchangedDocumentContext", "ExchangedDocument", "SupplyChainTradeTransaction"})
_PLAIN = frozenset({"DateTimeString", "DateString", "Indicator"})
_AGREEMENT = "SupplyChainTradeTransaction/ApplicableHeaderTradeAgreement"
_DELIVERY = "SupplyChainTradeTransaction/ApplicableHeaderTradeDelivery"
_SETTLEMENT = "SupplyChainTradeTransaction/ApplicableHeaderTradeSettlement"
_IDENTIFIERS = ("BT-46", "BT-60", "BT-71")
_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Za-z0-9 ]{6,40}")
_DAY = "DateTimeString{@format=102}"


def read(content: bytes) -> tuple[Tree, list[str]]:
    """The terms of a document in CII, and what it says beyond them. ``BadInput`` for anything else."""
    root = parse(content)
    if root.namespace != NAMESPACE or root.name != "CrossIndustryInvoice":
        raise BadInput(
            gettext_noop("This XML is no invoice in CII"), "file", gettext_noop("Give an invoice in UBL 2.1 or CII")
        )
    reading = Reading(root, _from_day)
    variables = (
        term("BT-5", f"{_SETTLEMENT}/InvoiceCurrencyCode"), term("BT-6", f"{_SETTLEMENT}/TaxCurrencyCode"),
    )  # fmt: skip
    tree = reading.read(_rows(), variables)
    for code in ("BT-7", "BT-8"):
        lifted(tree, "BG-23", code)
    for code in _IDENTIFIERS:
        if f"{code}-g" in tree and code not in tree:
            tree[code] = tree.pop(f"{code}-g")
    for means in tree.get("BG-16", []):
        if "BT-84-p" in means and "BT-84" not in means:
            means["BT-84"] = means.pop("BT-84-p")
    return tree, reading.left()


def write(tree: Tree) -> bytes:
    """A document in CII."""
    given = dict(tree)
    for code in ("BT-7", "BT-8"):
        given = put_first(given, "BG-23", code)
    for code in _IDENTIFIERS:
        if f"{code}-1" in given and f"{code}-g" not in given:
            given[f"{code}-g"] = given.pop(code)
    if "BG-16" in given:
        given["BG-16"] = [_account(one) for one in given["BG-16"]]
    root = Element("CrossIndustryInvoice")
    Writing(given, _to_day).rows(_rows(), root, given)
    _with_delivery(root)
    spaces = {"rsm": NAMESPACE, "ram": f"{_TYPES}ReusableAggregateBusinessInformationEntity:100",
              "qdt": f"{_TYPES}QualifiedDataType:100", "udt": f"{_TYPES}UnqualifiedDataType:100"}  # fmt: skip
    said = "".join(f' xmlns:{name}="{space}"' for name, space in spaces.items())
    parts = ['<?xml version="1.0" encoding="UTF-8"?>\n', f"<rsm:CrossIndustryInvoice{said}>\n"]
    for child in root.children:
        _render(child, "", parts, 1)
    parts.append("</rsm:CrossIndustryInvoice>\n")
    return "".join(parts).encode()


def _account(means: Tree) -> Tree:
    """Means of payment whose account is no IBAN name it as the bank's own number."""
    if "BT-84" in means and "BT-84-p" not in means and not _IBAN.fullmatch(means["BT-84"]):
        return {name: one for name, one in means.items() if name != "BT-84"} | {"BT-84-p": means["BT-84"]}
    return means


def _with_delivery(root: Element) -> None:
    """The syntax wants the part on delivery even where it says nothing."""
    (trade,) = root.named("SupplyChainTradeTransaction")
    if not trade.named("ApplicableHeaderTradeDelivery"):
        trade.children.insert(len(trade.children) - 1, Element("ApplicableHeaderTradeDelivery"))


def _from_day(value: str) -> str:
    return f"{value[:4]}-{value[4:6]}-{value[6:]}" if len(value) == 8 and value.isdigit() else value


def _to_day(value: str) -> str:
    return value.replace("-", "")


def _render(one: Element, parent: str, parts: list[str], depth: int) -> None:
    space = "rsm" if one.name in _TOP else "ram"
    if one.name in _PLAIN:
        space = "qdt" if parent == "FormattedIssueDateTime" else "udt"
    said = "".join(f' {name}="{escaped(value)}"' for name, value in one.attributes.items())
    tag = f"{space}:{one.name}"
    if one.name in ("ApplicableHeaderTradeDelivery",) and not one.children:
        parts.append(f"{'  ' * depth}<{tag}/>\n")
        return
    parts.append(f"{'  ' * depth}<{tag}{said}>")
    if one.children:
        parts.append("\n")
        for child in one.children:
            _render(child, one.name, parts, depth + 1)
        parts.append("  " * depth)
    else:
        parts.append(escaped(one.text))
    parts.append(f"</{tag}>\n")


@cache
def _rows() -> tuple[Row, ...]:
    context, document = "ExchangedDocumentContext", "ExchangedDocument"
    return (
        term("BT-23", f"{context}/BusinessProcessSpecifiedDocumentContextParameter/ID"),
        term("BT-24", f"{context}/GuidelineSpecifiedDocumentContextParameter/ID"),
        term("BT-1", f"{document}/ID"), term("BT-3", f"{document}/TypeCode"),
        term("BT-2", f"{document}/IssueDateTime/{_DAY}", "date"),
        group("BG-1", f"{document}/IncludedNote", term("BT-22", "Content"), term("BT-21", "SubjectCode")),
        _line(), *_agreement(), *_delivery(), *_settlement(),
    )  # fmt: skip


def _address(at: str, codes: tuple[str, ...]) -> tuple[Row, ...]:
    """Codes: first line, second, city, post code, region, country, third line."""
    first, second, city, postcode, region, country, third = codes
    return (
        term(postcode, f"{at}/PostcodeCode"), term(first, f"{at}/LineOne"), term(second, f"{at}/LineTwo"),
        term(third, f"{at}/LineThree"), term(city, f"{at}/CityName"), term(country, f"{at}/CountryID"),
        term(region, f"{at}/CountrySubDivisionName"),
    )  # fmt: skip


def _codes(street: int, third: int) -> tuple[str, ...]:
    return (*(f"BT-{street + place}" for place in range(6)), f"BT-{third}")


def _contact(at: str, name: str, phone: str, mail: str) -> tuple[Row, ...]:
    return (
        term(name, f"{at}/PersonName"), term(f"{name}-d", f"{at}/DepartmentName"),
        term(phone, f"{at}/TelephoneUniversalCommunication/CompleteNumber"),
        term(mail, f"{at}/EmailURIUniversalCommunication/URIID"),
    )  # fmt: skip


def _party_ids(at: str, code: str) -> tuple[Row, ...]:
    """The one identifier of a party: with a scheme or without."""
    return (
        term(code, f"{at}/ID"), term(f"{code}-g", f"{at}/GlobalID"), term(f"{code}-1", f"{at}/GlobalID/@schemeID"),
    )  # fmt: skip


def _agreement() -> tuple[Row, ...]:
    seller, buyer = f"{_AGREEMENT}/SellerTradeParty", f"{_AGREEMENT}/BuyerTradeParty"
    agent = f"{_AGREEMENT}/SellerTaxRepresentativeTradeParty"
    file = "AttachmentBinaryObject"
    paper = f"{_AGREEMENT}/AdditionalReferencedDocument"
    return (
        term("BT-10", f"{_AGREEMENT}/BuyerReference"),
        group("BT-29-s", f"{seller}/ID", term("BT-29", ""), takes=lambda one: "BT-29-1" not in one),
        group("BT-29-s", f"{seller}/GlobalID", term("BT-29", ""), term("BT-29-1", "@schemeID"),
              takes=lambda one: "BT-29-1" in one),
        term("BT-27", f"{seller}/Name"), term("BT-33", f"{seller}/Description"),
        term("BT-30", f"{seller}/SpecifiedLegalOrganization/ID"),
        term("BT-30-1", f"{seller}/SpecifiedLegalOrganization/ID/@schemeID"),
        term("BT-28", f"{seller}/SpecifiedLegalOrganization/TradingBusinessName"),
        *_contact(f"{seller}/DefinedTradeContact", "BT-41", "BT-42", "BT-43"),
        *_address(f"{seller}/PostalTradeAddress", _codes(35, 162)),
        term("BT-34", f"{seller}/URIUniversalCommunication/URIID"),
        term("BT-34-1", f"{seller}/URIUniversalCommunication/URIID/@schemeID"),
        term("BT-31", f"{seller}/SpecifiedTaxRegistration{{ID/@schemeID=VA}}/ID"),
        term("BT-32", f"{seller}/SpecifiedTaxRegistration{{ID/@schemeID=FC}}/ID"),
        *_party_ids(buyer, "BT-46"),
        term("BT-44", f"{buyer}/Name"), term("BT-47", f"{buyer}/SpecifiedLegalOrganization/ID"),
        term("BT-47-1", f"{buyer}/SpecifiedLegalOrganization/ID/@schemeID"),
        term("BT-45", f"{buyer}/SpecifiedLegalOrganization/TradingBusinessName"),
        *_contact(f"{buyer}/DefinedTradeContact", "BT-56", "BT-57", "BT-58"),
        *_address(f"{buyer}/PostalTradeAddress", _codes(50, 163)),
        term("BT-49", f"{buyer}/URIUniversalCommunication/URIID"),
        term("BT-49-1", f"{buyer}/URIUniversalCommunication/URIID/@schemeID"),
        term("BT-48", f"{buyer}/SpecifiedTaxRegistration{{ID/@schemeID=VA}}/ID"),
        term("BT-62", f"{agent}/Name"), *_address(f"{agent}/PostalTradeAddress", _codes(64, 164)),
        term("BT-63", f"{agent}/SpecifiedTaxRegistration{{ID/@schemeID=VA}}/ID"),
        term("BT-14", f"{_AGREEMENT}/SellerOrderReferencedDocument/IssuerAssignedID"),
        term("BT-13", f"{_AGREEMENT}/BuyerOrderReferencedDocument/IssuerAssignedID"),
        term("BT-12", f"{_AGREEMENT}/ContractReferencedDocument/IssuerAssignedID"),
        group("BG-24", f"{paper}{{!TypeCode=50}}{{!TypeCode=130}}", term("BT-122", "IssuerAssignedID"),
              term("BT-124", "URIID"), constant("916", "TypeCode"), term("BT-123", "Name"), term("BT-125", file),
              term("BT-125-1", f"{file}/@mimeCode"), term("BT-125-2", f"{file}/@filename")),
        term("BT-17", f"{paper}{{>TypeCode=50}}/IssuerAssignedID"),
        term("BT-18", f"{paper}{{>TypeCode=130}}/IssuerAssignedID"),
        term("BT-18-1", f"{paper}{{>TypeCode=130}}/ReferenceTypeCode"),
        term("BT-11", f"{_AGREEMENT}/SpecifiedProcuringProject/ID"),
        term("BT-11-n", f"{_AGREEMENT}/SpecifiedProcuringProject/Name"),
    )  # fmt: skip


def _delivery() -> tuple[Row, ...]:
    to = f"{_DELIVERY}/ShipToTradeParty"
    return (
        *_party_ids(to, "BT-71"), term("BT-70", f"{to}/Name"),
        *_address(f"{to}/PostalTradeAddress", _codes(75, 165)),
        term("BT-72", f"{_DELIVERY}/ActualDeliverySupplyChainEvent/OccurrenceDateTime/{_DAY}", "date"),
        term("BT-16", f"{_DELIVERY}/DespatchAdviceReferencedDocument/IssuerAssignedID"),
        term("BT-15", f"{_DELIVERY}/ReceivingAdviceReferencedDocument/IssuerAssignedID"),
    )  # fmt: skip


def _settlement() -> tuple[Row, ...]:
    at = _SETTLEMENT
    payee, terms = f"{at}/PayeeTradeParty", f"{at}/SpecifiedTradePaymentTerms"
    account = "PayeePartyCreditorFinancialAccount"
    card = "ApplicableTradeSettlementFinancialCard"
    sums = f"{at}/SpecifiedTradeSettlementHeaderMonetarySummation"
    return (
        term("BT-90", f"{at}/CreditorReferenceID"), term("BT-83", f"{at}/PaymentReference"),
        term("BT-6", f"{at}/TaxCurrencyCode"), term("BT-5", f"{at}/InvoiceCurrencyCode"),
        *_party_ids(payee, "BT-60"), term("BT-59", f"{payee}/Name"),
        term("BT-61", f"{payee}/SpecifiedLegalOrganization/ID"),
        term("BT-61-1", f"{payee}/SpecifiedLegalOrganization/ID/@schemeID"),
        group("BG-16", f"{at}/SpecifiedTradeSettlementPaymentMeans", term("BT-81", "TypeCode"),
              term("BT-82", "Information"), term("BT-87", f"{card}/ID"), term("BT-88", f"{card}/CardholderName"),
              term("BT-91", "PayerPartyDebtorFinancialAccount/IBANID"), term("BT-84", f"{account}/IBANID"),
              term("BT-85", f"{account}/AccountName"), term("BT-84-p", f"{account}/ProprietaryID"),
              term("BT-86", "PayeeSpecifiedCreditorFinancialInstitution/BICID")),
        group("BG-23", f"{at}/ApplicableTradeTax", term("BT-117", "CalculatedAmount", "bare"),
              constant("VAT", "TypeCode"), term("BT-120", "ExemptionReason"),
              term("BT-116", "BasisAmount", "bare"), term("BT-118", "CategoryCode"),
              term("BT-121", "ExemptionReasonCode"),
              term("BT-7", "TaxPointDate/DateString{@format=102}", "date"), term("BT-8", "DueDateTypeCode"),
              term("BT-119", "RateApplicablePercent")),
        term("BT-73", f"{at}/BillingSpecifiedPeriod/StartDateTime/{_DAY}", "date"),
        term("BT-74", f"{at}/BillingSpecifiedPeriod/EndDateTime/{_DAY}", "date"),
        _allowances("BG-20", f"{at}/SpecifiedTradeAllowanceCharge",
                    ("BT-92", "BT-93", "BT-94", "BT-95", "BT-96", "BT-97", "BT-98"), False, True),
        _allowances("BG-21", f"{at}/SpecifiedTradeAllowanceCharge",
                    ("BT-99", "BT-100", "BT-101", "BT-102", "BT-103", "BT-104", "BT-105"), True, True),
        term("BT-20", f"{terms}/Description"), term("BT-9", f"{terms}/DueDateDateTime/{_DAY}", "date"),
        term("BT-89", f"{terms}/DirectDebitMandateID"),
        term("BT-106", f"{sums}/LineTotalAmount", "bare"), term("BT-108", f"{sums}/ChargeTotalAmount", "bare"),
        term("BT-107", f"{sums}/AllowanceTotalAmount", "bare"),
        term("BT-109", f"{sums}/TaxBasisTotalAmount", "bare"),
        term("BT-110", f"{sums}/TaxTotalAmount{{@currencyID=$BT-5}}", "amount"),
        term("BT-111", f"{sums}/TaxTotalAmount{{@currencyID=$BT-6}}", "amount", "BT-6"),
        term("BT-114", f"{sums}/RoundingAmount", "bare"), term("BT-112", f"{sums}/GrandTotalAmount", "bare"),
        term("BT-113", f"{sums}/TotalPrepaidAmount", "bare"), term("BT-115", f"{sums}/DuePayableAmount", "bare"),
        group("BG-3", f"{at}/InvoiceReferencedDocument", term("BT-25", "IssuerAssignedID"),
              term("BT-26", f"FormattedIssueDateTime/{_DAY}", "date")),
        term("BT-19", f"{at}/ReceivableSpecifiedTradeAccountingAccount/ID"),
    )  # fmt: skip


def _allowances(prefix: str, path: str, codes: tuple[str, ...], is_charge: bool, is_taxed: bool) -> Row:
    amount, base, percent, category, rate, reason, code = codes
    kind = "true" if is_charge else "false"
    taxed: tuple[Row, ...] = ()
    if is_taxed:
        step = "CategoryTradeTax{TypeCode=VAT}"
        taxed = (term(category, f"{step}/CategoryCode"), term(rate, f"{step}/RateApplicablePercent"))
    return group(
        prefix, f"{path}{{ChargeIndicator/Indicator={kind}}}", term(percent, "CalculationPercent"),
        term(base, "BasisAmount", "bare"), term(amount, "ActualAmount", "bare"), term(code, "ReasonCode"),
        term(reason, "Reason"), *taxed,
    )  # fmt: skip


def _line() -> Row:
    product, bargain, settled = "SpecifiedTradeProduct", "SpecifiedLineTradeAgreement", "SpecifiedLineTradeSettlement"
    gross, net = f"{bargain}/GrossPriceProductTradePrice", f"{bargain}/NetPriceProductTradePrice"
    thing, off = f"{settled}/AdditionalReferencedDocument{{>TypeCode=130}}", "AppliedTradeAllowanceCharge"
    period, tax = f"{settled}/BillingSpecifiedPeriod", f"{settled}/ApplicableTradeTax{{TypeCode=VAT}}"
    quantity = "SpecifiedLineTradeDelivery/BilledQuantity"
    extra = f"{settled}/SpecifiedTradeAllowanceCharge"
    return group(
        "BG-25", "SupplyChainTradeTransaction/IncludedSupplyChainTradeLineItem",
        term("BT-126", "AssociatedDocumentLineDocument/LineID"),
        term("BT-127", "AssociatedDocumentLineDocument/IncludedNote/Content"),
        term("BT-157", f"{product}/GlobalID"), term("BT-157-1", f"{product}/GlobalID/@schemeID"),
        term("BT-155", f"{product}/SellerAssignedID"), term("BT-156", f"{product}/BuyerAssignedID"),
        term("BT-153", f"{product}/Name"), term("BT-154", f"{product}/Description"),
        group("BG-32", f"{product}/ApplicableProductCharacteristic", term("BT-160", "Description"),
              term("BT-161", "Value")),
        group("BT-158-s", f"{product}/DesignatedProductClassification", term("BT-158", "ClassCode"),
              term("BT-158-1", "ClassCode/@listID"), term("BT-158-2", "ClassCode/@listVersionID")),
        term("BT-159", f"{product}/OriginTradeCountry/ID"),
        term("BT-132", f"{bargain}/BuyerOrderReferencedDocument/LineID"),
        term("BT-148", f"{gross}/ChargeAmount", "bare"),
        term("BT-149-g", f"{gross}/BasisQuantity"), term("BT-150-g", f"{gross}/BasisQuantity/@unitCode"),
        term("BT-147", f"{gross}/{off}{{ChargeIndicator/Indicator=false}}/ActualAmount", "bare"),
        term("BT-146", f"{net}/ChargeAmount", "bare"),
        term("BT-149", f"{net}/BasisQuantity"), term("BT-150", f"{net}/BasisQuantity/@unitCode"),
        term("BT-129", quantity), term("BT-130", f"{quantity}/@unitCode"),
        term("BT-151", f"{tax}/CategoryCode"), term("BT-152", f"{tax}/RateApplicablePercent"),
        term("BT-134", f"{period}/StartDateTime/{_DAY}", "date"),
        term("BT-135", f"{period}/EndDateTime/{_DAY}", "date"),
        _allowances("BG-27", extra, ("BT-136", "BT-137", "BT-138", "", "", "BT-139", "BT-140"), False, False),
        _allowances("BG-28", extra, ("BT-141", "BT-142", "BT-143", "", "", "BT-144", "BT-145"), True, False),
        term("BT-131", f"{settled}/SpecifiedTradeSettlementLineMonetarySummation/LineTotalAmount", "bare"),
        term("BT-128", f"{thing}/IssuerAssignedID"), term("BT-128-1", f"{thing}/ReferenceTypeCode"),
        term("BT-133", f"{settled}/ReceivableSpecifiedTradeAccountingAccount/ID"),
    )  # fmt: skip
