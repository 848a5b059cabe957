"""What refers to a row of a seller cannot refer to another seller's: not by raw SQL, not when a row is changed."""

from __future__ import annotations

from datetime import timedelta

import psycopg
import pytest
from django.apps import apps
from django.db import connection

from openterms.apps.collecting.models import WorkItem
from openterms.apps.collecting.promise.actions import promise
from openterms.apps.credit.application.actions import start
from openterms.apps.credit.application.deciding import set_form
from openterms.apps.credit.authorisation.actions import Order, authorise_order, capture
from openterms.apps.credit.authorisation.overrides import give_override
from openterms.apps.credit.cover.actions import Terms, add_cover
from openterms.apps.credit.decision.actions import record_statement
from openterms.apps.credit.group_line.actions import set_group_line
from openterms.apps.credit.hold.actions import place_hold
from openterms.apps.credit.line.actions import set_line
from openterms.apps.credit.line.states import Told, suspend_line
from openterms.apps.credit.mass_change.actions import Target, Wanted, look
from openterms.apps.credit.models import CreditLetter, Decision, FinancialStatement, Line, Review
from openterms.apps.credit.offer.actions import Offered, make_offer
from openterms.apps.credit.policy.actions import draft_policy
from openterms.apps.parties.models import Contact, Group
from openterms.apps.tenancy.actions import add_membership, add_user
from openterms.apps.tenancy.actor import SYSTEM, Actor
from openterms.apps.tenancy.clock import new_id
from openterms.apps.tenancy.context import acting, context_sql
from tests.apps.cases import Department
from tests.apps.desk import NOW, Desk, day, fingerprint
from tests.core.credit.policies import example_text

BY_STATEMENT = {
    "receivables_entry.customer": "of_customer: an import writes hundreds of thousands in a statement",
    "receivables_item.customer": "of_customer: likewise",
    "receivables_posting.entry": "balanced: likewise, with day and customer",
    "receivables_settlement.item": "of_item: likewise, with customer and currency",
    "receivables_settlement.customer": "of_item: the item's own customer",
    "receivables_claim.item": "of_item: a key over seller and item would cost an index as large as the items",
    "receivables_dispute.item": "of_item: likewise",
    "receivables_scheduledpart.item": "of_item: likewise",
    "receivables_invoice.item": "of_item: likewise",
    "collecting_planline.item": "of_item: likewise",
    "collecting_reportedpart.item": "of_item: likewise",
    "receivables_standing.customer": "of_customer: the day writes one for every customer",
    "collecting_workitem.customer": "of_customer: likewise",
    "collecting_promiseitem.item": "of_item: as claims",
    "collecting_matteritem.item": "of_item: as claims",
    "collecting_replyitem.item": "of_item: likewise",
    "collecting_messageitem.item": "of_item: a run writes one for every item that a message speaks of",
    "collecting_pauseitem.item": "of_item: as claims",
    "collecting_latecharge.item": "of_item: as claims",
    "collecting_steptaken.item": "of_item: the day writes one for every overdue item",
    "collecting_steptaken.customer": "of_customer: likewise",
}
"""References that statement triggers hold on insert, and that nobody may change: the trigger, and why no key."""

KEYS = """
SELECT c.conrelid::regclass::text, c.conname,
    ARRAY(SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = c.conrelid AND a.attnum = ANY(c.conkey)),
    EXISTS (SELECT 1 FROM unnest(c.conkey, c.confkey) AS k (own, other)
        JOIN pg_attribute o ON o.attrelid = c.conrelid AND o.attnum = k.own AND o.attname = 'seller_id'
        JOIN pg_attribute t ON t.attrelid = c.confrelid AND t.attnum = k.other AND t.attname = 'seller_id')
FROM pg_constraint c
WHERE c.contype = 'f' AND c.connamespace = 'public'::regnamespace AND c.convalidated
    AND 2 = (SELECT count(DISTINCT a.attrelid) + CASE WHEN c.conrelid = c.confrelid THEN 1 ELSE 0 END
        FROM pg_attribute a WHERE a.attrelid IN (c.conrelid, c.confrelid) AND a.attname = 'seller_id')
"""


def keys():
    with connection.cursor() as cursor:
        cursor.execute(KEYS)
        return cursor.fetchall()


def references():
    """Every field that refers from a seller's row to a seller's row: table, field name, column."""
    for model in apps.get_models():
        names = {field.name for field in model._meta.fields}
        for field in model._meta.fields:
            target = field.related_model
            if "seller" in names and target and "seller" in {other.name for other in target._meta.fields}:
                yield model._meta.db_table, field.name, field.column


def test_every_key_between_rows_of_sellers_holds_the_seller(db):
    assert [f"{table} {name}" for table, name, _, holds in keys() if not holds] == []


def test_every_reference_has_such_a_key_or_a_statement_trigger(db):
    keyed = {(table, column) for table, _, columns, holds in keys() if holds for column in columns}
    bare = {f"{table}.{name}" for table, name, column in references() if (table, column) not in keyed}
    assert bare == set(BY_STATEMENT)
    with connection.cursor() as cursor:
        for reference, why in BY_STATEMENT.items():
            table, trigger = reference.split(".")[0], why.split(":")[0]
            cursor.execute(
                "SELECT tgenabled::text FROM pg_trigger WHERE tgrelid = to_regclass(%s) AND tgname = %s",
                [table, trigger],
            )
            assert cursor.fetchone() == ("O",), reference


class Pair:
    """Two sellers, each with a row of every kind that is referred to."""

    def __init__(self, new_seller):
        self.a, self.b = self.fill(new_seller(enter=False)), self.fill(new_seller(enter=False))

    def fill(self, seller):
        with acting(seller.id):
            desk = Desk(seller)
            item, customer = desk.invoice("I1", "03-01", 10_000), desk.customer()
            made = promise(seller, SYSTEM, customer, [item.id], 10_000, day("03-20"), day("03-10"), NOW)
            set_line(seller, SYSTEM, customer, "USD", 50_000, "new", day("03-01"), NOW)
            line = Line.objects.get(seller=seller)
            order = Order(order_ref="O", minor=1_000, currency="USD")
            held = authorise_order(seller, SYSTEM, customer, order, NOW, "key")
            capture(seller, SYSTEM, held.id, 100, NOW)
            policy = self.policy(seller)
            place_hold(seller, SYSTEM, customer, "late", day("03-02"), NOW)
            office = Department(desk)
            case = office.case(4_000_000)
            office.recommend(case, 4_000_000)
            decision = Decision.objects.get(case=case)
            newest = FinancialStatement(
                customer=customer, currency="USD", ends_on=day("01-31"), figures={"equity_minor": 1}
            )
            record_statement(seller, SYSTEM, newest, NOW)
            form = set_form(seller, SYSTEM, True, {}, 30, NOW)
            application, _secret = start(form, new_id(), "en", "198.51.100.7", NOW)
            group = Group.objects.create(seller=seller, code="G", name="G")
            group_line = set_group_line(seller, SYSTEM, group, "USD", 10**9, "new", NOW)
            told = Told(reason="late")
            suspend_line(seller, SYSTEM, customer, "USD", told, NOW)
            change = look(seller, SYSTEM, Wanted(verb="resume", reason="x"), [Target(customer.id, "USD")], NOW)
            insured = Terms(
                kind="insured", amount_minor=1, currency="USD", valid_from=day("03-01"), issuer="Insurer plc"
            )
            add_cover(seller, SYSTEM, customer, insured, NOW)
            wanted = Offered(limit_minor=1, currency="EUR", answer_by=day("06-30"), reason="x")
            make_offer(seller, SYSTEM, customer, wanted, NOW)
            until = NOW + timedelta(days=1)
            allowed = give_override(seller, SYSTEM, customer, "O-9", "USD", 1, "x", until, NOW)
            review = Review.objects.create(
                seller=seller, customer=customer, currency="USD", opened_on=day("03-10"), opened_at=NOW,
                policy_version=office.version, due_on=day("03-20"), act="review", triggers=["x"], reasons=[],
            )  # fmt: skip
            written = CreditLetter.objects.create(
                seller=seller, case=case, customer=customer, kind="decline", language="en", sent_to="a@b.example",
                digest="0" * 64, size=1, person_name="Ann", sent_at=NOW,
            )  # fmt: skip
            contact = Contact.objects.create(seller=seller, customer=customer, name="Ms Reed")
            work = WorkItem.objects.create(
                seller=seller, customer=customer, currency="USD", step="call", amount_at_risk_minor=1,
                listed_on=day("03-10"), first_listed_on=day("03-10"),
            )  # fmt: skip
        seller.rows = {
            "seller": seller.id, "customer": customer.id, "item": item.id, "promise": made.id, "line": line.id,
            "group": group.id, "contact": contact.id, "work": work.id,
            "authorisation": held.id, "policy": policy.id, "case": case.id, "decision": decision.id,
            "version": office.version.id, "application": application.id, "group_line": group_line.id,
            "change": change.id, "override": allowed.id, "review": review.id, "letter": written.id,
        }  # fmt: skip
        return seller

    def policy(self, seller):
        person = add_user(f"{new_id().hex}@house.example", None, "Ann")
        add_membership(seller, person, "analyst")
        return draft_policy(seller, Actor("Ann", person.id, "analyst"), example_text("software"), NOW)


CHANGES = [
    "UPDATE parties_customer SET group_id = %(group)s",
    "UPDATE parties_contact SET customer_id = %(customer)s",
    "UPDATE credit_line SET customer_id = %(customer)s",
    "UPDATE credit_hold SET customer_id = %(customer)s",
    "UPDATE collecting_workitem SET customer_id = %(customer)s",
    "INSERT INTO collecting_workitem (id, seller_id, customer_id, currency, step, reasons, items, items_again,"
    " amount_at_risk_minor, collectable_overdue_minor, listed_on, first_listed_on, state) SELECT %(id)s, seller_id,"
    " %(customer)s, 'EUR', 'call', '[]', '{}', 0, 1, 0, listed_on, listed_on, 'open' FROM collecting_workitem",
    "UPDATE collecting_promise SET customer_id = %(customer)s",
    "UPDATE receivables_claim SET customer_id = %(customer)s",
    "UPDATE receivables_claim SET item_id = %(item)s",
    "UPDATE credit_authorisation SET customer_id = %(customer)s",
    "UPDATE credit_authorisation SET line_id = %(line)s",
    "UPDATE credit_authorisationcapture SET authorisation_id = %(authorisation)s",
    "UPDATE credit_application SET customer_id = %(customer)s",
    "INSERT INTO credit_applicationkey (id, seller_id, application_id, kind, value)"
    " VALUES (%(id)s, %(own)s, %(application)s, 'x', 'x')",
    "INSERT INTO credit_applicationfile (id, seller_id, application_id, purpose, name, media_type, size, digest, state,"
    " scan_said) VALUES (%(id)s, %(own)s, %(application)s, 'x', 'x', 'x', 1, 'x', 'clean', '')",
    "INSERT INTO credit_applicationcheck (id, seller_id, application_id, register, value, outcome, name, status, said,"
    " checked_at) SELECT %(id)s, id, %(application)s, 'x', 'x', 'found', '', '', '{}', recorded_at FROM tenancy_seller",
    "INSERT INTO credit_applicationacceptance (id, seller_id, application_id, language, document, document_hash,"
    " answers, answers_hash, typed_name, position, signed_at, address) SELECT %(id)s, id, %(application)s, 'en', 'x',"
    " 'x', '{}', 'x', 'x', '', recorded_at, 'x' FROM tenancy_seller",
    "INSERT INTO credit_applicationreference (id, seller_id, application_id, kind, company, person, email, phone,"
    " applicant, language, currency, digest, asked_at, expires_at, answers, answered_by) SELECT %(id)s, id,"
    " %(application)s, 'trade', 'x', '', 'x', '', 'x', 'en', 'USD', 'x', recorded_at, recorded_at, '{}', ''"
    " FROM tenancy_seller",
    "UPDATE credit_authorisation SET policy_version_id = %(policy)s",
    "INSERT INTO credit_authorisation (id, seller_id, customer_id, line_id, policy_version_id, purchaser, order_ref,"
    " purchase_order, lines, currency, requested_minor, approved_minor, tolerance_bp, allows_partial_capture,"
    " authorised_at, most_until, is_unlimited, seen, rules, reasons, idempotency_key, captured_minor, released_minor,"
    " lapsed_minor, state, expires_at) SELECT %(id)s, seller_id, customer_id, line_id, %(policy)s, '', 'x', '', '[]',"
    " currency, 1, 0, 0, true, authorised_at, most_until, false, '{}', '{}', '[]', '', 0, 0, 0, 'declined', expires_at"
    " FROM credit_authorisation",
    "INSERT INTO credit_authorisationanswer (id, seller_id, key, verb, body, authorisation_id, answer)"
    " VALUES (%(id)s, %(own)s, 'x', 'x', '{}', %(authorisation)s, '{}')",
    "INSERT INTO credit_authorisationcapture (id, seller_id, authorisation_id, line_id, amount_minor, invoice,"
    " captured_at) SELECT %(id)s, seller_id, %(authorisation)s, line_id, 1, '', recorded_at FROM credit_authorisation",
    "UPDATE credit_creditcase SET customer_id = %(customer)s",
    "INSERT INTO credit_creditcase (id, seller_id, customer_id, currency, terms, reason, source, source_ref, opened_at,"
    " answer_by, state, queue, level, can_escalate, waits_for, due_at, outcome, closed_terms) SELECT %(id)s, seller_id,"
    " %(customer)s, 'EUR', '', '', 'request', '', opened_at, answer_by, 'open', '', 0, true, '{}', due_at, '', ''"
    " FROM credit_creditcase",
    *(
        "INSERT INTO credit_decision (id, seller_id, case_id, customer_id, currency, number, policy_version_id,"
        " policy_hash, kept, sources, outcome, rule, decided_at) SELECT %(id)s, seller_id,"
        f" {case}, {customer}, currency, 9, {version}, '', '', '{{}}', '', '', decided_at FROM credit_decision"
        for case, customer, version in (
            ("%(case)s", "customer_id", "policy_version_id"), ("case_id", "%(customer)s", "policy_version_id"),
            ("case_id", "customer_id", "%(version)s"),
        )
    ),
    *(
        "INSERT INTO credit_casestep (id, seller_id, case_id, decision_id, number, kind, person_name, role, terms,"
        f" reason, at) SELECT %(id)s, seller_id, {case}, {decision}, 9, 'take', '', '', '', '', at FROM credit_casestep"
        for case, decision in (("%(case)s", "decision_id"), ("case_id", "%(decision)s"))
    ),
    *(
        "INSERT INTO credit_givenfact (id, seller_id, customer_id, case_id, currency, name, value, source, as_of)"
        f" SELECT %(id)s, seller_id, {customer}, {case}, 'USD', 'x', '1', 'x', as_of FROM credit_givenfact LIMIT 1"
        for customer, case in (("%(customer)s", "NULL"), ("customer_id", "%(case)s"))
    ),
    "INSERT INTO credit_financialstatement (id, seller_id, customer_id, currency, ends_on, months, kind, business,"
    " is_listed, is_emerging, figures, source) SELECT %(id)s, seller_id, %(customer)s, 'USD', ends_on, 12, '', 'other',"
    " false, false, '{}', '' FROM credit_financialstatement",
    "INSERT INTO credit_linechange (id, seller_id, customer_id, line_id, currency, is_unlimited, valid_from, reason,"
    " decision_id) SELECT %(id)s, seller_id, customer_id, id, 'USD', true, '2026-03-01', 'x', %(decision)s"
    " FROM credit_line",
    *(
        "INSERT INTO credit_linestep (id, seller_id, line_id, customer_id, currency, kind, reason, message, on_day, at,"
        f" actor_name) SELECT %(id)s, seller_id, {line}, {customer}, currency, 'resume', 'x', '', on_day, at, ''"
        " FROM credit_linestep"
        for line, customer in (("%(line)s", "customer_id"), ("line_id", "%(customer)s"))
    ),
    "INSERT INTO credit_groupline (id, seller_id, group_id, currency) VALUES (%(id)s, %(own)s, %(group)s, 'USD')",
    "INSERT INTO credit_grouplinechange (id, seller_id, line_id, currency, valid_from, reason)"
    " VALUES (%(id)s, %(own)s, %(group_line)s, 'USD', '2026-03-01', 'x')",
    *(
        "INSERT INTO credit_masschangerow (seller_id, change_id, customer_id, place, currency, stamp, exposure_minor,"
        f" marks, outcome) SELECT seller_id, {change}, {customer}, 9, 'EUR', '', 0, '{{}}', ''"
        " FROM credit_masschangerow"
        for change, customer in (("%(change)s", "customer_id"), ("change_id", "%(customer)s"))
    ),
    "INSERT INTO credit_cover (id, seller_id, customer_id, kind, amount_minor, currency, share_bp, valid_from, issuer,"
    " reference, ended_reason) SELECT %(id)s, seller_id, %(customer)s, kind, 1, currency, share_bp, valid_from, issuer,"
    " '', '' FROM credit_cover",
    "INSERT INTO credit_offer (id, seller_id, customer_id, currency, limit_minor, terms, reason, message, language,"
    " digest, offered_on, answer_by, state, answered_name, answered_from, answer_note) SELECT %(id)s, seller_id,"
    " %(customer)s, 'USD', 1, '', 'x', '', 'en', 'x', offered_on, answer_by, 'withdrawn', '', '', '' FROM credit_offer",
    "INSERT INTO credit_override (id, seller_id, customer_id, order_ref, currency, most_minor, reason, actor, given_at,"
    " expires_at) SELECT %(id)s, seller_id, %(customer)s, 'x', 'USD', 1, 'x', 'x', given_at, expires_at"
    " FROM credit_override",
    "INSERT INTO credit_overrideend (id, seller_id, override_id, reason, ended_at) SELECT %(id)s, seller_id,"
    " %(override)s, '', given_at FROM credit_override",
    *(
        "INSERT INTO credit_review (id, seller_id, customer_id, currency, opened_on, opened_at, policy_version_id,"
        " due_on, act, triggers, reasons, state, ended_as) SELECT %(id)s, seller_id,"
        f" {customer}, 'EUR', opened_on, opened_at, {version}, due_on, 'review', '{{x}}', '[]', 'open', ''"
        " FROM credit_review"
        for customer, version in (("%(customer)s", "policy_version_id"), ("customer_id", "%(version)s"))
    ),
    "INSERT INTO credit_reviewstep (id, seller_id, review_id, number, kind, person_name, role, reason, triggers, at)"
    " SELECT %(id)s, seller_id, %(review)s, 9, 'add', '', '', '', '{x}', opened_at FROM credit_review",
    *(
        "INSERT INTO credit_creditletter (id, seller_id, case_id, customer_id, kind, language, sent_to, reasons,"
        f" digest, size, person_name, sent_at) SELECT %(id)s, seller_id, {case}, {customer}, 'decline', 'en', 'x',"
        " '[]', 'x', 1, '', sent_at FROM credit_creditletter"
        for case, customer in (("%(case)s", "customer_id"), ("case_id", "%(customer)s"))
    ),
    "INSERT INTO credit_lettermail (id, seller_id, letter_id, subject, text, file_name, state, tries, next_at, fault)"
    " SELECT %(id)s, seller_id, %(letter)s, 'x', 'x', 'x', 'waiting', 0, sent_at, '' FROM credit_creditletter",
    "INSERT INTO parties_note (id, seller_id, customer_id, text) VALUES (%(id)s, %(own)s, %(customer)s, 'x')",
    "INSERT INTO parties_customertoken (seller_id, customer_id, token) VALUES (%(own)s, %(customer)s, 'x')",
    "INSERT INTO credit_linechange (id, seller_id, customer_id, line_id, currency, is_unlimited, valid_from, reason)"
    " SELECT %(id)s, seller_id, id, %(line)s, 'USD', true, '2026-03-01', 'x' FROM parties_customer",
    "INSERT INTO collecting_promisestate (promise_id, number, seller_id, state, state_on)"
    " VALUES (%(promise)s, 9, %(own)s, 'kept', '2026-03-11')",
    "INSERT INTO collecting_promiseitem (id, seller_id, promise_id, item_id, amount_minor, open_before_minor)"
    " SELECT %(id)s, seller_id, id, %(item)s, 1, 1 FROM collecting_promise",
    "INSERT INTO collecting_activity (id, seller_id, customer_id, contact_id, kind, person_reached, outcome, note,"
    " done_on) SELECT %(id)s, seller_id, id, %(contact)s, 'call', '', '', '', '2026-03-11' FROM parties_customer",
    "INSERT INTO collecting_activity (id, seller_id, customer_id, work_item_id, kind, person_reached, outcome, note,"
    " done_on) SELECT %(id)s, seller_id, id, %(work)s, 'call', '', '', '', '2026-03-11' FROM parties_customer",
    "INSERT INTO collecting_steptaken (id, seller_id, customer_id, item_id, step, cause, taken_on, outcome)"
    " SELECT %(id)s, seller_id, customer_id, %(item)s, 'call', 'x', '2026-03-11', '' FROM receivables_item",
    "INSERT INTO collecting_steptaken (id, seller_id, customer_id, item_id, step, cause, taken_on, outcome)"
    " SELECT %(id)s, seller_id, %(customer)s, id, 'call', 'x', '2026-03-11', '' FROM receivables_item",
    "INSERT INTO receivables_claim (id, seller_id, customer_id, item_id, kind, amount_minor, starts_on, source_type,"
    " source_id) SELECT %(id)s, seller_id, id, %(item)s, 'planned', 1, '2026-03-01', 'x', id FROM parties_customer",
    "INSERT INTO receivables_dispute (id, seller_id, customer_id, item_id, amount_minor, currency, reason, note,"
    " opened_on, outcome, external_id) SELECT %(id)s, seller_id, id, %(item)s, 1, 'USD', 'tax', '', '2026-03-01',"
    " '', '' FROM parties_customer",
]  # fmt: skip


@pytest.fixture
def pair(committed, new_seller):
    return Pair(new_seller)


def test_nothing_points_at_another_sellers_row(pair, home):
    before = [fingerprint_of(one) for one in (pair.a, pair.b)]
    with psycopg.connect(home.database_url("web")) as web:
        for statement in CHANGES:
            web.execute(context_sql(pair.a.id))
            given = {"own": pair.a.id, "id": pair.a.id, **pair.b.rows}
            with pytest.raises((psycopg.errors.ForeignKeyViolation, psycopg.errors.RestrictViolation)):
                web.execute(statement, given)
                raise AssertionError(statement)
            web.rollback()
    assert [fingerprint_of(one) for one in (pair.a, pair.b)] == before


def fingerprint_of(seller):
    with acting(seller.id):
        return fingerprint(seller)
