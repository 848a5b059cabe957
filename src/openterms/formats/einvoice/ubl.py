"""UBL 2.1, invoice and credit note, as EN 16931 and Peppol BIS Billing 3 bind it."""

from __future__ import annotations

from functools import cache

from openterms.core.base.errors import BadInput
from openterms.core.base.reasons import gettext_noop
from openterms.formats.einvoice.binding import Reading, Row, Tree, Writing, group, term
from openterms.formats.einvoice.shapes import copied_down, copied_up
from openterms.formats.safe_xml import Element, escaped, parse

INVOICE = "urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
CREDIT_NOTE = "urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2"
COMPONENTS = "urn:oasis:names:specification:ubl:schema:xsd:Common"
CREDIT_CODES = frozenset({"381", "396", "81", "83", "261", "262", "308", "420", "458", "532", "502", "503"})
"""Codes of BT-3 that UBL writes as a credit note (code list UNTDID 1001 as EN 16931 restricts it)."""
_PERIOD_CODES = {"3": "5", "35": "29", "432": "72"}
_VAT = "{>TaxScheme/ID=VAT}"


def read(content: bytes) -> tuple[Tree, list[str]]:
    """The terms of a document in UBL, and what it says beyond them. ``BadInput`` for anything else."""
    root = parse(content)
    if root.namespace not in (INVOICE, CREDIT_NOTE) or root.name not in ("Invoice", "CreditNote"):
        raise BadInput(
            gettext_noop("This XML is no invoice in UBL"), "file", gettext_noop("Give an invoice in UBL 2.1 or CII")
        )
    _plain_flags(root)
    reading = Reading(root, lambda value: value)
    tree = reading.read(_rows(root.name), (term("BT-5", "DocumentCurrencyCode"), term("BT-6", "TaxCurrencyCode")))
    copied_up(tree, "BG-16", "BT-83")
    copied_up(tree, "BG-16", "BT-9")
    if "BT-8" in tree:
        tree["BT-8"] = _PERIOD_CODES.get(tree["BT-8"], tree["BT-8"])
    for note in tree.get("BG-1", []):
        if note["BT-22"].startswith("#") and (end := note["BT-22"].find("#", 1)) == 4:
            note["BT-21"], note["BT-22"] = note["BT-22"][1:end], note["BT-22"][end + 1 :]
    return tree, reading.left()


def _plain_flags(one: Element) -> None:
    """A flag may be written as a digit too."""
    for child in one.children:
        if child.name == "ChargeIndicator":
            child.text = {"0": "false", "1": "true"}.get(child.text.strip(), child.text)
        elif child.children:
            _plain_flags(child)


def write(tree: Tree) -> bytes:
    """A document in UBL: a credit note where its type code is one."""
    kind = "CreditNote" if tree["BT-3"] in CREDIT_CODES else "Invoice"
    given = dict(tree)
    if given.get("BT-83") and not given.get("BG-16"):
        given["BG-16"] = [{"BT-81": "1"}]
    if given.get("BG-23"):
        given.setdefault("BT-110", "0.00")
    given = copied_down(given, "BG-16", "BT-83")
    if kind == "CreditNote":
        given = copied_down(given, "BG-16", "BT-9")
    if "BT-8" in given:
        given["BT-8"] = {cii: ubl for ubl, cii in _PERIOD_CODES.items()}.get(given["BT-8"], given["BT-8"])
    if "BT-32" in given:
        given.setdefault("BT-32-s", "TAX")
    given["BG-1"] = [
        {"BT-22": (f"#{one['BT-21']}#" if "BT-21" in one else "") + one["BT-22"]} for one in given.get("BG-1", [])
    ]
    root = Element(kind)
    Writing(given, lambda value: value).rows(_rows(kind), root, given)
    namespace = INVOICE if kind == "Invoice" else CREDIT_NOTE
    parts = ['<?xml version="1.0" encoding="UTF-8"?>\n', f'<{kind} xmlns="{namespace}" '
             f'xmlns:cac="{COMPONENTS}AggregateComponents-2" xmlns:cbc="{COMPONENTS}BasicComponents-2">\n']  # fmt: skip
    for child in root.children:
        _render(child, parts, 1)
    parts.append(f"</{kind}>\n")
    return "".join(parts).encode()


def _render(one: Element, parts: list[str], depth: int) -> None:
    tag = f"cac:{one.name}" if one.children else f"cbc:{one.name}"
    said = "".join(f' {name}="{escaped(value)}"' for name, value in one.attributes.items())
    parts.append(f"{'  ' * depth}<{tag}{said}>")
    if one.children:
        parts.append("\n")
        for child in one.children:
            _render(child, parts, depth + 1)
        parts.append("  " * depth)
    else:
        parts.append(escaped(one.text))
    parts.append(f"</{tag}>\n")


@cache
def _rows(kind: str) -> tuple[Row, ...]:
    is_note = kind == "CreditNote"
    type_code, tax_point = term("BT-3", f"{kind}TypeCode"), term("BT-7", "TaxPointDate")
    notes = group("BG-1", "Note", term("BT-22", ""))
    head = (tax_point, type_code, notes) if is_note else (term("BT-9", "DueDate"), type_code, notes, tax_point)
    return (
        term("BT-24", "CustomizationID"), term("BT-23", "ProfileID"), term("BT-1", "ID"), term("BT-2", "IssueDate"),
        *head,
        term("BT-5", "DocumentCurrencyCode"), term("BT-6", "TaxCurrencyCode"), term("BT-19", "AccountingCost"),
        term("BT-10", "BuyerReference"),
        term("BT-73", "InvoicePeriod/StartDate"), term("BT-74", "InvoicePeriod/EndDate"),
        term("BT-8", "InvoicePeriod/DescriptionCode"),
        term("BT-13", "OrderReference/ID"), term("BT-14", "OrderReference/SalesOrderID"),
        group("BG-3", "BillingReference", term("BT-25", "InvoiceDocumentReference/ID"),
              term("BT-26", "InvoiceDocumentReference/IssueDate")),
        term("BT-16", "DespatchDocumentReference/ID"), term("BT-15", "ReceiptDocumentReference/ID"),
        *(() if is_note else (term("BT-17", "OriginatorDocumentReference/ID"),)),
        term("BT-12", "ContractDocumentReference/ID"),
        *_documents(is_note),
        *((term("BT-17", "OriginatorDocumentReference/ID"),) if is_note else (term("BT-11", "ProjectReference/ID"),)),
        *_seller(), *_buyer(), *_others(), *_payment(is_note), *_money(), _line(kind),
    )  # fmt: skip


def _documents(is_note: bool) -> tuple[Row, ...]:
    object_path = "AdditionalDocumentReference{>DocumentTypeCode=130}/ID"
    project = "AdditionalDocumentReference{>DocumentTypeCode=50}/ID"
    plain = "AdditionalDocumentReference{!DocumentTypeCode=130}" + ("{!DocumentTypeCode=50}" if is_note else "")
    file = "Attachment/EmbeddedDocumentBinaryObject"
    return (
        term("BT-18", object_path), term("BT-18-1", f"{object_path}/@schemeID"),
        *((term("BT-11", project),) if is_note else ()),
        group("BG-24", plain, term("BT-122", "ID"), term("BT-122-1", "ID/@schemeID"),
              term("BT-122-2", "DocumentTypeCode"), term("BT-123", "DocumentDescription"),
              term("BT-125", file), term("BT-125-1", f"{file}/@mimeCode"), term("BT-125-2", f"{file}/@filename"),
              term("BT-124", "Attachment/ExternalReference/URI")),
    )  # fmt: skip


def _address(at: str, codes: dict[str, str]) -> tuple[Row, ...]:
    names = ("StreetName", "AdditionalStreetName", "CityName", "PostalZone", "CountrySubentity", "AddressLine/Line",
             "Country/IdentificationCode")  # fmt: skip
    return tuple(term(codes[name], f"{at}/{name}") for name in names)


def _codes(street: int, third: int) -> dict[str, str]:
    names = ("StreetName", "AdditionalStreetName", "CityName", "PostalZone", "CountrySubentity",
             "Country/IdentificationCode")  # fmt: skip
    return {name: f"BT-{street + place}" for place, name in enumerate(names)} | {"AddressLine/Line": f"BT-{third}"}


def _seller() -> tuple[Row, ...]:
    at = "AccountingSupplierParty/Party"
    creditor = f"{at}/PartyIdentification{{ID/@schemeID=SEPA}}/ID"
    other = f"{at}/PartyTaxScheme{{!TaxScheme/ID=VAT}}"
    return (
        term("BT-34", f"{at}/EndpointID"), term("BT-34-1", f"{at}/EndpointID/@schemeID"),
        group("BT-29-s", f"{at}/PartyIdentification{{!ID/@schemeID=SEPA}}", term("BT-29", "ID"),
              term("BT-29-1", "ID/@schemeID")),
        term("BT-90", creditor),
        term("BT-28", f"{at}/PartyName/Name"),
        *_address(f"{at}/PostalAddress", _codes(35, 162)),
        term("BT-31", f"{at}/PartyTaxScheme{_VAT}/CompanyID"),
        term("BT-32", f"{other}/CompanyID"), term("BT-32-s", f"{other}/TaxScheme/ID"),
        term("BT-27", f"{at}/PartyLegalEntity/RegistrationName"), term("BT-30", f"{at}/PartyLegalEntity/CompanyID"),
        term("BT-30-1", f"{at}/PartyLegalEntity/CompanyID/@schemeID"),
        term("BT-33", f"{at}/PartyLegalEntity/CompanyLegalForm"),
        term("BT-41", f"{at}/Contact/Name"), term("BT-42", f"{at}/Contact/Telephone"),
        term("BT-43", f"{at}/Contact/ElectronicMail"),
    )  # fmt: skip


def _buyer() -> tuple[Row, ...]:
    at = "AccountingCustomerParty/Party"
    return (
        term("BT-49", f"{at}/EndpointID"), term("BT-49-1", f"{at}/EndpointID/@schemeID"),
        term("BT-46", f"{at}/PartyIdentification/ID"), term("BT-46-1", f"{at}/PartyIdentification/ID/@schemeID"),
        term("BT-45", f"{at}/PartyName/Name"),
        *_address(f"{at}/PostalAddress", _codes(50, 163)),
        term("BT-48", f"{at}/PartyTaxScheme{_VAT}/CompanyID"),
        term("BT-44", f"{at}/PartyLegalEntity/RegistrationName"), term("BT-47", f"{at}/PartyLegalEntity/CompanyID"),
        term("BT-47-1", f"{at}/PartyLegalEntity/CompanyID/@schemeID"),
        term("BT-56", f"{at}/Contact/Name"), term("BT-57", f"{at}/Contact/Telephone"),
        term("BT-58", f"{at}/Contact/ElectronicMail"),
    )  # fmt: skip


def _others() -> tuple[Row, ...]:
    agent, place = "TaxRepresentativeParty", "Delivery/DeliveryLocation"
    return (
        term("BT-60", "PayeeParty/PartyIdentification{!ID/@schemeID=SEPA}/ID"),
        term("BT-60-1", "PayeeParty/PartyIdentification{!ID/@schemeID=SEPA}/ID/@schemeID"),
        term("BT-59", "PayeeParty/PartyName/Name"),
        term("BT-61", "PayeeParty/PartyLegalEntity/CompanyID"),
        term("BT-61-1", "PayeeParty/PartyLegalEntity/CompanyID/@schemeID"),
        term("BT-62", f"{agent}/PartyName/Name"),
        *_address(f"{agent}/PostalAddress", _codes(64, 164)),
        term("BT-63", f"{agent}/PartyTaxScheme{_VAT}/CompanyID"),
        term("BT-72", "Delivery/ActualDeliveryDate"),
        term("BT-71", f"{place}/ID"), term("BT-71-1", f"{place}/ID/@schemeID"),
        *_address(f"{place}/Address", _codes(75, 165)),
        term("BT-70", "Delivery/DeliveryParty/PartyName/Name"),
    )  # fmt: skip


def _payment(is_note: bool) -> tuple[Row, ...]:
    return (
        group(
            "BG-16", "PaymentMeans", term("BT-81", "PaymentMeansCode"), term("BT-82", "PaymentMeansCode/@name"),
            *((term("BT-9", "PaymentDueDate"),) if is_note else ()),
            term("BT-83", "PaymentID"),
            term("BT-87", "CardAccount/PrimaryAccountNumberID"), term("BT-87-1", "CardAccount/NetworkID"),
            term("BT-88", "CardAccount/HolderName"),
            term("BT-84", "PayeeFinancialAccount/ID"), term("BT-85", "PayeeFinancialAccount/Name"),
            term("BT-86", "PayeeFinancialAccount/FinancialInstitutionBranch/ID"),
            term("BT-89", "PaymentMandate/ID"), term("BT-91", "PaymentMandate/PayerFinancialAccount/ID"),
        ),
        term("BT-20", "PaymentTerms/Note"),
    )  # fmt: skip


def _allowances(prefix: str, path: str, codes: tuple[str, ...], is_charge: bool, is_taxed: bool) -> Row:
    amount, base, percent, category, rate, reason, code = codes
    kind = "true" if is_charge else "false"
    step = f"TaxCategory{_VAT}"
    taxed = (term(category, f"{step}/ID"), term(rate, f"{step}/Percent")) if is_taxed else ()
    return group(
        prefix, f"{path}{{ChargeIndicator={kind}}}", term(code, "AllowanceChargeReasonCode"),
        term(reason, "AllowanceChargeReason"), term(percent, "MultiplierFactorNumeric"),
        term(amount, "Amount", "amount"), term(base, "BaseAmount", "amount"), *taxed,
    )  # fmt: skip


def _money() -> tuple[Row, ...]:
    total, own = "LegalMonetaryTotal", "TaxTotal{TaxAmount/@currencyID=$BT-5}"
    category = f"TaxCategory{_VAT}"
    return (
        _allowances("BG-20", "AllowanceCharge", ("BT-92", "BT-93", "BT-94", "BT-95", "BT-96", "BT-97", "BT-98"),
                    False, True),
        _allowances("BG-21", "AllowanceCharge", ("BT-99", "BT-100", "BT-101", "BT-102", "BT-103", "BT-104", "BT-105"),
                    True, True),
        term("BT-110", f"{own}/TaxAmount", "amount"),
        group("BG-23", f"{own}/TaxSubtotal", term("BT-116", "TaxableAmount", "amount"),
              term("BT-117", "TaxAmount", "amount"), term("BT-118", f"{category}/ID"),
              term("BT-119", f"{category}/Percent"), term("BT-121", f"{category}/TaxExemptionReasonCode"),
              term("BT-120", f"{category}/TaxExemptionReason")),
        term("BT-111", "TaxTotal{TaxAmount/@currencyID=$BT-6}/TaxAmount", "amount", "BT-6"),
        term("BT-106", f"{total}/LineExtensionAmount", "amount"),
        term("BT-109", f"{total}/TaxExclusiveAmount", "amount"),
        term("BT-112", f"{total}/TaxInclusiveAmount", "amount"),
        term("BT-107", f"{total}/AllowanceTotalAmount", "amount"),
        term("BT-108", f"{total}/ChargeTotalAmount", "amount"), term("BT-113", f"{total}/PrepaidAmount", "amount"),
        term("BT-114", f"{total}/PayableRoundingAmount", "amount"),
        term("BT-115", f"{total}/PayableAmount", "amount"),
    )  # fmt: skip


def _line(kind: str) -> Row:
    quantity = "CreditedQuantity" if kind == "CreditNote" else "InvoicedQuantity"
    thing, category = "DocumentReference{>DocumentTypeCode=130}/ID", f"Item/ClassifiedTaxCategory{_VAT}"
    off = "Price/AllowanceCharge{ChargeIndicator=false}"
    standard = "Item/StandardItemIdentification/ID"
    return group(
        "BG-25", f"{kind}Line", term("BT-126", "ID"), term("BT-127", "Note"), term("BT-129", quantity),
        term("BT-130", f"{quantity}/@unitCode"), term("BT-131", "LineExtensionAmount", "amount"),
        term("BT-133", "AccountingCost"), term("BT-134", "InvoicePeriod/StartDate"),
        term("BT-135", "InvoicePeriod/EndDate"), term("BT-132", "OrderLineReference/LineID"),
        term("BT-128", thing), term("BT-128-1", f"{thing}/@schemeID"),
        _allowances("BG-27", "AllowanceCharge", ("BT-136", "BT-137", "BT-138", "", "", "BT-139", "BT-140"),
                    False, False),
        _allowances("BG-28", "AllowanceCharge", ("BT-141", "BT-142", "BT-143", "", "", "BT-144", "BT-145"),
                    True, False),
        term("BT-154", "Item/Description"), term("BT-153", "Item/Name"),
        term("BT-156", "Item/BuyersItemIdentification/ID"), term("BT-155", "Item/SellersItemIdentification/ID"),
        term("BT-157", standard), term("BT-157-1", f"{standard}/@schemeID"),
        term("BT-159", "Item/OriginCountry/IdentificationCode"),
        group("BT-158-s", "Item/CommodityClassification", term("BT-158", "ItemClassificationCode"),
              term("BT-158-1", "ItemClassificationCode/@listID"),
              term("BT-158-2", "ItemClassificationCode/@listVersionID")),
        term("BT-151", f"{category}/ID"), term("BT-152", f"{category}/Percent"),
        term("BT-151-1", f"{category}/TaxExemptionReasonCode"),
        term("BT-151-2", f"{category}/TaxExemptionReason"),
        group("BG-32", "Item/AdditionalItemProperty", term("BT-160", "Name"), term("BT-161", "Value")),
        term("BT-146", "Price/PriceAmount", "amount"), term("BT-149", "Price/BaseQuantity"),
        term("BT-150", "Price/BaseQuantity/@unitCode"), term("BT-147", f"{off}/Amount", "amount"),
        term("BT-148", f"{off}/BaseAmount", "amount"),
    )  # fmt: skip
