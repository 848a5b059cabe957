"""A policy tried on what was: every order of a period answered again, every stored decision made again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from openterms.apps.analytics.report.books import open_book
from openterms.apps.analytics.report.table import Note
from openterms.apps.credit.authorisation.rules import standard_rules
from openterms.apps.credit.policy.reads import parsed, policy_on
from openterms.apps.tenancy.models import Seller
from openterms.core.base.errors import BadInput
from openterms.core.base.reasons import gettext_noop
from openterms.core.credit.orders import Rules
from openterms.core.credit.policy import Policy
from openterms.portfolio.book.book import Book
from openterms.portfolio.book.orders import completed, registered
from openterms.portfolio.runs.backtest import OrdersSummary, answered_twice, later, summary
from openterms.portfolio.runs.backtest_decisions import decided_twice, decisions_summary
from openterms.portfolio.runs.following import freed, usual_days
from openterms.portfolio.runs.history import orders_of_invoices
from openterms.portfolio.runs.standing import with_overdue

from . import loading

CURRENT, ANSWERED = "current", "answered"
SOURCES = ("auto", "orders", "invoices")
Progress = Callable[[str], None]

FOLLOWED = gettext_noop(
    "An order that is answered otherwise changes the headroom of those after it until it is paid: on the day on which "
    "its invoice was, else %(days)s days later. What would then not be overdue is not followed."
)
REBUILT = gettext_noop(
    "The orders of this period were not stored. Each invoice counts as an order of its day, on the account as it stood "
    "the evening before; holds, purchasers and purchase-order numbers of the past do not speak against it."
)
NO_LINE = gettext_noop("%(count)s orders came on days without a limit on record; they are taken as without an end.")
LOST = gettext_noop(
    "Lost is what was written off by %(day)s, is open more than 90 days after it was due, or is open at an insolvent "
    "customer: of invoices issued since the first order that would not have been approved, and no more than those "
    "orders."
)
WORKED_OUT = gettext_noop(
    "Overdue was seen for other days than these rules ask for. It is worked out again from the record as of the "
    "evening before; disputes and promises are not taken off it."
)
NO_DECISIONS = gettext_noop("No decision of this period is stored, so limits are taken as they were.")


@dataclass(frozen=True, kw_only=True)
class Question:
    """What is asked: the new policy, what it is held against, and the days of the orders.

    `against` None is what was answered then; rules without a policy are the product's standard ones. `as_of` is the day
    by which losses are told.
    """

    new: Policy
    against: Rules | None
    against_policy: Policy | None
    against_label: str
    first: date
    last: date
    as_of: date
    source: str = "auto"


def against_of(
    seller: Seller, against: str, currency: str, on: date, other: Policy | None = None
) -> dict[str, Any]:
    """What a question is held against, as its fields: `current` (the policy in force, else the standard rules),
    `answered` (what was answered then), or another policy by its label. Errors: another currency."""
    if other is not None:
        if other.currency != currency:
            raise BadInput(
                gettext_noop("The two policies speak of %(old)s and %(new)s"),
                "against",
                gettext_noop("Compare policies of one currency"),
                {"old": other.currency, "new": currency},
            )
        return {"against": other.authorisation, "against_policy": other, "against_label": against}
    if against == ANSWERED:
        return {"against": None, "against_policy": None, "against_label": ANSWERED}
    version = policy_on(seller, currency, on)
    if version is None:
        return {"against": standard_rules(currency), "against_policy": None, "against_label": "standard"}
    policy = parsed(version)
    return {"against": policy.authorisation, "against_policy": policy, "against_label": version.label}


def back_test(
    seller: Seller, question: Question, progress: Progress = lambda phase: None, most_customers: int = 1_000
) -> dict[str, Any]:
    """What would have been otherwise, as plain values: amounts in minor units of `currency`.

    Keys: `policy, against, currency, from, to, as_of, source, orders` (`totals, flips, workload, months, customers` as
    in `OrdersSummary`), `decisions` (as in `DecisionsSummary`; None where none is stored), `notes`. `progress` hears
    `reading`, `answering`, `comparing`. Only inside the seller's context. Errors: days in the wrong order, nothing to
    answer, answers asked for where nobody answered.
    """
    source = _source(seller, question)
    progress("reading")
    notes: list[Note] = []
    with open_book(seller) as book:
        orders = _orders(seller, book, question, source, notes)
        progress("answering")
        held = usual_days(book, question.new.currency)
        notes.insert(0, Note(FOLLOWED, {"days": held}))
        answered = answered_twice(orders, question.against, question.new.authorisation, book.engine, held)
        progress("comparing")
        found = summary(answered, later(book, question.as_of), book.customers, book.engine, most_customers)
        decisions = _decisions(seller, book, question, notes, most_customers)
    notes.append(Note(LOST, {"day": question.as_of}))
    return {
        "policy": {"code": question.new.code, "name": question.new.name, "hash": question.new.hash},
        "against": question.against_label,
        "currency": question.new.currency,
        "from": question.first.isoformat(),
        "to": question.last.isoformat(),
        "as_of": question.as_of.isoformat(),
        "source": source,
        "orders": _plain(found),
        "decisions": decisions,
        "notes": [{"text": note.text, "params": _said(note.params)} for note in notes],
    }


def _source(seller: Seller, question: Question) -> str:
    if question.first > question.last:
        raise BadInput(
            gettext_noop("The period ends before it begins"), "to", gettext_noop("Give a day not before the first one")
        )
    if question.source not in SOURCES:
        raise BadInput(
            gettext_noop("%(source)s is no source of orders"), "source", gettext_noop("Use auto, orders or invoices"),
            {"source": question.source},
        )  # fmt: skip
    orders, invoices = loading.counts(seller, question.new.currency, question.first, question.last)
    source = ("orders" if orders else "invoices") if question.source == "auto" else question.source
    if not (orders if source == "orders" else invoices):
        raise BadInput(
            gettext_noop("There is no order and no invoice in %(currency)s in this period"),
            "from",
            gettext_noop("Choose a period with orders, or a policy in their currency"),
            {"currency": question.new.currency},
        )
    if source == "invoices" and question.against is None:
        raise BadInput(
            gettext_noop("Nobody answered the orders of this period"),
            "against",
            gettext_noop("Hold the policy against the current one or another one"),
        )
    return source


def _orders(seller: Seller, book: Book, question: Question, source: str, notes: list[Note]) -> Any:
    """The orders with what was overdue for the days that either side's rules ask for."""
    currency = question.new.currency
    rules = [one for one in (question.against, question.new.authorisation) if one is not None]
    days = sorted({one.overdue_days for one in rules if one.overdue_days is not None})
    engine = book.engine
    if source == "invoices":
        rows = orders_of_invoices(book, currency, question.first, question.last, days)
        rows = engine.materialise(freed(completed(rows.mutate(has_purchase_order=True)), book))
        notes.append(Note(REBUILT))
        without = int(engine.collect(rows.filter(~rows.has_line).count().as_table())[0][0].as_py())
        notes += [Note(NO_LINE, {"count": without})] if without else []
        return rows
    rows = registered(loading.stored_orders(seller, currency, question.first, question.last), engine)
    seen = engine.collect(rows.select("seen_overdue_days").distinct())[0].to_pylist()
    if question.against is None:
        days = [one for one in days if one == question.new.authorisation.overdue_days]
    if set(days) - set(seen) or (days and len(seen) > 1):
        notes.append(Note(WORKED_OUT))
        rows = with_overdue(rows, book, days)
    groups = book.customers.select("group_id", of_customer="customer_id")
    return rows.left_join(groups, rows.customer_id == groups.of_customer).drop("of_customer")


def _decisions(
    seller: Seller, book: Book, question: Question, notes: list[Note], most_customers: int
) -> dict[str, Any] | None:
    """Stored decisions made again; where the other side has no policy, against what was decided."""
    policies = tuple(one for one in (question.new, question.against_policy) if one is not None)
    cases = None
    if loading.has_decisions():
        cases = loading.stored_decisions(seller, policies, question.first, question.last)
    if cases is None or not cases.num_rows:
        notes.append(Note(NO_DECISIONS))
        return None
    engine = book.engine
    answered = decided_twice(engine.from_arrow(cases), question.against_policy, question.new, engine)
    return _plain(decisions_summary(answered, book.customers, engine, most_customers))


def figures_of(answer: Mapping[str, Any]) -> dict[str, int]:
    """An answer of `back_test` in short: the `FIGURES` that a policy's version keeps."""
    orders, decisions = answer["orders"]["totals"], (answer["decisions"] or {}).get("totals", {})
    return {
        "orders": orders["orders"],
        "order_flips": orders["flips"],
        **{name: orders[name] for name in (
            "customers", "approved_before_minor", "approved_after_minor", "avoided_minor", "risked_minor",
            "referred_before", "referred_after",
        )},
        "decisions": decisions.get("decisions", 0),
        "decision_flips": decisions.get("flips", 0),
        **{name: decisions.get(name, 0) for name in ("limit_before_minor", "limit_after_minor")},
        "decisions_referred_before": decisions.get("referred_before", 0),
        "decisions_referred_after": decisions.get("referred_after", 0),
    }  # fmt: skip


def _plain(found: OrdersSummary | Any) -> dict[str, Any]:
    return asdict(found)


def _said(params: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in params.items()}
