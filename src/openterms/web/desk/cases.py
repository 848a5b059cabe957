"""Credit: the queue of cases, and a case with everything on one screen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from openterms.apps.credit.decision import reads
from openterms.apps.credit.decision.models import CaseState, CaseStep, CreditCase, Source
from openterms.apps.credit.decision.reads import CaseFilter, CaseView
from openterms.apps.credit.letter.reads import letter_due, letters_of
from openterms.apps.credit.line.models import LineChange
from openterms.apps.parties.reads import choices
from openterms.apps.tenancy import clock
from openterms.core.credit.authority import Need
from openterms.core.credit.evaluation import asked_terms
from openterms.core.credit.policy import Policy

from . import display
from .access import actor, may, staff, today
from .case_words import age_said, method_word, queue_word, role_word, source_word
from .columns import in_one_currency
from .doing import explain
from .fact_words import fact_value, fact_word
from .paging import cursor, read_cursor
from .tables import Column, Filter, Table

COLUMNS = (
    Column("name", gettext_lazy("Customer"), "party"),
    Column("asked", gettext_lazy("Asked for"), "money", mixed=True),
    Column("answer", gettext_lazy("Policy says"), "status", weight=2),
    Column("queue_word", gettext_lazy("Queue"), weight=3),
    Column("waits", gettext_lazy("Waits for"), weight=3),
    Column("handler_name", gettext_lazy("Who has it"), weight=3),
    Column("clock", gettext_lazy("Act by"), "template", template="desk/cells/clock.html", weight=2),
)


@staff
def index(request: HttpRequest) -> HttpResponse:
    """The cases that are open, those whose time runs out first; or those that have ended."""
    seller, now = request.seller, clock.now()  # type: ignore[attr-defined]
    filters = (
        Filter("state", gettext_lazy("State"), choices=[("ended", _("Ended"))], blank=_("Open")),
        Filter("whose", gettext_lazy("Whose"), choices=_whose(request), blank=_("Everybody's")),
        Filter("queue", gettext_lazy("Queue"), choices=[(one, queue_word(one)) for one in reads.queues(seller)]),
        Filter("source", gettext_lazy("Began by"), choices=Source.choices),
        Filter("late", gettext_lazy("Time is up"), kind="check"),
    )
    table = Table.of(
        request, "cases", COLUMNS, filters=filters, row_href=lambda row: reverse("desk:case", args=[row["id"]]),
        panel=False, caption=_("Credit cases"), empty_title=_("No case waits."),
        empty_text=_("A case begins on a customer's page, by Review credit or Change the limit."),
    )  # fmt: skip
    in_one_currency(table, [code for code, _name in choices(seller)["currencies"]])
    state, whose, queue, source, late = (one.value for one in table.filters)
    wanted = CaseFilter(
        is_open=state != "ended",
        queue=queue,
        role=request.membership.role if whose == "role" else "",  # type: ignore[attr-defined]
        handler=request.user.id if whose == "mine" else None,  # type: ignore[union-attr]
        source=source if source in Source.values else "",
        late=bool(late),
    )
    found = reads.cases(seller, wanted, now, read_cursor(table.after, "text", "uuid"), table.limit + 1)
    table.fill([_row(one) for one in found], cursor)
    return render(request, "desk/credit/index.html", {"table": table, "place": "credit"})


def _whose(request: HttpRequest) -> list[tuple[str, str]]:
    found = [("mine", _("In my hands"))]
    if may(request, "credit"):
        found.insert(0, ("role", _("Waiting for my role")))
    return found


def _row(one: dict[str, Any]) -> dict[str, Any]:
    ended = one["state"] != CaseState.OPEN
    closed_as = one["closed_as"] or one["state"]
    return one | {
        "asked": one["limit_minor"] if one["limit_minor"] is not None else one["suggested_minor"],
        "answer": closed_as if ended else one["outcome"],
        "queue_word": queue_word(one["queue"]),
        "waits": ", ".join(role_word(role) for role in one["waits_for"]),
        "clock": one["closed_at"] if ended else one["due_at"],
    }


@staff
def case_page(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Everything about a case on one screen."""
    return render_case(request, find(request, case_id))


def find(request: HttpRequest, case_id: UUID) -> CreditCase:
    """The case in the address, if it is the seller's."""
    found = reads.find_case(request.seller, case_id)  # type: ignore[attr-defined]
    if found is None:
        raise Http404
    return found


def render_case(request: HttpRequest, case: CreditCase, status: int = 200, refusal: str = "") -> HttpResponse:
    """The page of a case, with what was just refused, if anything."""
    now, on = clock.now(), today(request)
    view = reads.case_view(case.seller, case, now)
    after = view.weight.exposure_minor if view.weight else None
    due, sent = letter_due(case), letters_of(case)
    context = {
        "place": "credit", "case": case, "customer": case.customer, "view": view, "today": on, "refusal": refusal,
        "crumbs": [{"href": reverse("desk:credit"), "label": _("Credit cases")}, {"label": case.customer.name}],
        "is_late": case.state == CaseState.OPEN and case.due_at <= now,
        "waits": [role_word(role) for role in case.waits_for], "queue": queue_word(case.queue),
        "says": _says(view), "methods": _methods(view), "score": _score(view),
        "reasons": reasons_of(view.policy, view.outcome["reasons"]), "helps": helps_of(view),
        "facts": _facts(view, on), "missing": [fact_word(name) for name in view.outcome["missing"]],
        "changed": [
            {"name": fact_word(one["name"]), **{part: fact_value(one["name"], one[part], view.policy)
                                               for part in ("before", "after")}}
            for one in view.changed
        ],
        "after": after, "need": _need(view.need), "why_not": explain(view.why_not) if view.why_not else "",
        "steps": [_step(one) for one in view.steps], "changes": [_change(one) for one in reads.line_changes(case)],
        "acts": _acts(request, view, now) if case.state == CaseState.OPEN else [], "is_open": case.state == "open",
        "can_add": may(request, "credit") and case.state == CaseState.OPEN,
        "letters": sent, "wants_letter": due is not None and due.is_wanted and not sent,
    }  # fmt: skip
    return render(request, "desk/credit/case.html", context, status=status)


def _says(view: CaseView) -> dict[str, Any]:
    """The policy's answer as the page's sentence needs it."""
    outcome = view.outcome
    first = outcome["reasons"][0] if outcome["reasons"] else None
    return {
        "outcome": outcome["outcome"], "limit": outcome["limit_minor"], "terms": outcome["terms"],
        "deposit": outcome["deposit_minor"], "security": [method_word(one) for one in outcome["security"]],
        "queue": queue_word(outcome["queue"]) if outcome["queue"] else "",
        "first": display.reason_texts(reasons_of(view.policy, [first])[0])["text"] if first else "",
        "risk_class": outcome["risk_class"],
    }  # fmt: skip


def _methods(view: CaseView) -> list[dict[str, Any]]:
    """Every method's figure beside what else bound, and the one that did."""
    suggestion = view.outcome["suggestion"]
    figures = [{"name": one["name"], "minor": one["minor"]} for one in suggestion["figures"]]
    bound = suggestion["bound_by"]
    if bound and bound not in {one["name"] for one in figures}:
        figures.append({"name": bound, "minor": suggestion["limit_minor"]})
    most = max((one["minor"] or 0 for one in figures), default=0)
    for one in figures:
        one |= {"word": method_word(one["name"]), "binds": one["name"] == bound,
                "share": round((one["minor"] or 0) * 100 / most, 2) if most else 0}  # fmt: skip
    return figures


def _score(view: CaseView) -> dict[str, Any] | None:
    """The score with what each attribute gave and lost, as a waterfall from the most there was to have."""
    score = view.outcome["score"]
    if score is None:
        return None
    card = next(one for one in view.policy.scorecards if one.scorecard.code == view.outcome["scorecard"])
    most = max(card.scorecard.most, 1)
    rows, at = [], most
    for one in score["contributions"]:
        labels = card.labels.get(one["attribute"], {})
        name = labels.get(display.current().language) or labels.get("en") or one["attribute"].replace("_", " ")
        at -= one["lost"]
        rows.append({
            "name": name.capitalize(), "label": one["label"], "points": one["points"], "lost": one["lost"],
            "start": round(max(at, 0) * 100 / most, 2), "width": round(one["lost"] * 100 / most, 2),
        })  # fmt: skip
    return {"points": score["points"], "pd": score["pd_bp"] / 100, "most": most, "rows": rows,
            "share": round(max(score["points"], 0) * 100 / most, 2)}  # fmt: skip


def _step(step: CaseStep) -> CaseStep:
    """A step with its reason in the reader's language: what a person wrote stays as it was written."""
    step.words = display.reason_texts(step.said)["text"] if step.said else step.reason
    return step


def _change(change: LineChange) -> LineChange:
    """A change of the limit with its reason, that of the product's own in the reader's language."""
    change.words = change.reason if change.actor_id or not change.reason else _(change.reason)
    return change


def reasons_of(
    policy: Policy, reasons: Sequence[Mapping[str, Any]], language: str = "", part: str = "staff"
) -> list[dict[str, Any]]:
    """Reasons of an outcome in a language: the policy's own words where it has them, else the product's."""
    language = language or display.current().language
    found = []
    for one in reasons:
        text = policy.words(one["code"], part, language) or one[part]
        remedy = policy.words(one["code"], "remedy", language) or one["remedy"]
        found.append({"code": one["code"], "staff": text, "remedy": remedy, "params": one["params"]})
    return found


def helps_of(view: CaseView) -> list[str]:
    """What would make it pass, one change at a time."""
    found = []
    for one in view.outcome["would_pass"]:
        fact = view.policy.facts.get(one["fact"])
        shown = one["shown"]
        if fact is not None and fact.unit == "minor":
            shown = f"{display.amount(one['to'], view.policy.currency)} {view.policy.currency}"
        message = one["words"]
        found.append(_(message) % {"to": display.digits(shown)})
    return found


def _facts(view: CaseView, on: Any) -> list[dict[str, Any]]:
    """Every fact of the policy: known ones with source and age first, then those that nobody knows."""
    known, unknown = [], []
    facts = view.facts | {"requested_limit_minor": view.case.limit_minor}
    if view.case.terms:
        asked = asked_terms(view.case.terms)
        facts["requested_terms_days"] = asked.days if asked else None
    for name in view.policy.facts:
        if facts.get(name) is not None:
            place = view.decision.sources.get(name)
            known.append({
                "name": fact_word(name), "value": fact_value(name, facts[name], view.policy),
                "source": source_word(place["source"]) if place else _("the request"),
                "age": age_said(place["as_of"], on) if place else "",
            })  # fmt: skip
        else:
            unknown.append({"name": fact_word(name), "value": "", "source": "", "age": ""})
    return known + unknown


def _need(need: Need | None) -> dict[str, Any] | None:
    if need is None:
        return None
    return {
        "nobody": need.is_nobodys, "roles": [role_word(one) for one in need.roles],
        "second": [role_word(one) for one in need.second], "reason": need.is_reason_mandatory,
    }  # fmt: skip


def _acts(request: HttpRequest, view: CaseView, now: datetime) -> list[dict[str, Any]]:
    """The buttons, each with what speaks against it for this person."""
    against = reads.refusals(view.case.seller, actor(request), view, now)
    labels = {
        "approve": _("Approve"), "recommend": _("Recommend"), "override": _("Override"), "reject": _("Decline"),
        "escalate": _("Escalate"), "withdraw": _("Withdraw"),
    }  # fmt: skip
    return [
        {
            "name": name, "label": label, "href": reverse("desk:case_act", args=[view.case.id, name]),
            "against": [display.reason_texts(one) for one in against[name]],
            "main": name == ("approve" if view.proposed else "recommend"),
        }
        for name, label in labels.items()
    ]  # fmt: skip
