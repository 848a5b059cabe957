"""The desk's pages over HTTP, under the web role: what they say, who may do what, what belongs to whom."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import UUID

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from openterms.apps.tenancy.context import acting

from .small_seller import fill


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    """Two sellers, each with people and books, made once for this file."""
    from openterms.apps.tenancy.actions import add_membership, add_seller, add_user
    from openterms.apps.tenancy.clock import new_id
    from openterms.apps.tenancy.models import Role

    from .conftest import PASSWORD, Team

    with django_db_blocker.unblock():
        from django.db import connection

        teams = []
        for _ in range(2):
            code = f"P{new_id().hex[-12:]}"
            team = Team(add_seller(code, f"Seller {code}", "USD", "US"))
            with acting(team.seller.id):
                for role in Role.values:
                    user = add_user(f"{role}@{code.lower()}.example", PASSWORD, role)
                    add_membership(team.seller, user, role, 10**12 if role == "credit_manager" else 0)
                    team.people[role] = user
            teams.append((team, fill(team.seller, team.people["collector"])))
        yield teams
        connection.close()


@pytest.fixture
def mine(world):
    return world[0]


def test_today_says_what_is_owed_and_whom_to_call(mine, visitor):
    team, _made = mine
    page = visitor(team.people["credit_manager"]).get("/").text
    owed = sum((100_000 * at + 30_000) for at in range(1, 7))
    assert f"{owed / 100:,.2f}" in page
    assert "Whom to call first" in page and "Elm Street Bakery" in page
    assert "Newly overdue" not in page or "invoices" in page


def test_a_seller_without_a_day_is_told_how_to_run_it(team, visitor):
    made = team("credit_manager")
    page = visitor(made.people["credit_manager"]).get("/").text
    assert f"openterms day --seller {made.seller.code}" in page


def test_customers_are_found_as_one_types(mine, visitor):
    one = visitor(mine[0].people["sales"])
    assert "Bergmann" in one.get("/customers/?q=sohne").text
    assert "Acme" not in one.get("/customers/?q=sohne").text
    assert "شركة النور" in one.get("/customers/?q=%D8%A7%D9%84%D9%86%D9%88%D8%B1").text
    assert "Nothing matches" in one.get("/customers/?q=zzz").text


@pytest.mark.parametrize("sort", ["name", "-name", "-total", "overdue", "-dbt"])
def test_every_page_of_a_sorted_list_gives_each_customer_once(mine, sort):
    from openterms.apps.credit.account.reads import AccountFilter, accounts

    team, _made = mine
    seen, after = [], None
    with acting(team.seller.id):
        while True:
            page = accounts(team.seller, AccountFilter(), sort, after, 2)
            seen += [row["number"] for row in page]
            if len(page) < 2:
                break
            after = page[-1]["key"]
    assert sorted(seen) == [f"C-{at}" for at in range(1, 7)]


def test_lists_narrow_by_the_address(mine, visitor):
    one = visitor(mine[0].people["collector"])
    assert "Nothing matches" in one.get("/customers/?over_limit=1&segment=prompt").text
    assert "I-12" in one.get("/invoices/?state=contested").text
    assert "I-22" not in one.get("/invoices/?state=contested").text
    assert "I-11" in one.get("/invoices/?state=settled").text
    assert "I-11" not in one.get("/invoices/").text
    assert one.get("/invoices/?after=nonsense").status == 404
    assert one.get("/customers/?after=W10&sort=-total").status in (200, 404)


@pytest.mark.parametrize("path", ["/customers/", "/invoices/", "/worklist/"])
def test_lists_are_downloaded_whole(mine, visitor, path):
    one = visitor(mine[0].people["auditor"])
    csv = one.get(f"{path}?format=csv")
    assert csv.headers["content-type"].startswith("text/csv")
    assert len(csv.text.strip().splitlines()) >= 7
    assert one.get(f"{path}?format=xlsx").body[:2] == b"PK"


def test_a_customer_page_tells_a_collector_what_a_call_needs(mine, visitor):
    team, made = mine
    page = visitor(team.people["collector"]).get(f"/customers/{made.customers['C-1'].id}/").text
    for said in ("Jane Doe", "I-12", "Next step", "How they pay", "Promised", "Contested", "10,000.00", "Timeline"):
        assert said in page, said


def test_an_invoice_shows_what_settled_and_what_claims_it(mine, visitor):
    team, made = mine
    one = visitor(team.people["auditor"])
    page = one.get(f"/invoices/{made.invoices['I-11'].id}/").text
    assert "R-1" in page and "settled in full" in page
    page = one.get(f"/invoices/{made.invoices['I-12'].id}/", HX_Panel="true", HX_Request="true").text
    assert "<html" not in page and "Price differs" in page


def test_a_promise_is_recorded_refused_and_withdrawn(mine, visitor):
    from openterms.apps.collecting.promise.models import Promise

    team, made = mine
    customer, item = made.customers["C-2"], made.invoices["I-22"]
    one = visitor(team.people["collector"])
    address = f"/customers/{customer.id}/do/promise/"
    given = {"send": "1", "amount": "1,500.00", "promised_for": (made.today + timedelta(days=5)).isoformat(),
             "items": str(item.id), "person_reached": "Herr Berg", "contact": "", "note": ""}  # fmt: skip
    refused = one.post(address, given | {"amount": "999999"})
    assert refused.status == 422 and "cannot be promised" in refused.text
    assert one.post(address, given | {"promised_for": "2020-01-01"}).status == 422
    answer = one.post(address, given)
    assert "Promise recorded: 1,500.00 USD" in answer.text
    with acting(team.seller.id):
        promise = Promise.objects.get(customer=customer)
        assert (promise.amount_minor, promise.made_by, promise.state) == (150_000, "Herr Berg", "pending")
    assert "withdrawn" in one.post(f"/promises/{promise.id}/withdraw/").text


def test_a_call_takes_the_step_and_leaves_the_list(mine, visitor):
    from openterms.apps.collecting.worklist.models import Activity, WorkItem

    team, made = mine
    with acting(team.seller.id):
        work = WorkItem.objects.get(customer=made.customers["C-3"])
    one = visitor(team.people["collector"])
    address = f"/customers/{made.customers['C-3'].id}/do/call/"
    headers = {"HX_Request": "true", "HX_Panel": "true"}
    empty = one.post(address, {"send": "1", "work": str(work.id), "kind": "call"}, **headers)
    assert empty.status == 422 and "Choose how it ended" in empty.text
    answer = one.post(
        address, {"send": "1", "work": str(work.id), "kind": "call", "outcome": "no_answer", "note": ""}, **headers
    )
    assert "work-done" in answer.headers["hx-trigger-after-swap"]
    with acting(team.seller.id):
        work.refresh_from_db()
        assert work.state == "done"
        assert Activity.objects.get(work_item=work).outcome == "no_answer"


def test_a_call_logged_by_mistake_is_struck_out_and_kept(mine, visitor):
    from openterms.apps.collecting.strategy.models import StepTaken
    from openterms.apps.collecting.worklist.models import Activity, WorkItem
    from openterms.apps.journal.models import Event

    team, made = mine
    customer = made.customers["C-4"]
    with acting(team.seller.id):
        work = WorkItem.objects.get(customer=customer)
    one = visitor(team.people["collector"])
    given = {"send": "1", "work": str(work.id), "kind": "call", "outcome": "refuses", "note": "Wrong customer"}
    said = one.post(f"/customers/{customer.id}/do/call/", given)
    with acting(team.seller.id):
        logged = Activity.objects.get(customer=customer)
        assert StepTaken.objects.filter(work_item_id=work.id).exists()
    undo = f"/activities/{logged.id}/strike/"
    assert said.text.count(f'action="{undo}"') == 2, "at the foot of the page and in the timeline"
    assert "Refuses to pay" not in visitor(team.people["auditor"]).post(undo).text
    page = one.post(undo).text
    assert "Struck out" in page and "Wrong customer" in page and "is-gone" in page and undo not in page
    with acting(team.seller.id):
        logged.refresh_from_db()
        work.refresh_from_db()
        assert logged.struck_at is not None and logged.outcome == "refuses"
        assert (work.state, work.done_on) == ("open", None)
        assert not StepTaken.objects.filter(work_item_id=work.id).exists()
        kinds = list(Event.objects.filter(subject_id=logged.id).order_by("id").values_list("kind", flat=True))
    assert kinds == ["call_logged", "activity_struck"]
    assert "struck out already" in one.post(undo).text


def test_disputes_recorded_by_mistake_are_withdrawn_together(mine, visitor):
    from openterms.apps.journal.models import Event
    from openterms.apps.receivables.claim.models import Claim
    from openterms.apps.receivables.dispute.models import Dispute

    team, made = mine
    customer, items = made.customers["C-5"], [made.invoices["I-52"], made.invoices["I-53"]]
    one = visitor(team.people["collector"])
    given = {"send": "1", "reason": "price", "items": [str(item.id) for item in items], "amount": "", "note": ""}
    said = one.post(f"/customers/{customer.id}/do/dispute/", given)
    undo = re.search(r'action="(/disputes/[0-9a-f-]{36}/withdraw/)\?together=1"', said.text)
    assert undo and "Withdraw</button>" in one.get(f"/invoices/{items[0].id}/").text
    assert "The disputes are withdrawn" in one.post(undo[1] + "?together=1").text
    with acting(team.seller.id):
        disputes = Dispute.objects.filter(customer=customer)
        assert [(d.outcome, d.closed_on == d.opened_on) for d in disputes] == [("withdrawn", True)] * 2
        assert all(claim.ends_on == claim.starts_on for claim in Claim.objects.filter(customer=customer))
        for item in items:
            item.refresh_from_db()
            assert item.contested_minor == 0
        assert Event.objects.filter(customer_id=customer.id, kind="dispute_withdrawn").count() == 2
    page = one.get(f"/invoices/{items[0].id}/").text
    assert "Withdrawn" in page and undo[1] not in page
    assert "This dispute is not open" in one.post(undo[1]).text


def test_an_older_dispute_is_decided_and_not_withdrawn(mine, visitor):
    from openterms.apps.receivables.dispute.actions import open_dispute
    from openterms.apps.tenancy import clock
    from openterms.apps.tenancy.actor import SYSTEM

    team, made = mine
    item, day = made.invoices["I-62"], made.today - timedelta(days=1)
    with acting(team.seller.id):
        opened = open_dispute(team.seller, SYSTEM, item.id, 1_000, "tax", day, clock.now())
    one = visitor(team.people["collector"])
    undo = f"/disputes/{opened.id}/withdraw/"
    assert undo not in one.get(f"/invoices/{item.id}/").text
    assert "Decide it instead" in one.post(undo).text


def test_a_limit_can_be_an_amount_zero_or_none(mine, visitor):
    from openterms.apps.credit.line.models import Line

    team, made = mine
    customer = made.customers["C-4"]
    one = visitor(team.people["credit_manager"])
    address = f"/customers/{customer.id}/do/line/"
    for kind, amount, expected in (("amount", "12,500", 1_250_000), ("zero", "", 0), ("none", "", None)):
        one.post(address, {"send": "1", "currency": "usd", "kind": kind, "amount": amount, "reason": "Test"})
        with acting(team.seller.id):
            line = Line.objects.get(customer=customer)
            assert (line.limit_minor, line.is_unlimited) == (expected, False)
    wrong = {"send": "1", "currency": "USD", "kind": "amount", "amount": "", "reason": "x"}
    assert one.post(address, wrong).status == 422
    assert one.post(address, wrong | {"kind": "unlimited"}).status == 422
    beyond = visitor(team.people["analyst"]).post(address, wrong | {"amount": "10"})
    assert beyond.status == 422 and "more than this person may grant" in beyond.text


def test_holds_and_pauses_are_taken_back_at_once(mine, visitor):
    team, made = mine
    customer = made.customers["C-5"]
    one = visitor(team.people["credit_manager"])
    held = one.post(f"/customers/{customer.id}/do/hold/", {"send": "1", "reason": "Cheque bounced"})
    assert "On hold" in held.text and "lift-hold" in held.text
    assert "already" in one.post(f"/customers/{customer.id}/do/hold/", {"send": "1", "reason": "Again"}).text
    assert "The hold is lifted" in one.post(f"/customers/{customer.id}/lift-hold/").text
    until = (made.today + timedelta(days=9)).isoformat()
    asked = {"send": "1", "until": until, "kind": "query", "reason": "A question"}
    assert "Paused" in one.post(f"/customers/{customer.id}/do/pause/", asked).text
    assert "The pause has ended" in one.post(f"/customers/{customer.id}/end-pause/").text


def test_files_are_checked_kept_and_given_back(mine, visitor):
    team, made = mine
    customer = made.customers["C-6"]
    one = visitor(team.people["collector"])
    address = f"/customers/{customer.id}/files/"
    content = b"%PDF-1.7 a delivery note"
    page = one.post(address, files={"file": ("../../delivery note.pdf", content, "text/html")}).text
    assert "The file is kept" in page and "delivery note.pdf" in page
    link = re.search(r"/files/[0-9a-f-]{36}/", page).group(0)
    got = one.get(link)
    assert got.body == content and got.headers["content-type"] == "application/pdf"
    assert got.headers["x-content-type-options"] == "nosniff"
    for name, body in (("a.html", b"<script>"), ("a.pdf", b"MZ nonsense"), ("a.txt", b""), ("a.png", b"%PDF-")):
        assert "The file is kept" not in one.post(address, files={"file": (name, body, "x/y")}).text


@pytest.mark.parametrize("tone", ["courtesy", "reminder", "firm_letter", "final_notice"])
def test_letters_ask_only_for_what_may_be_chased(mine, visitor, tone):
    team, made = mine
    one = visitor(team.people["collector"])
    for language in ("en", "ar"):
        page = one.get(f"/customers/{made.customers['C-1'].id}/letter/?tone={tone}&lang={language}").text
        assert ("850.00" in page) == (tone != "courtesy")  # 1,000.00 less 50.00 contested and 100.00 promised
    statement = one.get(f"/customers/{made.customers['C-1'].id}/statement/?lang=ar").text
    assert "I-12" in statement and 'dir="rtl"' in statement


def test_contacts_and_the_account_are_changed_with_the_journal(mine, visitor):
    from openterms.apps.journal.models import Event

    team, made = mine
    customer = made.customers["C-2"]
    one = visitor(team.people["analyst"])
    added = one.post(f"/customers/{customer.id}/keep/contact/", {"name": "Uwe", "role": "buyer", "channel": "phone"})
    assert "Uwe" in added.text
    billing = {"channel": "email", "recipients": "ap@b.example", "pay_run_days": "funday", "note": ""}
    assert "funday" in one.post(f"/customers/{customer.id}/keep/billing/", billing).text
    one.post(f"/customers/{customer.id}/keep/billing/", billing | {"pay_run_days": "thu 25"})
    with acting(team.seller.id):
        kinds = set(Event.objects.filter(customer_id=customer.id).values_list("kind", flat=True))
    assert {"contact_added", "billing_changed"} <= kinds
    changed = one.post(f"/customers/{customer.id}/edit/", {
        "name": "Bergmann SE", "country": "de", "currency": "EUR", "terms": "net 45", "locale": "en",
        "timezone": "Europe/Berlin", "collector_id": "", "group_id": "",
    })  # fmt: skip
    assert "Bergmann SE" in changed.text and "net 45" in changed.text
    wrong = one.post(f"/customers/{customer.id}/edit/", {
        "name": "Bergmann SE", "country": "XX", "currency": "EUR", "terms": "soon", "locale": "en", "timezone": "UTC",
    })  # fmt: skip
    assert wrong.status == 422


def test_rows_chosen_on_the_invoice_list_begin_an_act_for_one_customer(mine, visitor):
    team, made = mine
    one = visitor(team.people["collector"])
    page = one.get("/invoices/").text
    assert page.count('formaction="/invoices/chosen/') == 3 and 'name="chosen"' in page
    mine_alone = [str(made.invoices[number].id) for number in ("I-32", "I-33", "I-31")]  # the last is settled
    form = one.post("/invoices/chosen/promise/", {"chosen": mine_alone})
    assert f'action="/customers/{made.customers["C-3"].id}/do/promise/"' in form.text
    assert "شركة النور" in form.text and 'value="3300.00"' in form.text
    several = [str(made.invoices[number].id) for number in ("I-32", "I-42", "I-43")]
    asked = one.post("/invoices/chosen/dispute/", {"chosen": several}).text
    assert "belong to" in asked and "one customer, in one currency" in asked and "Nothing was done yet" in asked
    assert asked.index("Cedar Mills") < asked.index("شركة النور"), "the one with most rows first"
    for chosen, said in (([], "at least one row"), ([mine_alone[2]], "Nothing is owed on the rows")):
        back = one.post("/invoices/chosen/promise/", {"chosen": chosen})
        assert back.address == "/invoices/" and said in back.text
    many = [str(made.invoices["I-32"].id), *(f"00000000-0000-0000-0000-{n:012d}" for n in range(100))]
    assert "at most" in one.post("/invoices/chosen/promise/", {"chosen": many}).text
    statement = one.post("/invoices/chosen/statement/", {"chosen": mine_alone[:1]})
    assert "Sum in USD" in statement.text and "I-32" in statement.text and "I-33" not in statement.text


def test_rows_are_chosen_by_those_who_may_act_on_them(mine, visitor):
    team, made = mine
    one, chosen = visitor(team.people["auditor"]), {"chosen": str(made.invoices["I-32"].id)}
    page = one.get("/invoices/").text
    assert "/chosen/statement/" in page and "/chosen/promise/" not in page
    assert one.post("/invoices/chosen/dispute/", chosen).status == 403
    assert one.post("/invoices/chosen/statement/", chosen).status == 200
    assert one.post("/invoices/chosen/nonsense/", chosen).status == 404


def test_a_purchaser_is_saved_changed_and_ended(mine, visitor):
    from openterms.apps.parties.models import Purchaser

    team, made = mine
    customer = made.customers["C-1"]
    one = visitor(team.people["collector"])
    address = f"/customers/{customer.id}/keep/purchaser/"
    given = {"name": "Rosa Diaz", "email": "rosa@acme.example", "limit_minor": "2,500.00", "is_active": "on"}
    wrong = one.post(address, given | {"limit_minor": "-1"})
    assert wrong.status == 422 and "zero or more" in wrong.text
    page = one.post(address, given).text
    assert "Rosa Diaz" in page and "2,500.00" in page
    with acting(team.seller.id):
        kept = Purchaser.objects.get(customer=customer)
    assert (kept.name, kept.email) == ("Rosa Diaz", "rosa@acme.example")
    assert (kept.limit_minor, kept.is_active) == (250_000, True)
    assert 'value="2500.00"' in one.get(f"{address}?id={kept.id}").text
    ended = one.post(f"{address}?id={kept.id}", given | {"limit_minor": "", "is_active": ""}).text
    assert "May no longer order" in ended
    with acting(team.seller.id):
        kept.refresh_from_db()
        assert (kept.limit_minor, kept.is_active) == (None, False) and Purchaser.objects.count() == 1


def test_a_view_is_saved_under_a_name(mine, visitor):
    one = visitor(mine[0].people["collector"])
    page = one.post("/views/", {"page": "customers", "name": "Late ones", "query": "overdue=1&after=x"}).text
    assert "Late ones" in page and 'href="/customers/?overdue=1"' in page
    assert "Late ones" not in visitor(mine[0].people["auditor"]).get("/customers/").text


ACTS = {
    "call": {"work"}, "promise": {"work"}, "dispute": {"work"}, "pause": {"work"}, "note": {"note"},
    "line": {"line"}, "hold": {"hold"}, "lift": {"hold"},
}  # fmt: skip


@pytest.mark.parametrize("role", ["credit_manager", "analyst", "collector", "cash_clerk", "sales", "auditor", "admin"])
def test_each_role_may_do_what_it_may_and_sees_no_more(mine, visitor, role):
    from openterms.web.desk.access import RIGHTS

    team, made = mine
    customer = made.customers["C-4"].id
    one = visitor(team.people[role])
    page = one.get(f"/customers/{customer}/").text
    for name, (right,) in ACTS.items():
        allowed = role in RIGHTS[right]
        answer = one.get(f"/customers/{customer}/do/{name}/")
        assert (answer.status == 200) == allowed, (role, name, answer.status)
        if not allowed:
            assert answer.status == 403
            assert one.post(f"/customers/{customer}/do/{name}/", {"send": "1"}).status == 403
            assert f"/do/{name}/" not in page, (role, name)
    for path in ("edit/", "keep/contact/", "keep/billing/"):
        assert (one.get(f"/customers/{customer}/{path}").status == 200) == (role in RIGHTS["parties"])
    if role in ("sales", "auditor"):
        assert 'method="post" action="/customers/' not in page


def _addresses(patterns, prefix="", names=()):
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            spaces = (*names, pattern.namespace) if pattern.namespace else names
            yield from _addresses(pattern.url_patterns, prefix + str(pattern.pattern), spaces)
        elif isinstance(pattern, URLPattern):
            yield prefix + str(pattern.pattern), pattern.pattern.converters, names


@pytest.mark.deep
def test_nobody_reaches_another_sellers_things_by_ids_of_any_kind(world, visitor):
    """Every address with an id, asked and posted to with every kind of id of another seller, gives 403 or 404."""
    (team, _), (_, foreign) = world
    with acting(foreign.seller.id):
        ids = _ids(foreign)
    one = visitor(team.people["credit_manager"])
    asked = 0
    for route, converters, names in _addresses(get_resolver().url_patterns):
        if "desk" not in names or not any(type(c).__name__ == "UUIDConverter" for c in converters.values()):
            continue
        for found in ids:
            address = "/" + route
            for name, converter in converters.items():
                shown = found if type(converter).__name__ == "UUIDConverter" else "promise"
                address = re.sub(rf"<(\w+:)?{name}>", str(shown), address)
            for answer in (one.get(address, follow=False), one.post(address, {"send": "1"}, follow=False)):
                assert answer.status in (403, 404, 405), (address, answer.status)
                assert "Acme" not in answer.text
                asked += 1
    assert asked > 300


def test_nobody_sees_another_sellers_names_in_lists_and_search(world, visitor):
    (team, _), (_, foreign) = world
    with acting(foreign.seller.id):
        from openterms.apps.parties.actions import add_customer
        from openterms.apps.tenancy import clock
        from openterms.apps.tenancy.actor import SYSTEM

        add_customer(foreign.seller, SYSTEM, "ZX-9", "Zanzibar Secret Trading", "US", clock.now())
    one = visitor(team.people["credit_manager"])
    for path in ("/", "/customers/?q=zanzibar", "/search/?q=zanzibar", "/search/?q=ZX", "/invoices/", "/worklist/",
                 f"/invoices/?customer={foreign.customers['C-1'].id}", "/customers/?format=csv"):  # fmt: skip
        assert "Zanzibar Secret" not in one.get(path).text


def _ids(made) -> list[UUID]:
    from openterms.apps.collecting.worklist.models import WorkItem
    from openterms.apps.receivables.allocation.models import Settlement

    work = WorkItem.objects.filter(seller=made.seller).first()
    settlement = Settlement.objects.filter(seller=made.seller).first()
    return [
        made.customers["C-1"].id, made.invoices["I-12"].id, made.receipts["R-1"].id, made.promises[0].id,
        made.disputes[0].id, work.id, settlement.allocation_id,
    ]  # fmt: skip
