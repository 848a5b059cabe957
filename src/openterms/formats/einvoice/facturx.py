"""Factur-X / ZUGFeRD: a PDF/A-3 made here with its CII inside says so in its metadata.

Typst writes the file's metadata as one plain stream and an ordinary table of offsets; what is put in moves what stands
behind it, and the table is corrected. Only files made here are taken apart.
"""

from __future__ import annotations

import re

from openterms.core.base.errors import BadInput
from openterms.core.base.reasons import gettext_noop
from openterms.formats.paper.bill import Bill, Inside, bill_pdf

NAME = "factur-x.xml"
LEVEL = "EN 16931"
_SPACE = "urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#"
_PROPERTIES = (
    ("DocumentFileName", "name of the embedded XML invoice file"), ("DocumentType", "INVOICE"),
    ("Version", "version of the XML data"), ("ConformanceLevel", "conformance level of the XML data"),
)  # fmt: skip
_STREAM = re.compile(rb"<</Length (\d+)/Type/Metadata/Subtype/XML>>\nstream\n")
_ENTRY = re.compile(rb"(\d{10}) (\d{5}) n\r\n")


def facturx_pdf(bill: Bill, cii: bytes) -> bytes:
    """The paper with its invoice in CII inside, marked as Factur-X of the level EN 16931.

    Errors: `PaperError` where it cannot be set.
    """
    inside = Inside(name=NAME, content=cii.decode(), description="Factur-X/ZUGFeRD invoice")
    return marked(bill_pdf(bill, inside))


def marked(pdf: bytes) -> bytes:
    """A PDF made here, its metadata saying that it holds a Factur-X invoice. Errors: BadInput for any other file."""
    head = _STREAM.search(pdf)
    table = pdf.rfind(b"\nxref\n")
    if head is None or table < 0:
        raise BadInput(
            gettext_noop("This PDF was not made here"), "file", gettext_noop("Make it again from the invoice")
        )
    length = int(head[1])
    metadata = pdf[head.end() : head.end() + length]
    longer = _told(metadata)
    new_head = head[0].replace(b"/Length %d/" % length, b"/Length %d/" % len(longer))
    body_end = head.end() + length
    moved = len(new_head) - len(head[0]) + len(longer) - length
    table_text = _ENTRY.sub(lambda one: _entry(one, head.start(), moved), pdf[table:])
    start = re.search(rb"startxref\n(\d+)", table_text)
    assert start is not None
    table_text = table_text.replace(start[0], b"startxref\n%d" % (int(start[1]) + moved))
    return pdf[: head.start()] + new_head + longer + pdf[body_end:table] + table_text


def _entry(one: re.Match[bytes], from_place: int, moved: int) -> bytes:
    place = int(one[1])
    return b"%010d %s n\r\n" % (place + moved if place > from_place else place, one[2])


def _told(metadata: bytes) -> bytes:
    """Metadata with the description of the embedded invoice, and the schema that explains it."""
    said = dict(zip([name for name, _meaning in _PROPERTIES], (NAME, "INVOICE", "1.0", LEVEL), strict=True))
    facts = "".join(f"<fx:{name}>{value}</fx:{name}>" for name, value in said.items())
    described = f'<rdf:Description rdf:about="" xmlns:fx="{_SPACE}">{facts}</rdf:Description></rdf:RDF>'
    properties = "".join(
        f'<rdf:li rdf:parseType="Resource"><pdfaProperty:name>{name}</pdfaProperty:name>'
        "<pdfaProperty:valueType>Text</pdfaProperty:valueType><pdfaProperty:category>external</pdfaProperty:category>"
        f"<pdfaProperty:description>{meaning}</pdfaProperty:description></rdf:li>"
        for name, meaning in _PROPERTIES
    )
    schema = (
        '<rdf:li rdf:parseType="Resource"><pdfaSchema:schema>Factur-X PDFA Extension Schema</pdfaSchema:schema>'
        f"<pdfaSchema:namespaceURI>{_SPACE}</pdfaSchema:namespaceURI><pdfaSchema:prefix>fx</pdfaSchema:prefix>"
        f"<pdfaSchema:property><rdf:Seq>{properties}</rdf:Seq></pdfaSchema:property></rdf:li>"
    )
    text = metadata.decode()
    text = text.replace("<pdfaExtension:schemas><rdf:Bag>", f"<pdfaExtension:schemas><rdf:Bag>{schema}", 1)
    return text.replace("</rdf:RDF>", described, 1).encode()
