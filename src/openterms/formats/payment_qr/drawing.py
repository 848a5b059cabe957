"""A code as a picture: SVG with the quiet zone, black on white whatever the page's colours."""

from __future__ import annotations

import io

import segno

_MASK = 3
"""One pattern of the eight for every code: readers take any, and weighing them all cost more than the rest."""
SWISS_CROSS = (
    '<g transform="translate({at} {at})"><path fill="#fff" d="M-.6 -.6h8.2v8.2h-8.2z"/>'
    '<path d="M0 0h7v7H0z"/><path fill="#fff" d="M2.83 1.4h1.34v1.43H5.6v1.34H4.17V5.6H2.83V4.17H1.4V2.83h1.43z"/></g>'
)


def svg(payload: str, level: str = "M", is_swiss: bool = False) -> str:
    """The code for a text, as SVG. `level` is the error correction: M for payments. The cross stands in Swiss ones."""
    made = segno.make(payload, error=level, micro=False, boost_error=False, encoding="utf-8", mask=_MASK)
    out = io.BytesIO()
    made.save(out, kind="svg", border=4, xmldecl=False, svgns=True, dark="#000", light="#fff", nl=False)
    picture = out.getvalue().decode()
    if is_swiss:
        side = made.symbol_size(border=4)[0]
        cross = SWISS_CROSS.format(at=round(side / 2 - 3.5, 2))
        picture = picture.replace("</svg>", f"{cross}</svg>")
    return picture
