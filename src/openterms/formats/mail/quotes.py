# ruff: noqa: E501
"""The sender's own words: without the mail that is answered, forwarded headers, signatures and notices, in English and
Arabic and the ways of the usual mail programs."""

from __future__ import annotations

import re

from .html_text import QUOTE_MARK

MOST_LINES = 5_000
_INTRO = re.compile(
    r"^\s*(?:"
    r"on .{6,200}\bwrote:|.{0,120}\bwrote:|le .{6,160}a écrit\s*:|am .{6,160}schrieb.{0,120}:|el .{6,160}escribió:"
    r"|في .{4,200}(?:كتب|كتبت)\b.{0,160}:|.{0,120}(?:كتب|كتبت) .{0,120}:|بتاريخ .{4,200}(?:كتب|كتبت|جاء)\b.{0,160}:"
    r"|-{2,}\s*(?:original message|forwarded message|reply message|الرسالة الأصلية|رسالة معاد توجيهها|الرسالة المعاد توجيهها)\s*-{0,}"
    r"|_{10,}|begin forwarded message:|sent from my .{1,40}|أُ?رسلت? من .{1,40}|get outlook for .{1,20}|الحصول على outlook .{1,30}"
    r")\s*$",
    re.IGNORECASE,
)
_INTRO_START = re.compile(r"^\s*(?:on|في|بتاريخ|le|am)\s.{4,200}$", re.IGNORECASE)
_HEADER = re.compile(
    r"^\s*\*?(?P<name>from|sent|date|to|cc|subject|von|gesendet|de|envoyé|من|تاريخ الإرسال|أُرسلت|أرسلت|التاريخ|إلى|الى|نسخة|الموضوع)\s*:\*?\s*\S",
    re.IGNORECASE,
)
_SIGNATURE = re.compile(r"^(?:-- ?|—|__+)$")
_NOTICE = re.compile(
    r"^\s*(?:this (?:e-?mail|message)(?: and any| is| may| contains)|confidentiality notice|disclaimer\b|the information (?:contained )?in this"
    r"|إخلاء مسؤولية|هذه الرسالة (?:سرية|ومرفقاتها)|تنبيه[: ])",
    re.IGNORECASE,
)
_SENT_FROM = re.compile(r"^\s*(?:sent from my|أُ?رسلت? من|get outlook|الحصول على outlook|sent via)\b.{0,60}$", re.IGNORECASE)


def own_words(text: str) -> str:
    """The text without what is quoted below it or between it. A text that is nothing but a quotation stays empty.

    It is a part of the lines in their order: `own` never holds a word that is not in `text`.
    """
    lines = text.split("\n")[:MOST_LINES]
    kept: list[str] = []
    for place, line in enumerate(lines):
        if QUOTE_MARK in line or _is_begin(lines, place):
            break
        bare = line.strip()
        if bare.startswith(">") or _SENT_FROM.match(bare[:120]):
            continue
        if _SIGNATURE.match(line) or (_NOTICE.match(line[:200]) and any(one.strip() for one in kept)):
            break
        kept.append(line)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip()


def _is_begin(lines: list[str], place: int) -> bool:
    """Whether from here on it is the mail that is answered."""
    line = lines[place][:400]
    if not line.strip():
        return False
    if _INTRO.match(line) and not _SENT_FROM.match(line.strip()[:120]):
        return True
    if _INTRO_START.match(line):  # the line that says who wrote may be broken in two or three
        for more in (1, 2):
            joined = " ".join(one.strip() for one in lines[place : place + more + 1])[:400]
            if _INTRO.match(joined) and re.search(r"(?:wrote|كتب|كتبت|écrit|schrieb)", joined):
                return True
    first = _HEADER.match(line)
    if first is not None:
        names = {match["name"].lower() for one in lines[place : place + 6] if (match := _HEADER.match(one[:200]))}
        return len(names) >= 3
    return False
