"""Reports, posting, imports, journal and settings over HTTP: what each role may, and what comes back."""

from __future__ import annotations

import html
import io
import re
from datetime import UTC, date, datetime, timedelta

import pytest

from openterms.apps.journal.models import Event
from openterms.apps.parties.actions import add_customer
from openterms.apps.receivables.allocation.actions import Part, allocate
from openterms.apps.receivables.open_item.actions import Document, post_invoice, post_receipt
from openterms.apps.receivables.open_item.models import Item
from openterms.apps.tenancy.actor import SYSTEM
from openterms.apps.tenancy.context import acting
from openterms.apps.tenancy.models import Membership, Seller

TODAY = datetime.now(UTC).date()
NOW = datetime.now(UTC)
REPORTS = (
    "ageing", "open-items", "one-currency", "by-collector", "by-group", "over-limit", "behaviour", "concentration",
    "key-figures", "roll-forward",
)  # fmt: skip
CUSTOMERS = b"customer,name,country\nN-1,New One,US\nN-2,New Two,DE\n"


def days_ago(days: int) -> date:
    return TODAY - timedelta(days=days)


@pytest.fixture
def shop(team):
    """A seller with a person of every role, one customer, two open invoices and an unapplied receipt."""
    made = team("credit_manager", "cash_clerk", "collector", "auditor", "admin")
    with acting(made.seller.id):
        made.acme = add_customer(made.seller, SYSTEM, "C-1", "Acme Tools", "US", NOW, created_on=days_ago(400))
        for number, age, minor in (("I-1", 60, 100_000), ("I-2", 10, 50_000)):
            document = Document(number, days_ago(age), minor, "USD")
            post_invoice(made.seller, SYSTEM, made.acme, document, NOW, due_on=days_ago(age - 30))
        document = Document("R-1", days_ago(5), 120_000, "USD", reference="for I-2")
        made.receipt = post_receipt(made.seller, SYSTEM, made.acme, document, NOW)
    return made


def said(answer) -> str:
    """What a page says, without its marks."""
    text = html.unescape(re.sub(r"<[^>]+>", "", answer.text if hasattr(answer, "text") else answer))
    return " ".join(text.split())


def in_record(shop, model, **where):
    with acting(shop.seller.id):
        return model.objects.filter(seller=shop.seller, **where).order_by("id").last()


# ---------------------------------------------------------------------------------------------------- reports


def test_every_report_comes_for_every_role_as_page_part_and_file(shop, visitor):
    auditor = visitor(shop.people["auditor"])
    for slug in REPORTS:
        page = auditor.get(f"/reports/{slug}/")
        assert page.status == 200 and "part=body" in page.text, slug
        part = auditor.get(f"/reports/{slug}/?part=body")
        assert part.status == 200 and "<html" not in part.text, (slug, part.text[-500:])
        file = auditor.get(f"/reports/{slug}/?format=csv")
        assert file.status == 200 and file.body.startswith(b"\xef\xbb\xbf"), slug
        assert auditor.get(f"/reports/{slug}/?format=xlsx").body[:2] == b"PK", slug
    assert auditor.get("/reports/key-figures/over-time/").status == 200
    assert auditor.get("/reports/nothing/").status == 404
    assert auditor.get("/reports/ageing/?by=moon").status == 404


def test_the_ageing_page_ties_out_and_leads_down_to_the_items(shop, visitor):
    clerk = visitor(shop.people["cash_clerk"])
    body = clerk.get("/reports/ageing/?part=body").text
    assert "The ledger says the same" in said(body) and "300.00" in said(body)
    down = re.search(r'href="(/reports/open-items/\?[^"]*bucket=1-30[^"]*)"', body)
    assert down is not None
    items = clerk.get(down[1].replace("&amp;", "&") + "&part=body").text
    assert "I-1" in items and "I-2" not in items


def test_a_day_that_is_none_is_told_and_the_usual_one_is_shown(shop, visitor):
    page = visitor(shop.people["auditor"]).get("/reports/ageing/?as_of=31/02/2026&known=never")
    assert page.status == 200 and page.text.count("is not a date") == 2


def test_what_does_not_exist_is_said_and_not_a_fault(shop, visitor):
    auditor = visitor(shop.people["auditor"])
    for asked in ("customer=NOPE", "bucket=moon", "after=x", "sort=moon", "currency=ZZZ", "from=2999-01-01"):
        for slug in ("ageing", "open-items", "behaviour"):
            assert auditor.get(f"/reports/{slug}/?{asked}&part=body").status in (200, 422), (slug, asked)
    assert "There is no customer NOPE" in said(auditor.get("/reports/open-items/?customer=NOPE&part=body"))
    assert auditor.get("/reports/open-items/?customer=NOPE&format=csv").status == 404


def test_what_was_entered_later_is_left_out(shop, visitor):
    body = visitor(shop.people["auditor"]).get(f"/reports/ageing/?known={days_ago(2)}&part=body").text
    assert "I-1" not in body and "Nothing is open" in body


# ---------------------------------------------------------------------------------------------------- posting


def test_a_receipt_is_recorded_and_allocated_and_taken_back(shop, visitor):
    clerk = visitor(shop.people["cash_clerk"])
    form = f"/posting/receipt/?customer={shop.acme.id}"
    assert "Owes" in clerk.get(form).text
    answer = clerk.post(
        form, {"amount": "1,250.00", "currency": "USD", "on": days_ago(1), "number": "R-2", "reference": "I-1"}
    )
    receipt = in_record(shop, Item, number="R-2")
    assert receipt.amount_minor == 125_000 and answer.address == f"/posting/items/{receipt.id}/allocate/"
    suggested = dict(re.findall(r'name="(amount-[^"]+)" value="([^"]*)"', answer.text))
    items = {item.number: f"amount-{item.id}" for item in _debts(shop)}
    assert suggested == {items["I-1"]: "1000.00", items["I-2"]: "250.00"}

    done = clerk.post(answer.address, suggested | {"on": days_ago(1)})
    assert done.address == "/posting/" and "1,250.00 USD of R-2 is allocated." in said(done)
    assert {item.number: item.open_minor for item in _debts(shop)} == {"I-1": 0, "I-2": 25_000}
    undo = re.search(r'action="(/posting/allocations/[^"]+/undo/)"', done.text)
    assert "Taken back" in said(clerk.post(undo[1]))
    assert {item.number: item.open_minor for item in _debts(shop)} == {"I-1": 100_000, "I-2": 50_000}


def _debts(shop):
    with acting(shop.seller.id):
        return list(Item.objects.filter(seller=shop.seller, kind="invoice").order_by("number"))


def test_a_file_is_attached_while_posting_and_kept_with_the_customer(shop, visitor):
    from openterms.apps.parties.models import Attachment

    clerk = visitor(shop.people["cash_clerk"])
    form = f"/posting/receipt/?customer={shop.acme.id}"
    given = {"amount": "10.00", "currency": "USD", "on": days_ago(1), "number": "R-3", "reference": ""}
    wrong = clerk.post(form, given, files={"file": ("advice.pdf", b"MZ nonsense", "application/pdf")})
    assert wrong.status == 422 and "content is not what its name says" in said(wrong)
    assert in_record(shop, Item, number="R-3") is None and in_record(shop, Attachment) is None
    twice = clerk.post(form, given | {"number": "R-1"}, files={"file": ("advice.pdf", b"%PDF-1.7 a", "x/y")})
    assert twice.status == 422 and in_record(shop, Attachment) is None
    clerk.post(form, given, files={"file": ("advice.pdf", b"%PDF-1.7 advice", "application/pdf")})
    kept = in_record(shop, Attachment)
    assert kept.name == "advice.pdf" and in_record(shop, Item, number="R-3").amount_minor == 1_000
    note = {"amount": "4", "currency": "USD", "on": TODAY, "number": "CN-3", "reference": "", "vat": ""}
    clerk.post(f"/posting/credit-note/?customer={shop.acme.id}", note, files={"file": ("asked.eml", b"From: a", "x/y")})
    with acting(shop.seller.id):
        first = Item.objects.get(seller=shop.seller, number="I-1")
        allocate(shop.seller, SYSTEM, shop.receipt.id, [Part(first.id, 99_700)], TODAY, NOW)
    rest = {"amount": "3.00", "on": TODAY}
    clerk.post(f"/posting/items/{first.id}/write-off/", rest, files={"file": ("why.txt", b"too small", "x/y")})
    page = clerk.get(f"/customers/{shop.acme.id}/").text
    for name in ("advice.pdf", "asked.eml", "why.txt"):
        assert page.count(name) == 2, "among the files and in the timeline"
    assert page.count(f'href="/files/{kept.id}/"') == 2
    assert clerk.get(f"/files/{kept.id}/").body == b"%PDF-1.7 advice"


def test_an_invoice_leads_to_the_posting_form_filled_with_it(shop, visitor):
    clerk = visitor(shop.people["cash_clerk"])
    first, second = _debts(shop)
    page = clerk.get(f"/invoices/{second.id}/").text.replace("&amp;", "&")
    links = re.findall(r'href="(/posting/[^"]+)"', page)
    of = f"?customer={shop.acme.id}&item={second.id}"
    assert links == [f"/posting/receipt/{of}", f"/posting/credit-note/{of}"]
    for link in links:
        form = clerk.get(link).text
        assert 'value="500.00"' in form and f'value="{second.number}"' in form and "Acme Tools" in form
    given = {"amount": "500.00", "currency": "USD", "on": TODAY, "number": "R-4", "reference": second.number}
    suggested = clerk.post(links[0], given)
    assert suggested.address.endswith("/allocate/")
    assert f'name="amount-{second.id}" value="500.00"' in suggested.text
    credit = clerk.get(f"/invoices/{shop.receipt.id}/").text
    assert f"/posting/items/{shop.receipt.id}/allocate/" in credit and f"{shop.receipt.id}/refund/" in credit
    assert "/posting/receipt/" not in visitor(shop.people["collector"]).get(f"/invoices/{first.id}/").text


def test_an_allocation_is_dated_by_the_latest_of_what_it_brings_together(shop, visitor):
    with acting(shop.seller.id):
        late = Document("I-3", days_ago(2), 40_000, "USD")
        (late,) = post_invoice(shop.seller, SYSTEM, shop.acme, late, NOW, due_on=TODAY)
    clerk = visitor(shop.people["cash_clerk"])
    address = f"/posting/items/{shop.receipt.id}/allocate/"
    page = clerk.get(address).text  # the reference names I-2, then the oldest: I-3 is not reached
    assert f'name="on" value="{days_ago(5)}"' in page
    typed = {f"amount-{late.id}": "400.00", "on": days_ago(5), "usual": days_ago(5)}
    along = clerk.post(address, typed, **{"HX-Request": "true"}).text
    assert f'name="on" value="{days_ago(2)}"' in along and "The day of I-3, the latest chosen" in said(along)
    early = {**typed, "on": days_ago(4), "usual": days_ago(2)}
    assert "I-3 is of" in said(clerk.post(address, early, **{"HX-Request": "true"}))
    refused = clerk.post(address, early)
    assert refused.status == 422 and "cannot be settled before" in said(refused)
    assert in_record(shop, Item, number="I-3").open_minor == 40_000
    assert clerk.post(address, typed).address == "/posting/"
    assert in_record(shop, Item, number="I-3").settled_on == days_ago(2)


def test_the_reference_names_what_is_served_first(shop, visitor):
    page = visitor(shop.people["cash_clerk"]).get(f"/posting/items/{shop.receipt.id}/allocate/").text
    items = {f"amount-{item.id}": item.number for item in _debts(shop)}
    suggested = {items[name]: value for name, value in re.findall(r'name="(amount-[^"]+)" value="([^"]*)"', page)}
    assert suggested == {"I-1": "700.00", "I-2": "500.00"}


def test_the_remainder_runs_along_and_faults_stand_beside_their_row(shop, visitor):
    clerk = visitor(shop.people["cash_clerk"])
    first, second = (str(item.id) for item in _debts(shop))
    typed = {f"amount-{first}": "1000.01", f"amount-{second}": "x1"}
    answer = clerk.post(f"/posting/items/{shop.receipt.id}/allocate/", typed, **{"HX-Request": "true"}).text
    for sentence in ("More than is open: 1,000.00 USD.", "is not an amount", "2 rows need a look"):
        assert sentence in said(answer)
    assert f'id="rest-{first}" hx-swap-oob="true"' in answer
    refused = clerk.post(f"/posting/items/{shop.receipt.id}/allocate/", typed)
    assert refused.status == 422 and in_record(shop, Item, number="I-1").open_minor == 100_000
    nothing = clerk.post(f"/posting/items/{shop.receipt.id}/allocate/", {})
    assert nothing.status == 422 and "There is nothing to allocate" in nothing.text


def test_a_small_rest_is_written_off_within_the_tolerance_alone(shop, visitor):
    clerk = visitor(shop.people["cash_clerk"])
    with acting(shop.seller.id):
        first = Item.objects.get(seller=shop.seller, number="I-1")
        allocate(shop.seller, SYSTEM, shop.receipt.id, [Part(first.id, 99_700)], TODAY, NOW)
    assert "3.00" in clerk.get("/posting/waiting/").text
    too_much = clerk.post(f"/posting/items/{_debts(shop)[1].id}/write-off/", {"amount": "20.00", "on": TODAY})
    assert too_much.status == 422 and "more than a small difference" in too_much.text
    done = clerk.post(f"/posting/items/{first.id}/write-off/", {"amount": "3.00", "on": TODAY})
    assert "is written off" in said(done) and in_record(shop, Item, number="I-1").open_minor == 0


def test_an_invoice_a_credit_note_and_a_refund(shop, visitor):
    manager = visitor(shop.people["credit_manager"])
    of = f"?customer={shop.acme.id}"
    twice = {"amount": "10", "currency": "USD", "on": TODAY, "number": "I-1", "terms": "", "due_on": "", "vat": ""}
    refused = manager.post(f"/posting/invoice/{of}", twice)
    assert refused.status == 422 and "I-1 is on record already" in refused.text
    wrong = manager.post(f"/posting/invoice/{of}", twice | {"number": "I-9", "terms": "whenever", "amount": "1,5,x"})
    assert wrong.status == 422 and wrong.text.count("field-error") >= 1
    assert in_record(shop, Item, number="I-9") is None
    assert (
        manager.post(f"/posting/invoice/{of}", twice | {"number": "I-9", "terms": "2/10 net 30"}).address == "/posting/"
    )
    assert in_record(shop, Item, number="I-9").discount_minor == 20
    note = {"amount": "40", "currency": "USD", "on": TODAY, "number": "CN-1", "reference": "", "vat": ""}
    assert manager.post(f"/posting/credit-note/{of}", note).address.endswith("/allocate/")
    refund = manager.post(f"/posting/items/{shop.receipt.id}/refund/", {"amount": "200", "on": TODAY})
    assert "recorded as paid back" in said(refund)
    assert in_record(shop, Item, number="R-1").open_minor == 100_000


# ---------------------------------------------------------------------------------------------------- imports


def upload(one, content: bytes, kind: str = "customers", name: str = "file.csv"):
    return one.post("/imports/new/", {"kind": kind}, files={"file": (name, content, "text/csv")})


def test_a_file_is_looked_at_and_loaded(shop, visitor):
    clerk = visitor(shop.people["cash_clerk"])
    page = upload(clerk, CUSTOMERS)
    preview = clerk.get(page.address + "?part=preview").text
    assert "2 rows are ready to load" in said(preview) and "New One" in said(preview)
    done = clerk.post(page.address + "load/")
    assert "2 rows are loaded" in said(done)
    again = upload(clerk, CUSTOMERS)
    assert "2 on record already" in said(clerk.post(again.address + "load/"))
    assert "file.csv" in clerk.get("/imports/").text


def test_a_preview_speaks_of_fields_as_people_do(shop, visitor):
    clerk = visitor(shop.people["cash_clerk"])
    content = b"customer,number,issued_on,amount,currency\nC-1,X-1,2026-01-05,1234.5,KWD\nC-1,X-2,never,9,USD\n"
    page = upload(clerk, content, "invoices", "invoices.csv").address + "?part=preview"
    preview = clerk.get(page).text
    heads = re.findall(r"<th[^>]*>([^<]+)</th>", preview)
    assert {"Customer number", "Number", "Issued", "Amount", "Currency"} <= set(heads)
    assert "<code>" not in preview and re.search(r'<td class="cell-number[^"]*"><bdi class="money"', preview)
    assert "1,234.500" in said(preview)
    clerk.post("/display/", {"locale": "ar"})
    assert "<th" in clerk.get(page).text and "Customer number" not in clerk.get(page).text


def test_bad_rows_refuse_the_file_and_can_be_left_out_and_fetched(shop, visitor):
    clerk = visitor(shop.people["cash_clerk"])
    content = (
        b"customer,number,issued_on,due_on,amount,currency\n"
        b"C-1,X-1,2026-01-05,2026-02-05,10.00,USD\n"
        b"C-1,X-2,2026-02-31,,5.00,USD\n"
        b"C-7,X-3,2026-01-05,,5.00,USD\n"
    )
    page = upload(clerk, content, "invoices", "invoices.csv")
    preview = clerk.get(page.address + "?part=preview").text
    assert "2 of 3 rows would be refused" in said(preview) and "Load the 1 good row" in said(preview)
    refused = clerk.post(page.address + "load/")
    assert "Nothing was loaded" in said(refused) and in_record(shop, Item, number="X-1") is None
    done = clerk.post(page.address + "load/", {"partial": "1"})
    assert "1 row is loaded" in said(done) and in_record(shop, Item, number="X-1").amount_minor == 1_000
    rows = clerk.get(page.address + "refused.csv").body.decode("utf-8-sig").splitlines()
    assert len(rows) == 3 and rows[1].startswith("C-1,X-2,2026-02-31") and ",3," in rows[1]


def test_guessed_columns_can_be_corrected(shop, visitor):
    clerk = visitor(shop.people["cash_clerk"])
    page = upload(clerk, b"customer,name,other\nN-1,wrong,Right Ltd\n")
    clerk.post(page.address + "columns/", {"column-customer": "customer", "column-name": "other"})
    assert "Right Ltd" in clerk.get(page.address + "?part=preview").text
    assert "name: other" in clerk.get(page.address + "map.yaml").text


@pytest.mark.parametrize("content", [b"", b"\x89PNG\r\n\x1a\n\0\0\0", b"customer,name\n", b"PK\x03\x04broken"])
def test_what_is_no_table_is_said_at_the_field_and_not_kept(shop, visitor, content):
    answer = upload(visitor(shop.people["cash_clerk"]), content)
    assert answer.status in (200, 422)
    if answer.status == 422:
        assert "field-error" in answer.text
    else:
        assert "cannot be read" in visitor(shop.people["cash_clerk"]).get(answer.address + "?part=preview").text


# ---------------------------------------------------------------------------------------------------- journal, settings


def test_the_journal_is_filtered_sealed_and_verified(shop, visitor):
    auditor = visitor(shop.people["auditor"])
    page = auditor.get("/journal/").text
    assert "Receipt posted" in page and "Nothing is sealed yet" in page
    assert "Receipt posted</strong>" not in auditor.get("/journal/?kind=invoice_posted").text
    assert "Receipt posted</strong>" not in auditor.get("/journal/?number=C-99").text
    assert "Receipt posted</strong>" not in auditor.get(f"/journal/?through={days_ago(3)}").text
    verified = auditor.post("/journal/verify/").text
    assert "events verified" in said(verified) and "Sealed through event" in said(verified)
    assert b"receipt_posted" in auditor.get("/journal/?format=csv").body


def test_an_administrator_adds_changes_and_ends_people(shop, visitor):
    admin = visitor(shop.people["admin"])
    email = f"new@{shop.seller.code.lower()}.example"
    person = {"name": "New Person", "email": email, "role": "collector", "authority": "1,000.00", "locale": "ar"}
    made = admin.post("/settings/people/new/", person)
    password = re.search(r'id="first-password"[^>]*>([^<]+)<', made.text)[1]
    with acting(shop.seller.id):
        membership = Membership.objects.select_related("user").get(seller=shop.seller, user__email=email)
    assert membership.authority_minor == 100_000 and membership.user.locale == "ar"
    visitor(membership.user, password)
    assert "is in use already" in admin.post("/settings/people/new/", person).text
    address = f"/settings/people/{membership.id}/"
    admin.post(address, {"role": "cash_clerk", "authority": "0", "is_active": ""})
    changed = in_record(shop, Membership, user=membership.user)
    assert (changed.role, changed.is_active) == ("cash_clerk", False)
    with acting(shop.seller.id):
        own = Membership.objects.get(seller=shop.seller, user=shop.people["admin"])
    refused = admin.post(f"/settings/people/{own.id}/", {"role": "auditor", "authority": "", "is_active": "on"})
    assert refused.status == 422 and "own rights" in refused.text
    assert in_record(shop, Event, kind="person_changed").data["after"]["active"] is False


def test_the_seller_is_changed_and_a_period_locked(shop, visitor):
    admin = visitor(shop.people["admin"])
    seller = {"which": "seller", "name": "Renamed", "terms": "net 14", "timezone": "Asia/Kuwait", "weekend": ["5", "6"]}
    assert "The seller is changed" in admin.post("/settings/", seller | {"small_difference": "2.50"}).text
    with acting(shop.seller.id):
        changed = Seller.objects.get(id=shop.seller.id)
    assert (changed.name, changed.weekend, changed.small_difference_minor) == ("Renamed", [5, 6], 250)
    assert admin.post("/settings/", seller | {"small_difference": "x", "terms": "net"}).status == 422
    lock = {"which": "lock", "lock-through": days_ago(3), "lock-reason": ""}
    assert "locked through" in visitor(shop.people["credit_manager"]).post("/settings/", lock).text
    late = {"amount": "1", "currency": "USD", "on": days_ago(4), "number": "R-9"}
    refused = visitor(shop.people["cash_clerk"]).post(f"/posting/receipt/?customer={shop.acme.id}", late)
    assert refused.status == 422 and "locked period" in refused.text


def test_rates_and_the_strategy(shop, visitor):
    manager = visitor(shop.people["credit_manager"])
    rate = {"currency": "EUR", "rate": "1.0825", "valid_from": days_ago(1)}
    assert "One EUR is 1.0825 USD" in said(manager.post("/settings/rates/", rate))
    assert manager.post("/settings/rates/", rate | {"currency": "ZZZ"}).status == 422
    strategy = manager.get("/settings/strategy/").text
    assert "Firm letter" in strategy and "legal step" in strategy


# ---------------------------------------------------------------------------------------------------- rights

WRITES = (
    ("post", "GET", "/posting/receipt/"),
    ("post", "GET", "/posting/items/{item}/allocate/"),
    ("post", "POST", "/posting/items/{item}/allocate/"),
    ("post", "POST", "/posting/items/{item}/refund/"),
    ("post", "POST", "/posting/allocations/{item}/undo/"),
    ("import", "GET", "/imports/new/"),
    ("import", "POST", "/imports/{item}/load/"),
    ("settings", "GET", "/settings/people/new/"),
    ("settings", "POST", "/settings/people/{item}/"),
)


def test_roles_are_held_by_the_views(shop, visitor):
    rights = {"auditor": set(), "collector": set(), "cash_clerk": {"post", "import"}, "admin": {"import", "settings"}}
    for role, has in rights.items():
        one = visitor(shop.people[role])
        for right, method, address in WRITES:
            place = address.format(item=shop.receipt.id)
            answer = one.get(place) if method == "GET" else one.post(place, {})
            assert (answer.status == 403) is (right not in has), (role, method, address, answer.status)
    for role in ("auditor", "cash_clerk"):
        one = visitor(shop.people[role])
        assert one.post("/settings/", {"which": "seller", "name": "x"}).status == 403
        assert one.post("/settings/", {"which": "lock"}).status == 403
    assert visitor(shop.people["auditor"]).post("/settings/rates/", {}).status == 403
    for page in (
        "/posting/",
        "/posting/waiting/",
        "/imports/",
        "/journal/",
        "/settings/",
        "/settings/people/",
        "/reports/",
    ):
        assert visitor(shop.people["auditor"]).get(page).status == 200, page


def test_another_sellers_things_are_not_there(shop, team, visitor):
    other = team("credit_manager", "admin")
    manager, admin = visitor(other.people["credit_manager"]), visitor(other.people["admin"])
    run = upload(visitor(shop.people["cash_clerk"]), CUSTOMERS).address
    for place in (
        f"/posting/items/{shop.receipt.id}/allocate/", f"/posting/items/{shop.receipt.id}/refund/",
        f"/posting/receipt/?customer={shop.acme.id}", run, run + "map.yaml", run + "progress/",
    ):  # fmt: skip
        assert manager.get(place).status == 404, place
    assert manager.post(run + "load/").status == 404
    own = in_record(shop, Membership)
    assert admin.get(f"/settings/people/{own.id}/").status == 404
    for slug in REPORTS:
        assert "Acme" not in manager.get(f"/reports/{slug}/?part=body").text


def test_a_large_file_waits_for_the_worker_and_says_so(shop, visitor):
    clerk = visitor(shop.people["cash_clerk"])
    rows = io.StringIO()
    rows.write("customer,name,filler\n")
    for number in range(2_500):
        rows.write(f"L-{number},Customer number {number},{'x' * 450}\n")
    page = upload(clerk, rows.getvalue().encode())
    assert "The first 2,000 rows were checked" in said(clerk.get(page.address + "?part=preview"))
    waiting = clerk.post(page.address + "load/")
    assert "Waiting for the worker" in said(waiting)

    from openterms.jobs.tasks import import_upload

    run_id = page.address.strip("/").split("/")[-1]
    import_upload(str(shop.seller.id), run_id)
    assert "2,500 rows are loaded" in said(clerk.get(page.address))
