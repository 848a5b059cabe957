"""The page around a message's text: one quiet column that mail programs show alike, in either direction."""

from __future__ import annotations

from markupsafe import Markup, escape

_STYLE = (
    "body{margin:0;padding:24px 12px;background:#f4f5f4;color:#1c2321;"
    "font:15px/1.5 'IBM Plex Sans','IBM Plex Sans Arabic',Arial,sans-serif}"
    "main{max-width:600px;margin:0 auto;background:#fff;padding:24px;border:1px solid #dfe3e1}"
    "p{margin:0 0 16px}table{border-collapse:collapse;width:100%;margin:0 0 16px}"
    "th,td{padding:6px 8px;border-bottom:1px solid #dfe3e1;text-align:start;font-variant-numeric:tabular-nums}"
    "a.button{display:inline-block;background:#0f5c5c;color:#fff;padding:10px 18px;text-decoration:none}"
    "footer{max-width:600px;margin:12px auto 0;color:#5c6663;font-size:12px}"
)


def page(subject: str, body: str, language: str, footer: str) -> str:
    """A whole page of a rendered body: paragraphs apart by empty lines. `body` is escaped already, the rest is not."""
    blocks = [block.strip() for block in body.replace("\r\n", "\n").split("\n\n")]
    inner = "".join(_block(block) for block in blocks if block)
    direction = "rtl" if language == "ar" else "ltr"
    return str(
        Markup(
            '<!doctype html><html lang="%s" dir="%s"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width,initial-scale=1"><title>%s</title>'
            "<style>%s</style></head><body><main>%s</main><footer>%s</footer></body></html>"
        )
        % (language, direction, subject, Markup(_STYLE), Markup(inner), escape(footer))  # noqa: S704 - escaped above
    )


def _block(block: str) -> str:
    """A paragraph; a table stands by itself, and what stands around it keeps its paragraph."""
    if "<table>" not in block:
        return "<p>" + block.replace("\n", "<br>\n") + "</p>"
    before, _table, rest = block.partition("<table>")
    inside, _end, after = rest.partition("</table>")
    return (_block(before.strip()) if before.strip() else "") + f"<table>{inside}</table>" + (
        _block(after.strip()) if after.strip() else ""
    )
