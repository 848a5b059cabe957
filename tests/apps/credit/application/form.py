"""An applicant for tests: enters by links as the doors do, and answers a whole form."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.db import transaction

from openterms.apps.credit.application import actions, entering
from openterms.apps.credit.application.agreement import standard
from openterms.apps.credit.application.deciding import set_form
from openterms.apps.credit.models import Application, ApplicationAcceptance
from openterms.apps.tenancy.actor import SYSTEM, Actor
from openterms.apps.tenancy.context import acting

NOW = datetime(2026, 6, 1, 9, tzinfo=UTC)
MANAGER = Actor("Ana Lund", None, "credit_manager", 10**12)
ANSWERS: dict[str, dict[str, str]] = {
    "contact": {"name": "Omar Haddad", "email": "omar@noor-trading.example", "phone": "+966 11 234 5678"},
    "company": {
        "legal_name": "Noor Trading GmbH", "country": "DE", "legal_form": "limited", "vat": "DE 136 695 976",
        "registered_on": "2015-03-02", "street": "Hafenstr. 1", "city": "Hamburg", "phone": "+49 40 555 12 34",
    },
    "people": {"0-name": "Omar Haddad", "0-role": "owner_director", "0-share": "100", "0-signs": "on"},
    "request": {"limit": "25,000.00", "terms_days": "30", "yearly": "٢٤٠٬٠٠٠", "promissory_note": "on"},
    "references": {"0-company": "Steel AG", "0-email": "credit@steel.example"},
    "bank": {"bank": "Hausbank", "iban": "DE89 3704 0044 0532 0130 00", "email": "desk@hausbank.example"},
    "statements": {
        "0-ends_on": "2025-12-31", "0-kind": "audited", "0-sales_minor": "900000", "0-current_assets_minor": "300000",
        "0-current_liabilities_minor": "150000", "0-equity_minor": "-10", "0-goodwill_minor": "0",
    },
}  # fmt: skip


def signed_copy(row: Application, signed: ApplicationAcceptance) -> bytes:
    return f"%PDF-1.7 {row.number} {signed.typed_name} %%EOF".encode()


class Applicant:
    """Somebody with a link; every step enters by it, in a transaction of its own."""

    def __init__(self, seller: Any, now: datetime = NOW, address: str = "198.51.100.7") -> None:
        self.seller, self.now = seller, now
        with transaction.atomic():
            entered = entering.enter_form(seller.code)
            assert entered is not None
            self.application, self.secret = actions.start(*entered, "en", address, now)
        self.links: dict[str, str] = {}

    @property
    def id(self) -> Any:
        return self.application.id

    def enter(self) -> Application:
        found = entering.enter_application(self.secret)
        assert found is not None
        return found

    def save(self, section: str, **more: str) -> Any:
        with transaction.atomic():
            self.enter()
            return actions.save_section(self.id, section, {**ANSWERS.get(section, {}), **more}, self.now)

    def fill(self) -> Applicant:
        for section in ANSWERS:
            _row, faults = self.save(section)
            assert faults == [], [(one.place, str(one.error)) for one in faults]
        return self

    def submit(self, typed_name: str = "omar haddad", has_agreed: bool = True) -> Any:
        with transaction.atomic():
            self.enter()
            row, asked = actions.submit(
                self.id, standard("en"), typed_name, has_agreed, "198.51.100.7", self.now, signed_copy
            )
        self.links = {one.kind: secret for one, secret in asked}
        return row

    def file(self, content: bytes, purpose: str = "registration", name: str = "a.pdf") -> Any:
        with transaction.atomic():
            self.enter()
            return actions.add_file(self.id, purpose, name, content, self.now)

    def answer(self, kind: str, given: dict[str, str], by: str = "Ms Reed") -> Any:
        with transaction.atomic():
            found = entering.enter_reference(self.links[kind])
            assert found is not None
            return actions.answer_reference(found.id, given, by, self.now)

    def row(self) -> Application:
        with acting(self.seller.id):
            return Application.objects.select_related("seller", "customer").get(id=self.id)


def open_form(seller: Any, **more: Any) -> None:
    with acting(seller.id):
        set_form(seller, SYSTEM, True, more.get("agreement", {}), 30, NOW)
