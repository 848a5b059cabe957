"""Add accounts, buy reports, take them in by file, read one as it was received."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from pathlib import Path
from time import sleep
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection, transaction

from openterms.apps.journal.actions import record
from openterms.apps.parties.models import Customer, Identifier
from openterms.apps.tenancy.actor import Actor
from openterms.apps.tenancy.context import acting
from openterms.apps.tenancy.models import Seller
from openterms.core.base.errors import BadInput, Refused
from openterms.core.base.expressions import Value
from openterms.core.base.reasons import Reason
from openterms.core.base.reasons import gettext_noop as _
from openterms.core.credit.information import BRINGS_NOTHING
from openterms.core.credit.outcomes import Request
from openterms.core.credit.policy import Policy
from openterms.formats.bureau.file import Row, read_reports
from openterms.formats.bureau.report import names_agree
from openterms.formats.tabular.faults import Fault, RowError

from . import reads
from .buying import FETCH_FAILED, Reserved, fresh_report, give_up, keep, note_attempt, reserve
from .credentials import check_reference, read_credentials
from .fetching import ADAPTERS, Failed, Talk
from .models import BureauAccount, BureauPurchase, BureauReportRow
from .wire import check_base_url

BUYERS = ("credit_manager", "analyst")
READERS = ("credit_manager", "analyst", "auditor")
KEEPERS = ("admin",)

NOT_FOR_ROLE = Reason(
    "bureau_not_for_role",
    _("Bureau reports are not for this role."),
    "",
    _("ask a credit analyst or the credit manager"),
)


def require_role(actor: Actor, roles: tuple[str, ...]) -> None:
    """Refuse a person of another role; the product itself has none and may."""
    if actor.role is not None and actor.role not in roles:
        raise Refused([NOT_FOR_ROLE])


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What an account is to be: amounts in minor units of the seller's currency; a budget of None is none set."""

    code: str
    adapter: str
    product: str
    base_url: str
    credentials: str
    cost_minor: int
    age_days: int = 90
    budget_minor: int | None = None
    timeout_seconds: int = 15
    options: Mapping[str, str] = field(default_factory=dict)


def add_account(seller: Seller, actor: Actor, terms: Terms, now: datetime) -> BureauAccount:
    """Add a way to a product of a bureau. Refused: the role. Errors: whatever of the terms cannot be, code taken."""
    require_role(actor, KEEPERS)
    adapter = ADAPTERS.get(terms.adapter)
    if adapter is None:
        raise _not_one_of("adapter", terms.adapter, ADAPTERS)
    if terms.product not in adapter.products:
        raise _not_one_of("product", terms.product, adapter.products)
    for name in terms.options:
        if name not in adapter.options:
            raise _not_one_of("option", name, adapter.options)
    check_base_url(terms.base_url)
    check_reference(terms.credentials)
    check_figures(terms.cost_minor, terms.age_days, terms.budget_minor, terms.timeout_seconds)
    if not terms.code.strip():
        raise BadInput(_("the account has no code"), "code", _("give a short name such as dnb-risk"))
    with transaction.atomic():
        try:
            with transaction.atomic():
                account = BureauAccount.objects.create(seller=seller, **(asdict(terms) | {"code": terms.code.strip()}))
        except IntegrityError as error:
            taken = _("The bureau account %(code)s is there already")
            raise BadInput(taken, "code", _("Choose another code"), {"code": terms.code}) from error
        data = asdict(terms) | {"options": dict(terms.options)}
        record(seller.id, actor, "bureau_account_added", "bureau_account", account.id, now, None, data)
    return account


def check_figures(cost_minor: int, age_days: int, budget_minor: int | None, timeout_seconds: int) -> None:
    """BadInput unless an account can have these figures."""
    if min(cost_minor, age_days, budget_minor or 0) < 0 or not 1 <= timeout_seconds <= 60:
        raise BadInput(
            _("cost, age and budget are zero or more, the time-out from 1 to 60 seconds"), "account", _("correct them")
        )


def _not_one_of(where: str, given: str, known: Any) -> BadInput:
    params = {"given": given[:60], "known": ", ".join(known)}
    return BadInput(_("%(given)s is not known here"), where, _("give one of: %(known)s"), params)


@dataclass(frozen=True, slots=True)
class Step:
    """What came of one account: `bought`, `cached`, `not_bought` or `failed`, with why, and the report where there is
    one. Costs in minor units of the seller's currency."""

    account: str
    what: str
    reason: Reason | None = None
    report_id: UUID | None = None
    cost_minor: int = 0


@dataclass(frozen=True, slots=True)
class Bought:
    """What was done account by account, cheapest first, and what reports tell of the customer now."""

    steps: tuple[Step, ...]
    known: reads.Known

    @property
    def is_any_bought(self) -> bool:
        """Whether anything new came."""
        return any(step.what == "bought" for step in self.steps)


@dataclass(frozen=True, kw_only=True)
class Question:
    """Why a report is wanted.

    With a `policy`, a report is bought only where it could change the decision on `facts` and `request`;
    `is_complete` says that nothing else will become known of the case. Without one, `wanted` names the facts that are
    missing; none named means all. `regardless` is a person's reason to buy all the same. `only` names one account.
    """

    facts: Mapping[str, Value] = field(default_factory=dict)
    policy: Policy | None = None
    request: Request | None = None
    is_complete: bool = True
    wanted: frozenset[str] = frozenset()
    regardless: str = ""
    only: str = ""


def buy_report(
    seller: Seller,
    actor: Actor,
    customer: Customer,
    question: Question,
    on: date,
    now: datetime,
    pause: Callable[[float], None] = sleep,
) -> Bought:
    """Get what is missing from bureaus, cheapest first, until nothing more could change the decision.

    Not inside a transaction: reserved, asked and kept are three. A report younger than its age rule is used and not
    bought; one purchase for customer, account and day, however often and by however many it is asked for. Where none is
    bought, one event says why. Refused: the role, busy. Errors: facts that the policy refuses, an unknown account.
    """
    require_role(actor, BUYERS)
    if connection.in_atomic_block:
        raise RuntimeError("A bureau is not asked inside a transaction.")
    steps: list[Step] = []
    with acting(seller.id):
        accounts = list(reads.accounts(seller))
        if question.only:
            accounts = [reads.find_account(seller, question.only)]
    for account in accounts:
        with acting(seller.id):
            reserved, why = _wanted(account, seller, customer, question, on, now)
        if reserved.purchase is not None:
            steps.append(_carry_out(seller, actor, account, customer, reserved.purchase, on, now, pause))
        elif reserved.report is not None:
            steps.append(Step(account.code, "cached", None, reserved.report.id))
        else:
            steps.append(Step(account.code, "not_bought", reserved.reason or why))
    with acting(seller.id):
        known = reads.facts_from_reports(seller, customer, on)
        if not any(step.what in ("bought", "failed") for step in steps):
            told = [
                {"account": step.account, "what": step.what, "reason": step.reason.code if step.reason else "",
                 "params": dict(step.reason.params) if step.reason else {}}
                for step in steps
            ]  # fmt: skip
            record(seller.id, actor, "report_not_bought", "customer", customer.id, now, customer.id, {"accounts": told})
    return Bought(tuple(steps), known)


def _wanted(
    account: BureauAccount, seller: Seller, customer: Customer, question: Question, on: date, now: datetime
) -> tuple[Reserved, Reason | None]:
    """A reservation of what an account could add, or why none is made."""
    cached = fresh_report(account, customer, on)
    if cached is not None:
        return Reserved(report=cached), None
    reason = question.regardless.strip()
    if not reason:
        currency = question.policy.currency if question.policy else ""
        told = reads.facts_from_reports(seller, customer, on, currency)
        facts = {**{name: value for name, (value, _source, _day) in told.items()}, **question.facts}
        if question.policy is not None:
            chance = reads.worth(account, told, question.policy, facts, question.request, question.is_complete)
            if not chance.can_change:
                return Reserved(), chance.reason
            reason = f"could change: {', '.join(chance.relevant)}"
        else:
            missing = set(reads.news(account, told, facts))
            missing &= question.wanted or missing
            if not missing:
                return Reserved(), BRINGS_NOTHING
            reason = f"missing: {', '.join(sorted(missing))}"
    return reserve(account, customer, on, now, reason), None


def _carry_out(
    seller: Seller,
    actor: Actor,
    account: BureauAccount,
    customer: Customer,
    purchase: BureauPurchase,
    on: date,
    now: datetime,
    pause: Callable[[float], None],
) -> Step:
    """Ask the bureau and keep what comes. Each try is kept by itself, so that a process that ends leaves its trace."""

    def note(
        step: str, number: int, at: datetime, status: int, milliseconds: int, error: str = "", digest: str = ""
    ) -> None:
        given = {"step": step, "number": number, "at": at, "status": status, "milliseconds": milliseconds}
        with acting(seller.id):
            note_attempt(purchase, {**given, "error": error[:500], "digest": digest})

    try:
        with acting(seller.id):
            subject = reads.subject_of(customer)
        try:
            secrets = read_credentials(account.credentials, ADAPTERS[account.adapter].secrets)
        except BadInput as error:
            raise Failed(str(error), False) from error
        fetched = Talk(account, secrets, note, now, pause).fetch(subject, on)
    except Failed as failure:
        with acting(seller.id):
            give_up(purchase, actor, failure.what, failure.is_spent, now)
        cost = purchase.cost_minor if failure.is_spent else 0
        return Step(account.code, "failed", FETCH_FAILED.given(fault=failure.what), None, cost)
    with acting(seller.id):
        row = keep(purchase, actor, fetched, on, now)
    return Step(account.code, "bought", None, row.id, row.cost_minor)


def read_raw(seller: Seller, actor: Actor, report_id: UUID, now: datetime) -> BureauReportRow:
    """A report as it was received. Every reading is in the journal. Refused: the role. Errors: there is none such."""
    require_role(actor, READERS)
    with transaction.atomic():
        row = BureauReportRow.objects.filter(seller=seller, id=report_id).select_related("customer", "account").first()
        if row is None:
            raise BadInput(_("There is no such report"), "report", _("open it from the customer's page"))
        record(
            seller.id, actor, "report_read", "bureau_report", row.id, now, row.customer_id,
            {"bureau": row.bureau, "product": row.product, "as_of": row.as_of.isoformat()},
        )  # fmt: skip
    return row


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import of reports did; where `errors` is not empty, nothing was loaded."""

    loaded: int
    unchanged: int
    errors: tuple[RowError, ...]


def import_reports(seller: Seller, actor: Actor, path: Path | str, on: date, now: datetime) -> Imported:
    """Take in reports from a file: all of them or, with every fault by row, none. The same file again changes nothing.

    A row names a customer by its number, or by an identifier that one customer has. Refused: the role. Errors: the
    file is no table, or lacks a column.
    """
    require_role(actor, BUYERS)
    rows, errors = read_reports(path)
    found: list[tuple[Row, Customer]] = []
    for row in rows:
        customer = _customer_of(seller, row, on)
        if isinstance(customer, Fault):
            errors.append(RowError.of(customer, row.line, row.line, "customer", row.customer or row.identifier))
        else:
            found.append((row, customer))
    if errors:
        return Imported(0, 0, tuple(sorted(errors, key=lambda one: one.row)))
    with transaction.atomic():
        loaded = [made for row, customer in found if (made := _take_in(seller, row, customer, on, now)) is not None]
        if loaded:
            digest = hashlib.sha256("".join(sorted(loaded)).encode()).hexdigest()
            data = {"reports": len(loaded), "digest": digest, "file": Path(path).name[:200]}
            record(seller.id, actor, "reports_imported", "seller", seller.id, now, None, data)
    return Imported(len(loaded), len(found) - len(loaded), ())


def _customer_of(seller: Seller, row: Row, on: date) -> Customer | Fault:
    if row.report.as_of > on:
        return Fault(_("the report is of a day to come"), _("correct as_of"))
    if row.customer:
        customers = list(Customer.objects.filter(seller=seller, number=row.customer))
    else:
        same = Identifier.objects.filter(seller=seller, scheme=row.scheme, value=row.identifier)
        customers = list(Customer.objects.filter(seller=seller, id__in=same.values("customer_id"))[:2])
    if len(customers) != 1:
        found = {"count": len(customers)}
        return Fault(_("%(count)s customers are meant"), _("give the number of one customer"), found)
    if row.report.name and not names_agree(customers[0].name, row.report.name):
        return Fault(
            _("the answer is about another company: %(found)s, and not %(asked)s"),
            _("check the customer's name and identifiers"),
            {"found": row.report.name[:80], "asked": customers[0].name[:80]},
        )
    return customers[0]


def _take_in(seller: Seller, row: Row, customer: Customer, on: date, now: datetime) -> str | None:
    """The digest of a row that was taken in; None where it is there already."""
    digest = hashlib.sha256(row.raw.encode()).hexdigest()
    report = row.report
    _row, is_new = BureauReportRow.objects.get_or_create(
        seller=seller,
        customer=customer,
        bureau=report.bureau,
        product=report.product,
        digest=digest,
        purchase=None,
        defaults={
            "identifiers": dict(report.identifiers),
            "name": report.name,
            "as_of": report.as_of,
            "received_on": on,
            "received_at": now,
            "cost_minor": 0,
            "raw": row.raw,
            "figures": [asdict(figure) for figure in report.figures],
            "unused": list(report.unused),
        },
    )
    return digest if is_new else None
