"""Schematron rules made into one XSLT and run by Saxon: what the published rules say of a document.

Only what the published artefacts use is known here: patterns, rules, asserts, variables, functions. `saxonche` is a
development dependency; without it these tests do not run, and say so.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from functools import cache
from pathlib import Path
from xml.sax.saxutils import quoteattr

import pytest

SCH = "{http://purl.oclc.org/dsdl/schematron}"


@cache
def _made(path: Path):
    saxon = pytest.importorskip("saxonche", reason="saxonche is a development dependency: it runs the published rules")
    processor = saxon.PySaxonProcessor(license=False)
    return processor, processor.new_xslt30_processor().compile_stylesheet(stylesheet_text=_stylesheet(path))


def findings(path: Path, content: bytes) -> list[str]:
    """Every fatal assert that fails, as `rule: what stands there`."""
    processor, sheet = _made(path)
    node = processor.parse_xml(xml_text=content.decode())
    said = sheet.transform_to_string(xdm_node=node)
    return [line for line in said.splitlines() if line.startswith("fatal ")]


def _stylesheet(path: Path) -> str:
    root = ET.parse(path).getroot()
    spaces = {one.get("prefix"): one.get("uri") for one in root.findall(f"{SCH}ns")}
    said = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in spaces.items() if prefix != "xs")
    parts = [
        '<xsl:stylesheet version="2.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform" '
        f'xmlns:xs="http://www.w3.org/2001/XMLSchema" {said}><xsl:output method="text"/>'
    ]
    parts += _lets(root)
    for one in root.iter("{http://www.w3.org/1999/XSL/Transform}function"):
        text = ET.tostring(one, encoding="unicode")
        parts.append(re.sub(r"\bns\d+:", "xsl:", re.sub(r'xmlns:ns\d+="[^"]*"', "", text)))
    patterns = root.findall(f"{SCH}pattern")
    parts.append('<xsl:template match="/">')
    parts += [f'<xsl:apply-templates select="." mode="M{place}"/>' for place in range(len(patterns))]
    parts.append("</xsl:template>")
    for place, pattern in enumerate(patterns):
        rules = pattern.findall(f"{SCH}rule")
        parts += _lets(pattern)
        parts += [_rule(rule, place, len(rules) - number) for number, rule in enumerate(rules)]
        parts.append(f'<xsl:template match="@*|node()|/" mode="M{place}" priority="-1">'
                     f'<xsl:apply-templates select="@*|*" mode="M{place}"/></xsl:template>')  # fmt: skip
    return "".join(parts) + "</xsl:stylesheet>"


def _lets(at: ET.Element) -> list[str]:
    return [f"<xsl:variable name={quoteattr(one.get('name'))} select={quoteattr(one.get('value'))}/>"
            for one in at.findall(f"{SCH}let")]  # fmt: skip


def _rule(rule: ET.Element, place: int, priority: int) -> str:
    parts = [f'<xsl:template match={quoteattr(rule.get("context"))} mode="M{place}" priority="{priority}">']
    parts += _lets(rule)
    for one in rule.findall(f"{SCH}assert"):
        line = f"{one.get('flag', 'fatal')} {one.get('id')}: "
        parts.append(f"<xsl:if test={quoteattr('not(' + one.get('test') + ')')}><xsl:text>{line}</xsl:text>"
                     '<xsl:value-of select="substring(normalize-space(.), 1, 80)"/>'
                     "<xsl:text>&#10;</xsl:text></xsl:if>")  # fmt: skip
    parts.append(f'<xsl:apply-templates select="@*|*" mode="M{place}"/></xsl:template>')
    return "".join(parts)
