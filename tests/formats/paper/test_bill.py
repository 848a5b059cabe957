"""Invoices as papers: PDF/A-3 with the invoice inside, in both languages, whatever the seller gives."""

import io
from dataclasses import replace
from datetime import date

import pytest
from pypdf import PdfReader

from openterms.core.base.errors import BadInput
from openterms.formats.einvoice import cii, facturx
from openterms.formats.einvoice.documents import terms_of
from openterms.formats.paper.bill import Brand, bill_pdf, colour_of, logo_of
from openterms.formats.paper.bill_invoice import invoice_bill, payment_code, tax_code
from openterms.formats.payment_qr.payloads import read_tlv
from tests.formats.einvoice.documents import PAY_TO, SELLER, credit_note, document, line

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 2 1"><rect width="2" height="1" fill="#0a4"/></svg>'
BRAND = Brand(name=SELLER.name, lines=["Hafenstr. 4", "20457 Hamburg"], numbers=["HRB 4711"], logo=logo_of(SVG))


def text_of(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)


def test_facturx():
    xml = cii.write(terms_of(document()))
    made = facturx.facturx_pdf(invoice_bill(document(), BRAND), xml)
    assert made == facturx.facturx_pdf(invoice_bill(document(), BRAND), xml)
    reader = PdfReader(io.BytesIO(made), strict=True)
    assert reader.attachments["factur-x.xml"] == [xml]
    (file,) = reader.trailer["/Root"]["/AF"]
    assert file.get_object()["/AFRelationship"] == "/Alternative"
    metadata = reader.trailer["/Root"]["/Metadata"].get_data().decode()
    for said in ("<pdfaid:part>3<", "<pdfaid:conformance>B<", "<fx:ConformanceLevel>EN 16931<",
                 "<fx:DocumentFileName>factur-x.xml<", "Factur-X PDFA Extension Schema"):  # fmt: skip
        assert said in metadata
    assert len(reader.pages) == 1
    for said in ("R-2026-000017", "755.26", "31 July 2026", "DE89 3704 0044 0532 0130 00"):
        assert said in text_of(made)
    with pytest.raises(BadInput, match="not made here"):
        facturx.marked(b"%PDF-1.7 nothing")


def test_languages_and_kinds():
    both = text_of(bill_pdf(invoice_bill(document(languages=("en", "ar")), BRAND)))
    arabic = text_of(bill_pdf(invoice_bill(document(languages=("ar",)), BRAND)))
    assert "Invoice" in both and "Invoice" not in arabic
    note = text_of(bill_pdf(invoice_bill(credit_note(), BRAND)))
    assert "Credit note" in note and "R-2026-000017" in note and "How to pay" not in note
    plain = invoice_bill(document(pay_to=replace(PAY_TO, iban="", reference="17", words="Cheque to the office")), BRAND)
    assert not plain.codes and "Cheque" in text_of(bill_pdf(plain))
    with pytest.raises(BadInput, match="English"):
        invoice_bill(document(languages=("de",)), BRAND)


def test_a_long_invoice_in_signs_that_are_lacking():
    charged = replace(document().charged, lines=[line(str(at), name=f"Ware 漢 {'x' * 60} {at}") for at in range(1, 90)])
    made = text_of(bill_pdf(invoice_bill(document(charged), BRAND)))
    assert "Page 3 of" in made and "cannot print" in made


def test_codes():
    payload, is_swiss = payment_code(document())
    assert payload.startswith("BCD\n002\n1\nSCT\nCOBADEFFXXX\n") and "EUR755.26" in payload and not is_swiss
    swiss = replace(document(), pay_to=replace(PAY_TO, iban="CH9300762011623852957"))
    assert payment_code(swiss)[1] and payment_code(swiss)[0].startswith("SPC\n0200")
    assert payment_code(replace(document(), pay_to=replace(PAY_TO, iban="DE00"))) == ("", False)
    saudi = document(seller=replace(SELLER, country="SA", vat="310122393500003", name="شركة"))
    assert read_tlv(tax_code(saudi))[4] == b"755.26" and len(invoice_bill(saudi, BRAND).codes) == 2


@pytest.mark.parametrize("bad", [b"<svg><script/></svg>", b'<svg><image href="http://x/y"/></svg>', b"GIF89a",
                                 b'<!DOCTYPE svg [<!ENTITY a "b">]><svg>&a;</svg>', b"<svg onload='x()'/>",
                                 b'<svg><rect fill="url(http://x)"/></svg>', b" " * 300_000])  # fmt: skip
def test_logos_that_are_refused(bad):
    with pytest.raises(BadInput):
        logo_of(bad)


def test_brand():
    assert colour_of(" #7A1F3D ") == "#7a1f3d"
    for bad in ("red", "#fff", "#ffff00"):
        with pytest.raises(BadInput):
            colour_of(bad)
    assert document().due_on == date(2026, 7, 31)
