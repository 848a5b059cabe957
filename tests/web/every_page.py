"""What every page must hold, measured in the browser, and a seller whose pages are hard to set."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from importlib.resources import files
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

LONG_NAME = "Overseas Refrigeration, Ventilation and Air-Conditioning Supplies Ltd."
LARGE_MINOR = 98_765_432_109_999
LATE_CHARGES = (
    "late_charges: {mode: interest_and_lump_sum, reference: fixed, above_reference_bp: 1200, lump_sum_minor: 4000}"
)
BACK_TEST = {
    "policy": "software", "against": "current", "first": "2024-01-01", "last": "2099-12-31", "source": "auto",
}  # fmt: skip
FORMS = ("contact", "site", "identifier", "purchaser", "billing")
MEASURED = """() => {
  const shown = (one) => one.checkVisibility({visibilityProperty: true});
  const foreign = 'script, style, template, code, pre, textarea, svg, bdi, option, .brand, [lang="en"]';
  const own = (one) => !one.closest(foreign);
  const texts = new Set();
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const parent = walk.currentNode.parentElement;
    const text = walk.currentNode.data.replace(/\\s+/g, ' ').trim();
    if (text && own(parent)) texts.add(text);
  }
  for (const one of document.querySelectorAll('option')) texts.add(one.textContent.replace(/\\s+/g, ' ').trim());
  for (const name of ['placeholder', 'aria-label', 'title', 'alt'])
    for (const one of document.body.querySelectorAll(`[${name}]`))
      if (own(one)) texts.add(one.getAttribute(name).trim());
  const controls = [...document.querySelectorAll('input:not([type=hidden]), select, textarea')];
  return {
    lang: document.documentElement.lang, dir: document.documentElement.dir,
    headings: [...document.querySelectorAll('h1')].filter(shown).map((one) => one.textContent.trim()),
    bare: controls.filter((one) => !one.labels?.length && !one.ariaLabel && !one.getAttribute('aria-labelledby'))
      .map((one) => one.outerHTML.slice(0, 120)),
    texts: [...texts].filter(Boolean),
  };
}"""
SIDEWAYS = """() => {
  const page = document.scrollingElement, room = page.clientWidth;
  if (page.scrollWidth <= room) return '';
  const out = [...document.body.querySelectorAll('*')].filter((one) => {
    const box = one.getBoundingClientRect();
    return box.width && (box.right > room + 1 || box.left < -1) && !one.closest('.table-scroll, .visually-hidden');
  });
  return `${page.scrollWidth} in ${room}: ` + out.slice(0, 3).map((one) => one.outerHTML.slice(0, 110)).join(' | ');
}"""
CUT = """() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => {
  const cut = [...document.querySelectorAll('.table-scroll')].filter((one) => one.clientWidth
    && one.clientWidth <= 560 && !one.closest('.figure-tools') && one.scrollWidth > one.clientWidth + 1);
  done(cut.map((one) => one.innerText.slice(0, 80)).join(' | '));
})))"""
"""Tables in a narrow place of which a part is out of sight."""
FOCUS = """() => {
  const one = document.activeElement;
  if (!one || one === document.body) return 'left';
  const rings = [one, ...(one.labels ?? []), one.parentElement].map((each) => getComputedStyle(each));
  const ring = rings.some((look) => (look.outlineStyle !== 'none' && parseFloat(look.outlineWidth) > 0));
  const box = one.getBoundingClientRect();
  return ring && box.width > 0 ? '' : one.outerHTML.slice(0, 120);
}"""


@dataclass
class World:
    """A seller with people, hard names and amounts, and the addresses of its pages by who may open them."""

    seller: Any
    manager: Any
    admin: Any
    made: Any
    case: Any = None
    decided: Any = None
    application: Any = None
    half: Any = None
    published: Any = None
    bureau: Any = None
    orders: list[Any] = field(default_factory=list)
    referred: Any = None
    pages: dict[str, list[str]] = field(default_factory=dict)
    """`manager`, `admin`, `nobody` -> addresses"""
    forms: list[str] = field(default_factory=list)
    public: dict[str, list[str]] = field(default_factory=dict)
    """language -> addresses that people open by a link"""


def make_world(code: str, filled: bool = True) -> World:
    """A seller of its own with a credit manager and an administrator; with books or with nothing at all."""
    from openterms.apps.credit.decision.actions import CaseRequest, open_case
    from openterms.apps.credit.decision.acts import reject
    from openterms.apps.credit.policy.actions import draft_policy
    from openterms.apps.parties.actions import add_customer
    from openterms.apps.receivables.open_item.actions import Document, post_invoice, post_receipt
    from openterms.apps.tenancy import clock
    from openterms.apps.tenancy.actions import add_membership, add_seller, add_user
    from openterms.apps.tenancy.actor import SYSTEM, Actor
    from openterms.apps.tenancy.context import acting
    from tests.apps.cases import POLICY, publish

    from .conftest import PASSWORD
    from .small_seller import fill

    seller = add_seller(code, f"Seller {code}", "USD", "US")
    people = []
    with acting(seller.id):
        for role, name in (("credit_manager", "Ana Lund"), ("admin", "Ben Okoro")):
            user = add_user(f"{role}@{code.lower()}.example", PASSWORD, name)
            add_membership(seller, user, role, 10**12)
            people.append(user)
    if not filled:
        return World(seller, *people, None)
    with acting(seller.id):
        now = clock.now()
        today = clock.today(seller.timezone)
        since = today - timedelta(days=300)
        hard = add_customer(seller, SYSTEM, "C-HARD", LONG_NAME, "US", now, created_on=since)
        post_invoice(seller, SYSTEM, hard, Document("I-HARD", since, LARGE_MINOR, "USD"), now)
    made = fill(seller)
    with acting(seller.id):
        document = Document("R-OPEN", today - timedelta(days=2), 70_000, "USD")
        made.receipts["R-OPEN"] = post_receipt(seller, SYSTEM, made.customers["C-2"], document, now)
        made.customers["C-HARD"] = hard
        text = files("openterms.core.credit").joinpath("examples/software.yaml").read_text("utf-8")
        writer = Actor(people[0].name, people[0].id, "credit_manager", 10**12)
        texts = (text, text.replace("_days: 30", "_days: 21"))
        made.policies = [draft_policy(seller, writer, one, now) for one in texts]
        published = publish(seller, POLICY.replace("late_charges: {mode: none}", LATE_CHARGES))
        wanted = CaseRequest(currency="USD", limit_minor=LARGE_MINOR, reason="A larger shop")
        case = open_case(seller, SYSTEM, hard, wanted, [], now)
        made.refused = open_case(seller, SYSTEM, made.customers["C-1"], wanted, [], now)
        reject(seller, writer, made.refused.id, "young", now)
    world = World(seller, *people, made, case, published=published)
    _credit(world, writer, now, today)
    return world


def _credit(world: World, writer: Any, now: Any, today: Any) -> None:
    """What came through credit: a decided case with a case waiting for a second approver, orders of each answer, an
    application, a draft that cannot be read, somebody who stands in, a bureau account, an override."""
    from openterms.apps.credit.authorisation.actions import Order, authorise_order, capture
    from openterms.apps.credit.authorisation.overrides import give_override, release_order
    from openterms.apps.credit.bureau.actions import Terms, add_account
    from openterms.apps.credit.decision import acts
    from openterms.apps.credit.decision.actions import CaseRequest, open_case
    from openterms.apps.credit.decision.given import Given
    from openterms.apps.credit.delegation.actions import Absence, delegate
    from openterms.apps.credit.line.actions import set_line
    from openterms.apps.credit.policy.actions import draft_policy
    from openterms.apps.tenancy.actor import SYSTEM
    from openterms.apps.tenancy.context import acting
    from tests.apps.credit.application.form import Applicant, open_form

    seller, made = world.seller, world.made
    first, second = (made.customers[number] for number in ("C-1", "C-2"))
    with acting(seller.id):
        given = [Given("bureau_score", 720, "bureau", today), Given("bureau_limit_minor", 900_000, "bureau", today)]
        wanted = CaseRequest(currency="USD", limit_minor=500_000, reason="A new site")
        world.decided = open_case(seller, writer, first, wanted, given, now)
        larger = CaseRequest(currency="USD", limit_minor=20_000_000, reason="A new site")
        waiting = open_case(seller, SYSTEM, second, larger, given, now)
        acts.override(seller, writer, waiting.id, acts.Terms(limit_minor=15_000_000), "Known for years", now)
        set_line(seller, SYSTEM, first, "USD", 60_000_000, "agreed", today, now)
        world.half = draft_policy(seller, writer, "code: software\nrules: [", now)
        wanted = ((first, 50_000), (first, 99_000_000), (second, 10**11), (first, 70_000), (first, 98_000_000))
        answered = [
            authorise_order(seller, SYSTEM, who, Order(order_ref=f"SO-{n}", minor=minor, currency="USD"), now)
            for n, (who, minor) in enumerate(wanted)
        ]
        world.orders = [one.id for one in answered]
        capture(seller, SYSTEM, answered[0].id, 20_000, now)
        if answered[1].status == "referred":
            release_order(seller, writer, answered[1].id, "Agreed by phone", now)
        world.referred = answered[4].id
        give_override(seller, writer, first, "SO-NEXT", "USD", 90_000, "Agreed", now + timedelta(days=3), now)
        absence = Absence(giver_id=world.manager.id, holder_id=world.admin.id, first=today,
                          last=today + timedelta(days=9), reason="Holiday")  # fmt: skip
        delegate(seller, writer, absence, now)
        world.bureau = add_account(seller, SYSTEM, Terms(
            code="dnb-risk", adapter="dnb", product="risk", base_url="https://plus.dnb.com",
            credentials="env:OPENTERMS_BUREAU_NONE", cost_minor=1_450, budget_minor=50_000,
        ), now)  # fmt: skip
    open_form(seller)
    world.application = Applicant(seller, now).fill()
    world.application.submit()


def plain_addresses() -> Iterator[tuple[str, bool]]:
    """Every address without a place in it, and whether it is the desk's; the rest are the account's."""

    def walk(patterns: Any, prefix: str = "", desk: bool = False) -> Iterator[tuple[str, bool]]:
        for one in patterns:
            route = prefix + str(one.pattern).lstrip("^").rstrip("$").replace("\\Z", "")
            if isinstance(one, URLResolver):
                yield from walk(one.url_patterns, route, desk or one.namespace == "desk")
            elif isinstance(one, URLPattern) and not one.pattern.converters and not re.search(r"[<(\[\\]", route):
                yield "/" + route, desk

    yield from dict.fromkeys(walk(get_resolver().url_patterns))


def addresses_of_things(world: World, visitor: Any) -> list[str]:
    """The main pages of things: customers, an invoice, reports, postings, an allocation, an import."""
    from openterms.web.desk.reports import PAGES

    made = world.made
    first, second, hard = (made.customers[number].id for number in ("C-1", "C-2", "C-HARD"))
    file = ("new.csv", b"customer,name,country\nN-1,New One,US\nN-2,New Two,DE\n", "text/csv")
    came = visitor.post("/imports/new/", {"kind": "customers"}, files={"file": file})
    assert came.status == 200 and came.address.startswith("/imports/"), came.address
    rows = b"customer,name,country,created_on,limit\nN-3,,US,soon,-5\nN-3,Two,ZZ9,2026-01-01,x\n"
    faulty = ("bad.csv", rows, "text/csv")
    wrong = visitor.post("/imports/new/", {"kind": "customers"}, files={"file": faulty})
    old, new = (one.id for one in made.policies)
    tried = visitor.post("/policy/backtest/", BACK_TEST)
    assert tried.status == 200 and tried.address.rstrip("/") != "/policy/backtest", tried.text[-500:]
    return [
        tried.address.split("?")[0],
        f"/policy/{old}/", f"/policy/{new}/edit/", f"/policy/compare/?old={old}&new={new}",
        f"/customers/{hard}/", f"/customers/{first}/", f"/customers/{second}/",
        f"/invoices/{made.invoices['I-12'].id}/", f"/posting/items/{made.receipts['R-OPEN'].id}/allocate/",
        f"/credit/{world.case.id}/", f"/credit/{world.decided.id}/", f"/credit/{made.refused.id}/notice/",
        came.address.split("?")[0], wrong.address.split("?")[0],
        f"/applications/{world.application.id}/", *(f"/orders/{one}/" for one in world.orders),
        f"/policy/{world.half.id}/", f"/policy/{world.published.id}/", f"/settings/bureaus/{world.bureau.id}/",
        f"/late-charges/items/{made.invoices['I-12'].id}/",
        "/settings/bureaus/new/dnb/", "/settings/bureaus/new/experian/", *(f"/reports/{slug}/" for slug in PAGES),
    ]  # fmt: skip


def addresses_of_forms(world: World) -> list[str]:
    """The forms that open over a customer, each as a page of its own."""
    from openterms.web.desk import acts, case_forms

    first = world.made.customers["C-1"].id
    return [
        f"/customers/{first}/edit/", f"/customers/{first}/letter/", f"/customers/{first}/statement/",
        f"/disputes/{world.made.disputes[0].id}/decide/",
        f"/customers/{first}/plans/new/", "/disputes/", f"/disputes/cases/{world.made.disputes[0].case_id}/",
        f"/disputes/cases/{world.made.disputes[0].case_id}/resolve/",
        f"/disputes/cases/{world.made.disputes[0].case_id}/waiting/",
        f"/disputes/cases/{world.made.disputes[0].case_id}/assign/",
        f"/disputes/cases/{world.made.disputes[0].case_id}/evidence/", "/disputes/routes/", "/disputes/routes/tax/",
        "/late-charges/rates/", f"/customers/{first}/consents/",
        *(f"/customers/{first}/keep/{name}/" for name in FORMS),
        *(f"/customers/{first}/do/{name}/" for name in acts.REGISTRY),
        f"/customers/{world.made.customers['C-3'].id}/credit/", f"/customers/{first}/statement-of-accounts/",
        *(f"/credit/{world.case.id}/{name}/" for name in case_forms.ACTS),
        f"/posting/items/{world.made.receipts['R-OPEN'].id}/refund/",
        f"/posting/items/{world.made.invoices['I-22'].id}/write-off/",
    ]  # fmt: skip


@cache
def _english() -> tuple[frozenset[str], tuple[re.Pattern[str], ...]]:
    """The product's own texts that Arabic says otherwise: whole ones, and those with places."""
    from openterms.cli.messages import read

    whole, placed = set(), []
    for message in read("ar"):
        ids = message.id if isinstance(message.id, tuple) else (message.id,)
        said = message.string if isinstance(message.string, tuple) else (message.string,)
        for text in ids:
            if not text or text in said or not re.search(r"[A-Za-z]{3}", text):
                continue
            if "%(" not in text:
                whole.add(" ".join(text.split()))
            elif len(re.findall(r"[A-Za-z]{3,}", re.sub(r"%\(\w+\)s", "", text))) >= 2:
                pieces = (re.escape(piece) for piece in re.split(r"%\(\w+\)s", " ".join(text.split())))
                placed.append(re.compile(".+?".join(pieces)))
    return frozenset(whole), tuple(placed)


def still_english(texts: list[str]) -> list[str]:
    """Texts of a page that Arabic has words for and that stand there in English."""
    whole, placed = _english()
    latin = [text for text in texts if re.search(r"[A-Za-z]{3}", text)]
    return [text for text in latin if text in whole or any(one.fullmatch(text) for one in placed)]
