"""Give customers to collectors, by rules and by hand; and say who covers for whom."""

from __future__ import annotations

from collections import Counter
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from openterms.apps.collecting.team import reads
from openterms.apps.collecting.team.actions import assign_by_rules, come_back, go_away, hand_over, set_rules
from openterms.apps.parties.reads import choices
from openterms.apps.tenancy import clock
from openterms.core.base.errors import BadInput, Refused
from openterms.core.base.money import to_decimal
from openterms.core.collecting.assignment import AssignmentRule, read_rules

from . import display
from .access import actor, may, require, staff, today
from .doing import amount_field, attempt, explain
from .paging import uuid_of
from .posting_forms import DateInput, amount_input
from .team import tabs
from .words import SEGMENTS

SHOWN = 200
FORM_RULES = 8


class ShareForm(forms.Form):
    """Whose customers, to whom, and why."""

    source = forms.ChoiceField(label=_("Customers of"))
    to = forms.MultipleChoiceField(
        label=_("Give them to"), widget=forms.CheckboxSelectMultiple,
        help_text=_("Between several, the overdue amounts stay even."),
        error_messages={"required": _("Choose a person.")},
    )  # fmt: skip
    numbers = forms.CharField(
        label=_("Only these numbers"), required=False, max_length=20_000, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Customer numbers, separated by spaces or lines. Empty: all of them."),
    )  # fmt: skip
    reason = forms.CharField(label=_("Reason"), max_length=500)

    def __init__(self, *args: Any, people: dict[UUID, Any], former: list[tuple[str, str]], **more: Any) -> None:
        super().__init__(*args, **more)
        names = [(str(user_id), str(one.user.name)) for user_id, one in people.items()]
        self.fields["source"].choices = [("nobody", gettext("nobody yet")), *names, *former]  # type: ignore[attr-defined]
        self.fields["to"].choices = names  # type: ignore[attr-defined]


@staff
def share_page(request: HttpRequest) -> HttpResponse:
    """Everybody's portfolio; and many customers changing hands, shown before it is done."""
    seller, on = request.seller, today(request)  # type: ignore[attr-defined]
    people = reads.workers(seller)
    found = reads.accounts(seller, on)
    names = {user_id: str(one.user.name) for user_id, one in people.items()}
    former = _former(found, names)
    asked = "send" in request.GET
    form = ShareForm(request.GET if asked else None, people=people, former=former)
    shown, ids = None, []
    if asked and may(request, "team") and form.is_valid():
        given = form.cleaned_data
        source = uuid_of(given["source"])
        numbers = set(given["numbers"].split())
        ids = [UUID(one["key"]) for one in found
               if one["collector_id"] == source and (not numbers or one["number"] in numbers)]  # fmt: skip
        unknown = numbers - {one["number"] for one in found if one["collector_id"] == source}
        if unknown:
            some = ", ".join(sorted(unknown)[:9])
            form.add_error("numbers", gettext("Not among them: %(numbers)s") % {"numbers": some})
        else:
            shown = reads.shared_out(seller, on, ids, [UUID(one) for one in given["to"]])
    context = {
        "place": "team", "tabs": tabs(request, "team_share"), "form": form, "leads": may(request, "team"),
        "portfolios": _portfolios(found, names | dict.fromkeys((UUID(key) for key, _said in former), ""), former),
        "shown": _shown(shown, names, dict(former)), "stamp": shown.stamp if shown else "", "seller": seller,
        "asked": form.cleaned_data if shown else {}, "most": SHOWN,
    }  # fmt: skip
    return render(request, "desk/team/share.html", context, status=422 if asked and form.errors else 200)


@require_POST
@staff(right="team")
def confirm_share(request: HttpRequest) -> HttpResponse:
    """Hand over what was shown; refused where it would be another list by now."""
    seller, on = request.seller, today(request)  # type: ignore[attr-defined]
    source = uuid_of(request.POST.get("source", ""))
    to = [found for text in request.POST.getlist("to") if (found := uuid_of(text))]
    numbers = set(request.POST.get("numbers", "").split())
    ids = [UUID(one["key"]) for one in reads.accounts(seller, on)
           if one["collector_id"] == source and (not numbers or one["number"] in numbers)]  # fmt: skip
    given = (ids, to, request.POST.get("stamp", ""), request.POST.get("reason", ""), on, clock.now())
    return _did(request, lambda: hand_over(seller, actor(request), *given), "desk:team_share")


@staff
def rules_page(request: HttpRequest) -> HttpResponse:
    """The rules in force, what they would do now, and a new version of them."""
    seller, on = request.seller, today(request)  # type: ignore[attr-defined]
    kept = reads.rules_in_force(seller)
    rules = list(read_rules(kept.document)) if kept else []
    people = reads.workers(seller)
    if request.method == "POST":
        require(request, "team")
    formset, form = _formset(request, rules, people), ReasonForm(request.POST or None)
    if request.method == "POST" and formset.is_valid() & form.is_valid():
        wanted = [one.rule() for one in formset if one.is_meant()]
        reason = form.cleaned_data["reason"]
        made = attempt(form, lambda: set_rules(seller, actor(request), wanted, reason, on, clock.now()))
        if made is not None:
            said = gettext("Version %(version)s of the rules holds. Nobody has changed hands yet.")
            messages.success(request, said % {"version": display.number(made.version)})
            return HttpResponseRedirect(reverse("desk:team_rules"))
    everybody = bool(request.GET.get("everybody"))
    shown = reads.proposal(seller, on, everybody) if kept else None
    names = {user_id: str(one.user.name) for user_id, one in people.items()}
    context = {
        "place": "team", "tabs": tabs(request, "team_rules"), "kept": kept, "formset": formset, "form": form,
        "rules": [_rule_said(one, people, seller) for one in rules], "leads": may(request, "team"), "seller": seller,
        "shown": _shown(shown, names, {}), "stamp": shown.stamp if shown else "", "most": SHOWN,
        "everybody": everybody,
    }  # fmt: skip
    return render(request, "desk/team/rules.html", context, status=422 if request.method == "POST" else 200)


@require_POST
@staff(right="team")
def apply_page(request: HttpRequest) -> HttpResponse:
    """Assign as the rules say and as it was shown."""
    seller, everybody = request.seller, bool(request.POST.get("everybody"))  # type: ignore[attr-defined]
    given = (everybody, request.POST.get("stamp", ""), today(request), clock.now())
    return _did(request, lambda: assign_by_rules(seller, actor(request), *given), "desk:team_rules")


class AwayForm(forms.Form):
    """Who is away, who does the work, on which days, and why."""

    collector = forms.ChoiceField(label=_("Who is away"))
    cover = forms.ChoiceField(label=_("Who covers"))
    first = forms.DateField(label=_("From"), widget=DateInput())
    last = forms.DateField(label=_("To"), widget=DateInput(), help_text=_("The last day, included."))
    reason = forms.CharField(label=_("Reason"), max_length=500)

    def __init__(self, *args: Any, people: dict[UUID, Any], me: UUID, leads: bool, **more: Any) -> None:
        super().__init__(*args, **more)
        names = [(str(user_id), str(one.user.name)) for user_id, one in people.items()]
        mine = [pair for pair in names if pair[0] == str(me)]
        choose = ("", gettext("choose a person"))
        self.fields["collector"].choices = [choose, *names] if leads or not mine else mine  # type: ignore[attr-defined]
        self.fields["cover"].choices = [choose, *names]  # type: ignore[attr-defined]


@staff
def absences_page(request: HttpRequest) -> HttpResponse:
    """Who is away and who covers; and a form for the next absence."""
    seller, on, leads = request.seller, today(request), may(request, "team")  # type: ignore[attr-defined]
    me = request.user.id  # type: ignore[union-attr]
    people = reads.workers(seller)
    may_enter = leads or me in people
    form = AwayForm(request.POST or None, people=people, me=me, leads=leads, initial={"first": on})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        made = attempt(form, lambda: go_away(
            seller, actor(request), UUID(given["collector"]), UUID(given["cover"]), given["first"], given["last"],
            given["reason"], on, clock.now(),
        ))  # fmt: skip
        if made is not None:
            said = gettext("%(cover)s covers for %(name)s.")
            messages.success(request, said % {"cover": made.cover.name, "name": made.collector.name})
            return HttpResponseRedirect(reverse("desk:team_absences"))
    rows = [
        {"one": one, "status": _status(one, on), "may_end": not reads.is_over(one, on)
         and (leads or one.collector_id == me)}
        for one in reads.absences(seller, on)
    ]  # fmt: skip
    context = {"place": "team", "tabs": tabs(request, "team_absences"), "form": form, "rows": rows,
               "may_enter": may_enter}  # fmt: skip
    return render(request, "desk/team/absences.html", context, status=422 if request.method == "POST" else 200)


@require_POST
@staff
def end_absence(request: HttpRequest, absence_id: UUID) -> HttpResponse:
    """The collector is back."""
    try:
        come_back(request.seller, actor(request), absence_id, today(request), clock.now())  # type: ignore[attr-defined]
    except BadInput as error:
        raise Http404 from error
    except Refused as error:
        messages.error(request, explain(error))
    else:
        messages.success(request, gettext("The work is the collector's own again."))
    return HttpResponseRedirect(reverse("desk:team_absences"))


def _status(one: Any, on: Any) -> str:
    if reads.is_over(one, on):
        return "superseded" if one.ended_on is None else "withdrawn"
    return "to_come" if one.first > on else "in_force"


class ReasonForm(forms.Form):
    """Why the rules change."""

    reason = forms.CharField(label=_("Reason"), max_length=500)


class RuleForm(forms.Form):
    """One rule: what it asks of a customer, and who gets it."""

    groups = forms.MultipleChoiceField(label=_("Group"), required=False)
    segments = forms.MultipleChoiceField(label=_("Segment"), required=False)
    countries = forms.MultipleChoiceField(label=_("Country"), required=False)
    numbers = forms.CharField(label=_("Customer numbers"), required=False, max_length=4_000)
    least = forms.CharField(label=_("Overdue from"), max_length=40, required=False, widget=amount_input())
    most = forms.CharField(label=_("Overdue up to"), max_length=40, required=False, widget=amount_input())
    to = forms.MultipleChoiceField(label=_("Who gets them"), required=False)

    def __init__(self, *args: Any, known: dict[str, list[tuple[str, str]]], currency: str, **more: Any) -> None:
        super().__init__(*args, **more)
        self.currency = currency
        for name, pairs in known.items():
            self.fields[name].choices = pairs  # type: ignore[attr-defined]
            self.fields[name].widget.attrs["size"] = 4

    def clean(self) -> dict[str, Any]:
        """Amounts in minor units; a rule that names something says who gets it."""
        given = super().clean() or {}
        for name in ("least", "most"):
            text = given.get(name) or ""
            given[f"{name}_minor"] = amount_field(text, self.currency, self, name) if text else None
        asks = ("groups", "segments", "countries", "numbers", "least", "most")
        if not given.get("to") and any(given.get(name) for name in asks):
            self.add_error("to", gettext("Choose a person."))
        return given

    def is_meant(self) -> bool:
        """Whether anybody gets something by it."""
        return bool(self.cleaned_data.get("to"))

    def rule(self) -> AssignmentRule:
        """The rule as the core takes it."""
        given = self.cleaned_data
        return AssignmentRule(
            tuple(given["to"]), tuple(given["numbers"].replace(",", " ").split()), tuple(given["groups"]),
            tuple(given["segments"]), tuple(given["countries"]), given["least_minor"], given["most_minor"],
        )  # fmt: skip


def _formset(request: HttpRequest, rules: list[AssignmentRule], people: dict[UUID, Any]) -> Any:
    seller = request.seller  # type: ignore[attr-defined]
    listed = choices(seller)
    known = {
        "to": [(one.user.email, one.user.name) for one in people.values()],
        "segments": [(code, str(said)) for code, said in SEGMENTS.items()],
        "countries": [(str(code), str(said)) for code, said in listed["countries"]],
        "groups": [(str(one.code), str(one.name)) for one in _groups(seller)],
    }  # fmt: skip
    initial = [
        {"to": one.to, "numbers": " ".join(one.customers), "groups": one.groups, "segments": one.segments,
         "countries": one.countries, "least": _decimal(one.least_minor, seller),
         "most": _decimal(one.most_minor, seller)}
        for one in rules
    ]  # fmt: skip
    for one in rules:  # what a rule names stays to be chosen, also where no customer has it any more
        for name, values in (("to", one.to), ("groups", one.groups), ("countries", one.countries)):
            known[name] += [(value, value) for value in values if value not in dict(known[name])]
    kind = forms.formset_factory(RuleForm, extra=2 if rules else 3, max_num=max(FORM_RULES, len(rules)))
    return kind(
        request.POST if request.method == "POST" else None, initial=initial, prefix="rule",
        form_kwargs={"known": known, "currency": seller.currency},
    )  # fmt: skip


def _groups(seller: Any) -> list[Any]:
    from openterms.apps.parties.models import Group

    return list(Group.objects.filter(seller=seller).order_by("name")[:500])


def _decimal(minor: int | None, seller: Any) -> str:
    return "" if minor is None else f"{to_decimal(minor, seller.currency):f}"


def _rule_said(rule: AssignmentRule, people: dict[UUID, Any], seller: Any) -> dict[str, Any]:
    names = {one.user.email: str(one.user.name) for one in people.values()}
    asks = [
        (gettext("Group"), ", ".join(rule.groups)),
        (gettext("Segment"), ", ".join(str(SEGMENTS.get(one, one)) for one in rule.segments)),
        (gettext("Country"), ", ".join(rule.countries)),
        (gettext("Customer numbers"), " ".join(rule.customers[:8])),
        (gettext("Overdue from"), _amount(rule.least_minor, seller)),
        (gettext("Overdue up to"), _amount(rule.most_minor, seller)),
    ]
    return {"asks": [one for one in asks if one[1]], "to": [names.get(one, one) for one in rule.to]}


def _amount(minor: int | None, seller: Any) -> str:
    return "" if minor is None else f"{display.amount(minor, seller.currency)} {seller.currency}"


def _former(found: list[dict[str, Any]], names: dict[UUID, str]) -> list[tuple[str, str]]:
    """People who have customers and do not work on customers any more."""
    from openterms.apps.tenancy.models import User

    left = {one["collector_id"] for one in found if one["collector_id"] and one["collector_id"] not in names}
    return [(str(one.id), str(one)) for one in User.objects.filter(id__in=left).order_by("name")]


def _portfolios(
    found: list[dict[str, Any]], names: dict[UUID, str], former: list[tuple[str, str]]
) -> list[dict[str, Any]]:
    """A row for everybody with customers, and for nobody: how many, how much is overdue."""
    counted = Counter(one["collector_id"] for one in found)
    overdue: Counter[Any] = Counter()
    for one in found:
        overdue[one["collector_id"]] += one["overdue_minor"]
    gone = {UUID(key): said for key, said in former}
    people = [{"name": gone.get(key) or said, "gone": key in gone, "customers": counted[key], "overdue": overdue[key]}
              for key, said in names.items()]  # fmt: skip
    if counted[None]:
        people.append({"name": "", "gone": False, "customers": counted[None], "overdue": overdue[None]})
    return people


def _shown(shown: Any, names: dict[UUID, str], former: dict[str, str]) -> dict[str, Any] | None:
    """A preview for the page: sums by person, and the largest rows."""
    if shown is None:
        return None
    said = names | {UUID(key): name for key, name in former.items()}
    sums: dict[UUID, dict[str, Any]] = {}
    for one in shown.moves:
        kept = sums.setdefault(one.after, {"name": said.get(one.after, ""), "customers": 0, "overdue": 0})
        kept["customers"] += 1
        kept["overdue"] += one.overdue_minor
    rows = [{"move": one, "before": said.get(one.before, "") if one.before else "", "after": said.get(one.after, "")}
            for one in shown.moves[:SHOWN]]  # fmt: skip
    return {"count": len(shown.moves), "stays": shown.stays, "sums": list(sums.values()), "rows": rows}


def _did(request: HttpRequest, act: Any, back: str) -> HttpResponse:
    try:
        done = act()
    except (BadInput, Refused) as error:
        messages.error(request, explain(error))
    else:
        said = gettext("%(count)s customers have changed hands.")
        messages.success(request, said % {"count": display.number(len(done.moves))})
    return HttpResponseRedirect(reverse(back))
