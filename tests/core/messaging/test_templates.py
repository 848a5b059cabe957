"""Templates: what they may do, what they cannot be made to do, and the words that the product brings."""

from __future__ import annotations

import time
from datetime import date
from importlib.resources import files

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from openterms.core.base.money import Money
from openterms.core.messaging.channels import Past, Person, choose
from openterms.core.messaging.purposes import FACTS, LANGUAGES, PURPOSES
from openterms.core.messaging.templates import MOST_SHORT, Source, TemplateFault, lint, render

AMOUNT, DAY = Money(1_240_000, "USD"), date(2026, 3, 5)
FACTS_GIVEN = {
    "seller_name": "Acme Ltd", "customer_name": "Nile Trading", "person_name": "Sara Khan", "amount": AMOUNT,
    "due_on": DAY, "days_overdue": 18, "link": "https://pay.example/p/" + "x" * 40, "reply_by": DAY,
    "invoices": [{"number": "I1", "due_on": DAY, "amount": AMOUNT}] * 3, "promised_amount": AMOUNT, "promised_on": DAY,
    "instalments": [{"due_on": DAY, "amount": AMOUNT}] * 3, "dispute_number": "D1", "dispute_amount": AMOUNT,
    "dispute_answer": "A credit note is on its way.", "received_amount": AMOUNT, "received_on": DAY,
    "offer_amount": AMOUNT, "offer_until": DAY, "agency_name": "Agency Ltd",
}  # fmt: skip


def brought(language):
    text = files("openterms.core.messaging").joinpath(f"standard/{language}.yaml").read_text("utf-8")
    return [(one, Source(one["subject"], one["text"], one.get("short") or "")) for one in yaml.safe_load(text)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_words_that_are_brought_cover_every_purpose_and_pass_their_own_lint(language):
    entries = brought(language)
    assert {one["purpose"] for one, _source in entries} == set(PURPOSES)
    for one, source in entries:
        assert lint(source, one["purpose"], language) == [], one["purpose"]
        full = {name: FACTS_GIVEN.get(name, AMOUNT if fact.kind == "money" else DAY if fact.kind == "day" else "Text")
                for name, fact in FACTS.items() if name != "invoice_count"}  # fmt: skip
        for facts in (FACTS_GIVEN, full):
            said = render(source, facts, language)
            assert said.subject and "\n" not in said.subject and "{" not in said.text and "None" not in said.text
            assert "\n\n\n" not in said.text and f'dir="{"rtl" if language == "ar" else "ltr"}"' in said.html
            if source.short:
                assert len(render(source, facts, language, True).text) <= MOST_SHORT


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{{ customer_name() }}", "template_forbidden"),
        ("{{ customer_name.__class__ }}", "template_forbidden"),
        ("{{ 'a' * 10**9 }}", "template_forbidden"),
        ("{% set a = 1 %}", "template_forbidden"),
        ("{% for a in range(9) %}{% endfor %}", "template_forbidden"),
        ("{% for a in invoices %}{% for b in invoices %}{% endfor %}{% endfor %}", "template_forbidden"),
        ("{% for a in invoices recursive %}{% endfor %}", "template_forbidden"),
        ("{% include 'x' %}", "template_forbidden"),
        ("{% macro m() %}{% endmacro %}", "template_forbidden"),
        ("{{ customer_name | upper }}", "template_forbidden"),
        ("{{ customer_name.upper }}", "template_value"),
        ("{{ customer_name.nothing }}", "template_missing_fact"),
        ("{{ nothing }}", "template_missing_fact"),
        ("{{", "template_syntax"),
        ("{% for a in customer_name %}{{ a }}", "template_syntax"),
        ("x" * 30_000, "template_too_long"),
        ("   ", "template_empty"),
    ],
)
def test_a_template_does_only_what_it_may(text, code):
    begun = time.monotonic()
    with pytest.raises(TemplateFault) as caught:
        render(Source("S", text), FACTS_GIVEN)
    assert caught.value.reason.code == code and time.monotonic() - begun < 1


def test_output_is_counted():
    rows = [{"number": "x" * 1_900, "due_on": DAY, "amount": AMOUNT}] * 400
    with pytest.raises(TemplateFault) as caught:
        render(Source("S", "{% for row in invoices %}{{ row.number }}{% endfor %}"), {"invoices": rows})
    assert caught.value.reason.code == "template_too_long"


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=80), st.sampled_from(LANGUAGES))
def test_no_name_writes_a_header_or_a_page(name, language):
    evil = name + "\r\nBcc: a@b.example\n\n<script>alert(1)</script>{{ 7*7 }}{% raw %}" + name
    said = render(Source("To {{ customer_name }}", "Dear {{ customer_name }}, {{ link }}"),
                  {"customer_name": evil, "link": 'https://x.example/"><script>'}, language)  # fmt: skip
    assert not set(said.subject) & set("\r\n\0\u2028\u2029\x85") and said.text.count("\n") == 0
    assert "<script" not in said.html and "{{ 7*7 }}" in said.text
    assert "&lt;script&gt;" in said.html and '"><' not in said.html.partition("<main>")[2].partition("</main>")[0]


def test_lint_says_what_is_missing_unknown_or_not_asked_for():
    found = lint(Source("Hello", "Dear {{ contact_name }}, {{ foo }}", "{{ amount }}"), "reminder")
    codes = [(one.is_error, one.where, one.reason.code) for one in found]
    assert codes[0] == (True, "text", "template_unknown_fact")
    assert (False, "text", "template_no_link") in codes and (False, "text", "template_no_amount") in codes
    assert (False, "short", "template_no_link") in codes and (False, "text", "template_unguarded") in codes


def test_amounts_in_two_currencies_are_told_apart_and_a_tag_alone_on_a_line_leaves_none():
    text = "A\n{% for row in invoices %}\n- {{ row.number }}\n{% endfor %}\nB {{ amount }}"
    said = render(Source("S", text), FACTS_GIVEN | {"amount": (AMOUNT, Money(500, "KWD"))})
    assert said.text == "A\n- I1\n- I1\n- I1\nB 12,400.00\u00a0USD and 0.500\u00a0KWD"


def test_the_channel_is_the_one_that_this_customer_answers_to():
    clerk = Person("1", "accounts_payable", {"email": "a@c.example", "sms": "+1"})
    owner = Person("2", "owner", {"email": "o@c.example"}, preferred="email")
    past = {"email": Past(10, 1), "sms": Past(10, 8)}
    assert choose([owner, clerk], ("email", "sms"), {}).best.channel == "email"
    best = choose([owner, clerk], ("email", "sms"), past).best
    assert (best.person, best.channel, best.reason.code) == (clerk, "sms", "channel_answered")
    bad = {("email", "a@c.example"), ("sms", "+1")}
    assert choose([owner, clerk], ("email", "sms"), past, bad).best.person is owner
    none = choose([clerk], ("post",), past)
    assert none.best is None and none.reason.code == "no_channel"
    once = {"email": Past(1, 0), "sms": Past(0, 0)}
    assert choose([clerk], ("email", "sms"), once).best.channel == "sms", "one silence already says a little"
