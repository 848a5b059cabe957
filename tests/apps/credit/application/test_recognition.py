"""Who applies may be known already: by number, account, telephone, domain or name; staff read why."""

from __future__ import annotations

import time

import pytest
from django.db import connection, transaction

from openterms.apps.credit.application.recognition import matches
from openterms.apps.credit.models import Application
from openterms.apps.parties.actions import add_contact, add_customer, keep_part
from openterms.apps.tenancy.actor import SYSTEM
from openterms.apps.tenancy.context import acting
from tests.apps.desk import NOW

from .form import Applicant, open_form


def asks(**company):
    answers = {"company": {"country": "DE", **company}}
    if "iban" in company:
        answers["bank"] = {"iban": company.pop("iban")}
    if "email" in company:
        answers["contact"] = {"email": company.pop("email")}
    return Application(answers=answers)


@pytest.fixture
def known(seller):
    """Customers, each known by something else."""

    def add(number, name):
        return add_customer(seller, SYSTEM, number, name, "DE", NOW)

    made = {"vat": add("C1", "Alpha Werke AG"), "iban": add("C2", "Beta Handel"), "phone": add("C3", "Gamma")}
    keep_part(made["vat"], SYSTEM, "identifier", None, {"scheme": "vat", "value": "de 136-695 976"}, NOW)
    keep_part(made["iban"], SYSTEM, "identifier", None, {"scheme": "iban", "value": "DE89 3704"}, NOW)
    add_contact(made["phone"], SYSTEM, NOW, name="X", phone="0049 (40) 555-1234", email="x@Gamma-Group.example")
    add_contact(made["vat"], SYSTEM, NOW, name="Y", email="alpha@gmail.com")
    for number, name in (
        ("N1", "Müller & Söhne Maschinenbau GmbH"), ("N2", "شركة الراجحي للتجارة"), ("N3", "Al Noor Foods LLC"),
        ("N4", "Completely Different Ltd"), ("N5", "مؤسسة النور"),
    ):  # fmt: skip
        add(number, name)
    return seller


@pytest.mark.parametrize(
    ("given", "number", "why"),
    [
        ({"legal_name": "Other", "vat": "DE136695976"}, "C1", ("number", "de 136-695 976")),
        ({"legal_name": "Other", "iban": "DE893704"}, "C2", ("account", "DE89 3704")),
        ({"legal_name": "Other", "phone": "+49 40 5551234"}, "C3", ("phone", "0049 (40) 555-1234")),
        ({"legal_name": "Other", "email": "z@gamma-group.example"}, "C3", ("domain", "gamma-group.example")),
        ({"legal_name": "MUELLER Sohne Maschinenbau"}, "N1", ("name", None)),
        ({"legal_name": "Maschinenbau Müller und Söhne Gesellschaft mbH"}, "N1", ("name", None)),
        ({"legal_name": "Al-Rajhi Lltijara"}, "N2", ("name", None)),
        ({"legal_name": "الراجحى للتجاره ذ.م.م"}, "N2", ("name", "100")),
        ({"legal_name": "Al Rajhi Trading"}, None, None),
        ({"legal_name": "Alnoor Foods"}, "N3", ("name", "100")),
    ],
)
def test_each_sign_is_found_and_named(known, given, number, why):
    found = matches(known, asks(**given))
    if number is None:
        return
    match = next((one for one in found if one.number == number), None)
    assert match is not None, [(one.number, one.why) for one in found]
    assert any(code == why[0] and (why[1] is None or shown == why[1]) for code, shown in match.why), match.why
    assert not any(one.number == "N4" for one in found)


def test_free_mail_and_legal_forms_say_nothing(known):
    assert matches(known, asks(legal_name="GmbH Zeta", email="zeta@gmail.com")) == []


def test_a_returning_applicant_is_recognised_and_other_sellers_are_not(committed, new_seller):
    shop, other = new_seller("EUR", "DE", enter=False), new_seller("EUR", "DE", enter=False)
    for one in (shop, other):
        open_form(one)
    first, second, elsewhere = Applicant(shop).fill(), Applicant(shop).fill(), Applicant(other).fill()
    for one in (first, second, elsewhere):
        one.submit()
    with acting(shop.id):
        (found,) = matches(shop, second.row())
        assert (found.id, found.is_customer) == (first.id, False)
        assert {code for code, _shown in found.why} == {"number", "account", "phone", "domain", "name"}
    with transaction.atomic():
        second.enter()
        assert matches(shop, second.application) == [] or all(
            one.id == second.id for one in matches(shop, second.application)
        ), "an applicant's own context finds nobody else"


@pytest.mark.deep
def test_a_hundred_thousand_customers_in_well_under_a_second(committed, new_seller):
    shop = new_seller("EUR", "DE", enter=False)
    with acting(shop.id), connection.cursor() as cursor:
        cursor.execute(
            """
            WITH made AS (
                INSERT INTO parties_customer (id, seller_id, number, name, search_name, country, currency, locale,
                    timezone, terms, is_sole_trader, created_on, attributes)
                SELECT openterms_id(), %(s)s, 'N' || n, word || ' ' || second || ' ' || n || ' GmbH', word || n, 'DE',
                    'EUR', 'en', 'UTC', '', false, '2026-01-01', '{}'
                FROM (SELECT n, (ARRAY['alpha','noor','steel','maschinen','trading','foods','global','omega'])
                    [1 + n %% 8] AS word, (ARRAY['handel','werke','group','import','export'])[1 + n %% 5] AS second
                    FROM generate_series(1, 100000) n) x RETURNING id, name
            ) INSERT INTO parties_customertoken (seller_id, customer_id, token)
            SELECT %(s)s, id, lower(t) FROM made, regexp_split_to_table(name, ' ') t
            """,
            {"s": shop.id},
        )
    with acting(shop.id):
        matches(shop, asks(legal_name="Warm up"))
        began = time.perf_counter()
        found = matches(shop, asks(legal_name="Noor Werke 4242 GmbH", vat="DE136695976", phone="+4940123456"))
        took = time.perf_counter() - began
    assert found and took < 1.0, took
    print(f"\nrecognition among 100,000: {took:.3f} s")
