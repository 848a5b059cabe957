"""Signing in under row-level security, through a web process that owns nothing."""

from __future__ import annotations

import re
import time

import psycopg
import pytest

from openterms.apps.tenancy.context import context_sql

from .conftest import PASSWORD


def test_a_person_signs_in_and_out(team, visitor):
    person = team("collector").people["collector"]
    one = visitor()
    assert one.get("/", follow=False).status == 302
    answer = one.sign_in(person.email.upper(), PASSWORD)
    assert (answer.status, answer.address) == (200, "/")
    assert person.name in answer.text
    assert one.post("/accounts/logout/").address == "/accounts/login/"
    assert one.get("/", follow=False).headers["location"].startswith("/accounts/login/")


def test_a_wrong_password_and_an_unknown_address_are_told_alike(team, visitor):
    person = team("collector").people["collector"]
    wrong = visitor().sign_in(person.email, "not the password")
    unknown = visitor().sign_in("nobody@example.org", "not the password")
    assert wrong.status == unknown.status == 200
    said = [
        re.search(r'class="notice-body">(.*?)</div>', answer.text, re.S).group(1).split() for answer in (wrong, unknown)
    ]
    assert said[0] == said[1]


def test_nobody_signs_up(visitor):
    answer = visitor().get("/accounts/signup/")
    assert "made by an administrator" in answer.text
    assert "password1" not in answer.text


def test_a_deactivated_person_does_not_get_in(team, visitor):
    person = team("collector").people["collector"]
    person.is_active = False
    person.save()
    assert visitor().sign_in(person.email, PASSWORD).address.startswith("/accounts/inactive")


def test_without_a_seller_one_is_told_what_is_missing(team, visitor, committed):
    from openterms.apps.tenancy.context import acting
    from openterms.apps.tenancy.models import Membership

    made = team("collector")
    with acting(made.seller.id):
        Membership.objects.filter(seller=made.seller).update(is_active=False)
    answer = visitor().sign_in(made.people["collector"].email, PASSWORD)
    assert answer.status == 403
    assert "You do not work for a seller yet" in answer.text


def test_too_many_wrong_passwords_lock_the_account_out(team, visitor):
    made = team("collector", "sales")
    one = visitor()
    for _ in range(8):
        answer = one.sign_in(made.people["collector"].email, "guess")
    assert answer.status == 429
    assert "Too many attempts" in answer.text
    assert visitor().sign_in(made.people["collector"].email, PASSWORD).status == 429
    assert visitor().sign_in(made.people["sales"].email, PASSWORD).address == "/"


def test_what_is_remembered_of_signing_in_is_that_addresss_own(team, visitor, home):
    made = team("collector", "sales")
    mine, theirs = made.people["collector"].email, made.people["sales"].email
    for email in (mine, theirs):
        visitor().sign_in(email, "guess")
        visitor().sign_in(email, PASSWORD)
    told = "SELECT DISTINCT username FROM axes_accesslog WHERE username = ANY(%s)"
    with psycopg.connect(home.database_url("web")) as link:
        assert link.execute(told, [[mine, theirs]]).fetchall() == []
        assert link.execute("SELECT count(*) FROM axes_accessattempt").fetchone() == (0,)
        for context in ({"user": made.people["collector"].id}, {"login": mine}):
            link.execute(context_sql(**context))
            assert link.execute(told, [[mine, theirs]]).fetchall() == [(mine,)]
            link.rollback()


@pytest.mark.parametrize(("language", "said"), [("en", "Wait a minute, then try again."), ("ar", "انتظر دقيقة")])
def test_past_the_bound_of_sign_ins_a_page_of_ours_says_so(committed, settings, client, language, said):
    """The bound is of an address, whoever tries."""
    from django.core.cache import cache

    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"login": "1/m/ip"}
    client.cookies["django_language"] = language
    given = {"login": "nobody@example.org", "password": "guess"}
    cache.clear()
    try:
        assert client.post("/accounts/login/", given).status_code == 200
        refused = client.post("/accounts/login/", given)
    finally:
        cache.clear()
    page = refused.content.decode()
    assert refused.status_code == 429
    assert f'<html lang="{language}"' in page and said in page and 'href="/accounts/login/"' in page


def test_the_password_changes(team, visitor):
    person = team("collector").people["collector"]
    one = visitor(person)
    changed = {"oldpassword": PASSWORD, "password1": "a longer new one 7", "password2": "a longer new one 7"}
    assert one.post("/accounts/password/change/", changed).status == 200
    assert one.get("/", follow=False).status == 200
    assert "/accounts/login" in visitor().sign_in(person.email, PASSWORD).address
    visitor(person, "a longer new one 7")


def test_a_forgotten_password_is_set_by_a_link(team, visitor, web_log):
    """The mail's link works without a session, under the context of the user whom it names."""
    person = team("collector").people["collector"]
    one = visitor()
    asked = one.post("/accounts/password/reset/", {"email": person.email})
    assert "Look in your mail" in asked.text
    mail = web_log.read_text().replace("=\n", "").replace("=3D", "=")
    link = re.findall(r"http://[^/]+(/accounts/password/reset/key/\S+)", mail)[-1]
    form = one.get(link)
    assert "Save the new password" in form.text, form.text[:3000]
    one.post(form.address, {"password1": "a longer new one 8", "password2": "a longer new one 8"})
    visitor(person, "a longer new one 8")
    assert "has been used already" in visitor().get(link).text


def _code(secret: str) -> str:
    from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time

    return format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))


def _turn_on(one) -> str:
    form = one.get("/accounts/2fa/totp/activate/")
    if "reauthenticate" in form.address:
        form = one.post(form.address, {"password": PASSWORD})
    found = re.search(r'id="secret" value="([A-Z2-7]+)"', form.text)
    assert found, (form.status, form.address, form.text[-3000:])
    secret = found.group(1)
    done = one.post("/accounts/2fa/totp/activate/", {"code": _code(secret)})
    assert done.status == 200, done.text[:2000]
    return secret


def test_the_second_step_with_its_recovery_codes(team, visitor):
    person = team("collector").people["collector"]
    one = visitor(person)
    secret = _turn_on(one)
    codes = re.findall(r"<li>([A-Za-z0-9-]{6,})</li>", one.get("/accounts/2fa/recovery-codes/").text)
    assert len(codes) == 10

    two = visitor()
    asked = two.sign_in(person.email, PASSWORD)
    assert asked.address == "/accounts/2fa/authenticate/"
    assert two.get("/", follow=False).status == 302
    assert "field-error" in two.post("/accounts/2fa/authenticate/", {"code": "000000"}).text
    assert two.post("/accounts/2fa/authenticate/", {"code": codes[0]}).address == "/"

    three = visitor()
    three.sign_in(person.email, PASSWORD)
    assert "field-error" in three.post("/accounts/2fa/authenticate/", {"code": codes[0]}).text
    answer = three.post("/accounts/2fa/authenticate/", {"code": _code(secret)})
    if answer.address != "/":  # the code that turned it on may not be used twice: wait for the next
        time.sleep(30.5 - time.time() % 30)
        answer = three.post("/accounts/2fa/authenticate/", {"code": _code(secret)})
    assert answer.address == "/"

    off = one.get("/accounts/2fa/totp/deactivate/")
    if "reauthenticate" in off.address:
        one.post(off.address, {"password": PASSWORD})
    one.post("/accounts/2fa/totp/deactivate/")
    assert visitor().sign_in(person.email, PASSWORD).address == "/"


def test_a_person_of_two_sellers_switches(team, visitor, committed):
    from openterms.apps.tenancy.actions import add_membership
    from openterms.apps.tenancy.context import acting

    first, second, foreign = team("collector"), team("auditor"), team("collector")
    person = first.people["collector"]
    with acting(second.seller.id):
        add_membership(second.seller, person, "auditor")
    one = visitor(person)
    page = one.get("/").text
    assert first.seller.code in page and second.seller.code in page and foreign.seller.code not in page
    switched = one.post("/seller/", {"seller": second.seller.code}).text
    assert "Auditor" in switched
    assert one.post("/seller/", {"seller": foreign.seller.code}).status == 403
    assert "Collector" in one.post("/seller/", {"seller": first.seller.code}).text


@pytest.mark.browser
def test_signing_in_by_keyboard(team, page_of):
    person = team("collector").people["collector"]
    page = page_of()
    page.goto("/")
    page.keyboard.type(person.email)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_function("location.pathname === '/'")
    page.get_by_role("heading", name="Today", level=1).wait_for()
