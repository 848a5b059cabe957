"""Applicants and customers recognised again: by numbers, accounts, telephones, mail domains, and names that are alike.

What is found is for staff alone. Candidates come set-wise from indexes; only they are compared name by name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from openterms.apps.tenancy.models import Seller
from openterms.apps.tenancy.sql import HIGHEST, rows
from openterms.core.base.company_numbers import compact
from openterms.core.base.mail import domain_of, is_free_mail
from openterms.core.base.names import core_words, is_arabic, likeness, sound, starts_across

from .models import Application

NUMBERS = ("register", "vat", "tax", "lei", "duns")
LIKE_ENOUGH = 86
MOST_CANDIDATES = 1_000
MOST_SHOWN = 12
PHONE_DIGITS = 9
BLOCK_LETTERS = 4
MOST_BLOCKS = 60


@dataclass(slots=True)
class Match:
    """A customer or application that may be the same business, and why: pairs of a code and what is shared.

    Codes: `number`, `account`, `phone`, `domain`, `name` (with how alike, 0 to 100).
    """

    id: UUID
    number: str
    name: str
    is_customer: bool
    state: str = ""
    why: list[tuple[str, str]] = field(default_factory=list)

    @property
    def weight(self) -> int:
        """Orders matches: a shared number counts most."""
        worth = {"number": 1_000, "account": 900, "phone": 300, "domain": 200}
        return sum(worth.get(code, int(shown) if shown.isdigit() else 0) for code, shown in self.why)


def keys_of(answers: Mapping[str, Any]) -> set[tuple[str, str]]:
    """By what an application is recognised: (`number` | `account` | `phone` | `domain` | `word` | `sound`, value)."""
    company, contact = answers.get("company") or {}, answers.get("contact") or {}
    bank, people = answers.get("bank") or {}, (answers.get("people") or {}).get("rows", [])
    keys = {("number", compact(str(company[name]))) for name in NUMBERS if company.get(name)}
    keys |= {("account", compact(str(bank[name]))) for name in ("iban", "account") if bank.get(name)}
    for phone in (company.get("phone"), contact.get("phone"), *(one.get("phone") for one in people)):
        if phone:
            keys.add(("phone", _phone(str(phone))))
    for address in (contact.get("email"), contact.get("invoices_email"), *(one.get("email") for one in people)):
        domain = domain_of(str(address or ""))
        if domain and not is_free_mail(domain):
            keys.add(("domain", domain))
    for name in (company.get("legal_name"), company.get("trading_name")):
        words = core_words(str(name)) if name else ()
        keys |= {("word", word) for word in words}
        keys |= {("sound", heard) for heard in map(sound, words) if len(heard) > 1}
    return {(kind, value) for kind, value in keys if value}


def _phone(text: str) -> str:
    return "".join(letter for letter in text if letter.isdigit())[-PHONE_DIGITS:]


SHARED = """
SELECT c.id, c.number, c.name, found.why, found.shared FROM (
    SELECT i.customer_id, CASE i.scheme WHEN 'iban' THEN 'account' ELSE 'number' END AS why, i.value AS shared
    FROM parties_identifier i WHERE i.seller_id = %(seller)s AND i.value_key = ANY(%(numbers)s)
    UNION SELECT p.customer_id, 'phone', p.phone FROM parties_contact p
    WHERE p.seller_id = %(seller)s AND p.phone_key = ANY(%(phones)s)
    UNION SELECT p.customer_id, 'domain', p.domain_key FROM parties_contact p
    WHERE p.seller_id = %(seller)s AND p.domain_key = ANY(%(domains)s)
) found JOIN parties_customer c ON c.seller_id = %(seller)s AND c.id = found.customer_id
ORDER BY found.why, c.id LIMIT 400
"""

BLOCK = """
SELECT customer_id, %(word{n})s::int AS word FROM parties_customertoken
WHERE seller_id = %(seller)s AND token >= %(lo{n})s AND token < %(hi{n})s
"""
"""Customers of whom a word begins so. One range at a time: a join with ranges would read every word for each."""

NEAR = """
SELECT t.customer_id, count(DISTINCT t.word) AS hits FROM ({blocks}) t
GROUP BY t.customer_id ORDER BY hits DESC, t.customer_id LIMIT %(most)s
"""
NAMED = "SELECT id, number, name FROM parties_customer WHERE seller_id = %(seller)s AND id = ANY(%(ids)s)"
"""Apart from `NEAR`, so that they are fetched by their ids whatever the planner thinks of a table it does not know."""

OTHERS = """
SELECT a.id, a.number, a.name, a.state, k.kind AS why, k.value AS shared
FROM credit_applicationkey k
JOIN unnest(%(kinds)s::text[], %(values)s::text[]) AS w (kind, value) ON w.kind = k.kind AND w.value = k.value
JOIN credit_application a ON a.seller_id = %(seller)s AND a.id = k.application_id
WHERE k.seller_id = %(seller)s AND a.id <> %(self)s ORDER BY a.id DESC LIMIT 2000
"""


def matches(seller: Seller, application: Application) -> list[Match]:
    """Customers and other applications that may be the same business, the likeliest first, at most 12.

    Names in the other script are compared by sound. At most 1,000 customers of each script are compared by name.
    """
    keys = keys_of(application.answers)
    company = application.answers.get("company") or {}
    names = [str(company[one]) for one in ("legal_name", "trading_name") if company.get(one)]
    found: dict[UUID, Match] = {}
    _shared(seller, keys, found)
    for row in _named(seller, names):
        _note_likeness(found, row, names, is_customer=True)
    _others(seller, application, keys, names, found)
    return sorted(found.values(), key=lambda one: (-one.weight, one.number))[:MOST_SHOWN]


def _shared(seller: Seller, keys: set[tuple[str, str]], found: dict[UUID, Match]) -> None:
    given = {
        "seller": seller.id,
        "numbers": [value for kind, value in keys if kind in ("number", "account")],
        "phones": [value for kind, value in keys if kind == "phone"],
        "domains": [value for kind, value in keys if kind == "domain"],
    }
    for row in rows(SHARED, given):
        match = found.setdefault(row["id"], Match(row["id"], row["number"], row["name"], True))
        match.why.append((row["why"], row["shared"]))


def _named(seller: Seller, names: list[str]) -> list[dict[str, Any]]:
    """Customers of whose words some begin alike, those that share most words first; then the same across scripts."""
    here, across = [], []
    for place, word in enumerate(dict.fromkeys(word for name in names for word in core_words(name))):
        articled = f"ال{word}" if is_arabic(word) else f"al{word}"
        here += [(word[:BLOCK_LETTERS], place), (articled[: BLOCK_LETTERS + 2], place)]
        across += [(start, place) for start in starts_across(word)]
    return _near(seller, here) + _near(seller, across)


def _near(seller: Seller, blocks: list[tuple[str, int]]) -> list[dict[str, Any]]:
    blocks = blocks[:MOST_BLOCKS]
    if not blocks:
        return []
    given: dict[str, Any] = {"seller": seller.id, "most": MOST_CANDIDATES}
    for n, (start, place) in enumerate(blocks):
        given |= {f"lo{n}": start, f"hi{n}": start + HIGHEST, f"word{n}": place}
    parts = " UNION ALL ".join(BLOCK.format(n=n) for n in range(len(blocks)))
    ids = [row["customer_id"] for row in rows(NEAR.format(blocks=parts), given)]
    return rows(NAMED, {"seller": seller.id, "ids": ids})


def _note_likeness(found: dict[UUID, Match], row: Mapping[str, Any], names: list[str], is_customer: bool) -> None:
    alike = max((likeness(name, row["name"]) for name in names), default=0)
    if alike < LIKE_ENOUGH:
        return
    match = found.setdefault(row["id"], Match(row["id"], row["number"], row["name"], is_customer, row.get("state", "")))
    if not any(code == "name" for code, _shown in match.why):
        match.why.append(("name", str(alike)))


def _others(
    seller: Seller, application: Application, keys: set[tuple[str, str]], names: list[str], found: dict[UUID, Match]
) -> None:
    pairs = sorted(keys)
    given = {
        "seller": seller.id,
        "self": application.id,
        "kinds": [kind for kind, _value in pairs],
        "values": [value for _kind, value in pairs],
    }
    for row in rows(OTHERS, given):
        if row["why"] in ("word", "sound"):
            _note_likeness(found, row, names, is_customer=False)
            continue
        made = Match(row["id"], row["number"], row["name"], False, row["state"])
        match = found.setdefault(row["id"], made)
        match.why.append((row["why"], row["shared"]))
