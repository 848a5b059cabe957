"""A shop of one page that sells on terms: it asks OpenTerms, by its API and a key, whether an order may be on account,
and lets a buyer who has no terms yet apply for them.

    OPENTERMS_KEY=ot_... python examples/shop/shop.py --customer C1 --currency EUR

Needs Python alone. The key stays in this process and never reaches the browser; prices are the shop's own, so that
nobody orders at prices of their own. Answers of the API go to the page as they are: they are written for buyers.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import urllib.error
import urllib.parse
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent
ARTICLES = {"pump": ("Circulation pump", 38_900), "valve": ("Check valve, brass", 2_450), "seal": ("Shaft seal", 795)}
"""Code: name, price in cents."""
PAGES = {"/": ("page.html", "text/html; charset=utf-8"), "/page.js": ("page.js", "text/javascript; charset=utf-8")}
SECONDS = 10
MOST_BYTES = 16 * 1024
MOST_QUANTITY = 999
CREATED = 201


class Terms:
    """OpenTerms as this shop uses it: for one customer and one currency."""

    def __init__(self, address: str, key: str, customer: str, currency: str) -> None:
        self.address, self.key, self.customer, self.currency = address.rstrip("/"), key, customer, currency
        self.waiting: dict[str, str] = {}
        self.applied: dict[str, str] = {}

    def authorise(self, order: dict[str, Any], language: str) -> tuple[int, dict[str, Any]]:
        """Ask for an order. Asking twice for the same order holds it once: its reference is the key.

        One that waited for a person is looked at instead: a real shop would do so from time to time by itself.
        """
        waiting, more = self.waiting.get(order["order_ref"]), {"Accept-Language": language}
        if waiting:
            return self._ask("GET", f"/api/v1/authorisations/{waiting}", None, more)
        body = {"customer": self.customer, "currency": self.currency} | order
        more["Idempotency-Key"] = order["order_ref"]
        status, answer = self._ask("POST", "/api/v1/authorisations", body, more)
        if answer.get("status") == "referred":
            self.waiting[order["order_ref"]] = answer["id"]
        return status, answer

    def apply(self, order: dict[str, Any], company: str, back: str, language: str) -> tuple[int, dict[str, Any]]:
        """Begin an application for a buyer without a line; the answer's `link` is where the buyer goes on and signs.

        Its key is the order's reference and what is asked: a second click leads to the same application.
        """
        body = {
            "order_ref": order["order_ref"], "return_url": back, "currency": self.currency,
            "first_order": order["amount"],
            "language": "ar" if language.lower().startswith("ar") else "en", "company": {"legal_name": company},
        }  # fmt: skip
        more = {"Accept-Language": language, "Idempotency-Key": f"apply-{order['order_ref']}"}
        status, answer = self._ask("POST", "/api/v1/applications", body, more)
        if status == CREATED:
            self.applied[order["order_ref"]] = answer["id"]
        return status, answer

    def application(self, order_ref: str) -> tuple[int, dict[str, Any]]:
        """How the application that began at an order stands, without its link."""
        known = self.applied.get(order_ref)
        if known is None:
            return 404, {"status": 404, "detail": "No application began at this order."}
        status, answer = self._ask("GET", f"/api/v1/applications/{known}")
        return status, {name: value for name, value in answer.items() if name != "link"}

    def credit(self) -> tuple[int, dict[str, Any]]:
        """What the customer still may buy on terms."""
        return self._ask("GET", f"/api/v1/customers/{urllib.parse.quote(self.customer, safe='')}/credit")

    def _ask(
        self, method: str, path: str, body: dict[str, Any] | None = None, more: dict[str, str] | None = None
    ) -> tuple[int, dict[str, Any]]:
        data = json.dumps(body).encode() if body is not None else None
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"} | (more or {})
        request = urllib.request.Request(self.address + path, data, headers, method=method)  # noqa: S310 - our own
        try:
            with urllib.request.urlopen(request, timeout=SECONDS) as answer:  # noqa: S310
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as problem:
            return problem.code, json.load(problem)
        except (OSError, ValueError):
            return 502, {"status": 502, "detail": "Orders on account are not possible right now. Pay now instead."}


def order_of(body: dict[str, Any]) -> dict[str, Any]:
    """The order of a basket at the shop's own prices. ValueError for one that cannot be."""
    lines, cents = [], 0
    for line in body["lines"]:
        name, price = ARTICLES[line["code"]]
        quantity = line["quantity"]
        if type(quantity) is not int or not 1 <= quantity <= MOST_QUANTITY:
            raise ValueError(quantity)
        cents += price * quantity
        lines.append({"sku": line["code"], "name": name, "quantity": quantity, "amount": written(price * quantity)})
    if not lines:
        raise ValueError("an empty basket")
    return {
        "order_ref": str(body["reference"])[:60], "amount": written(cents), "lines": lines,
        "purchaser": str(body.get("purchaser", ""))[:200], "purchase_order": str(body.get("purchase_order", ""))[:100],
        "allow_partial": body.get("allow_partial") is True,
    }  # fmt: skip


def written(cents: int) -> str:
    """Cents as a decimal text."""
    return f"{cents // 100}.{cents % 100:02}"


class Handler(BaseHTTPRequestHandler):
    """Answers the page and what it asks."""

    terms: Terms

    def do_GET(self) -> None:
        """The page, its script, what is for sale, what may be bought."""
        plain = self.path.partition("?")[0]
        if plain in PAGES:
            name, kind = PAGES[plain]
            self._send(200, (FOLDER / name).read_bytes(), kind)
        elif self.path == "/shop":
            articles = [{"code": code, "name": name, "cents": cents} for code, (name, cents) in ARTICLES.items()]
            self._json(200, {"customer": self.terms.customer, "currency": self.terms.currency, "articles": articles})
        elif self.path == "/credit":
            self._json(*self.terms.credit())
        elif self.path.startswith("/application?order="):
            wanted = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)
            self._json(*self.terms.application(wanted["order"][0][:60]))
        else:
            self._json(404, {"detail": "There is nothing here."})

    def do_POST(self) -> None:
        """The checkout."""
        try:
            length = int(self.headers.get("Content-Length", "0"))
            if self.path not in ("/checkout", "/apply") or not 0 < length <= MOST_BYTES:
                raise ValueError(length)
            body = json.loads(self.rfile.read(length))
            order = order_of(body)
        except (ValueError, KeyError, TypeError):
            self._json(400, {"detail": "This basket cannot be ordered."})
            return
        language = self.headers.get("Accept-Language", "en")
        if self.path == "/checkout":
            self._json(*self.terms.authorise(order, language))
            return
        port = self.server.server_address[1]
        back = f"http://127.0.0.1:{port}/?order={urllib.parse.quote(order['order_ref'], safe='')}"
        self._json(*self.terms.apply(order, str(body.get("company", ""))[:200], back, language))

    def _json(self, status: int, body: dict[str, Any]) -> None:
        self._send(status, json.dumps(body).encode(), "application/json")

    def _send(self, status: int, data: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.send_header("Content-Security-Policy", "default-src 'self'; style-src 'self' 'unsafe-inline'")
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing is written for each request."""


def serve(terms: Terms, port: int) -> ThreadingHTTPServer:
    """The shop on this machine, not yet answering: call `serve_forever`."""
    return ThreadingHTTPServer(("127.0.0.1", port), type("ShopHandler", (Handler,), {"terms": terms}))


def main() -> None:
    """Read the command line and sell."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--openterms", default="http://127.0.0.1:8020", help="where OpenTerms answers")
    parser.add_argument("--customer", required=True, help="number of the customer that is signed in")
    parser.add_argument("--currency", default="EUR")
    parser.add_argument("--port", type=int, default=8030)
    given = parser.parse_args()
    key = os.environ.get("OPENTERMS_KEY", "")
    if not key:
        made = "openterms apikey add --seller CODE --scope authorise --scope apply"
        sys.exit(f"Give the key in OPENTERMS_KEY: `{made}` makes one.")
    server = serve(Terms(given.openterms, key, given.customer, given.currency), given.port)
    print(f"The shop is at http://127.0.0.1:{server.server_port}/")
    server.serve_forever()


if __name__ == "__main__":
    main()
