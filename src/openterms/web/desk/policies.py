"""The seller's credit policies: read as a document, written with live lint, compared, submitted, approved."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from importlib.resources import files
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext, pgettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from openterms.apps.credit.authorisation.reads import answered_under
from openterms.apps.credit.decision.reads import decided_under
from openterms.apps.credit.policy import actions, checks, reads
from openterms.apps.credit.policy.back_tests import back_tests_of, has_history
from openterms.apps.credit.policy.models import PolicyVersion, State
from openterms.apps.tenancy import clock
from openterms.core.base.errors import BadInput, Refused
from openterms.core.base.reasons import gettext_noop
from openterms.core.credit.differences import differences
from openterms.core.credit.lint import Finding, lint
from openterms.core.credit.policy import EXAMPLES, read_policy
from openterms.core.credit.policy_text import LONGEST_TEXT

from . import display
from .access import actor, may, require, staff, today
from .backtests import against_word
from .doing import explain
from .paging import uuid_of
from .policy_document import sections
from .posting_forms import DateInput

MOST_ANSWERED = 20
MOST_TESTS = 10
SEVERITIES = {"wrong": "refused", "doubtful": "warning", "unproved": "due_soon"}
SAID = {
    "wrong": pgettext_lazy("finding", "Wrong"), "doubtful": pgettext_lazy("finding", "Doubtful"),
    "unproved": pgettext_lazy("finding", "Not proved"),
}  # fmt: skip
KINDS = {"added": _("Added"), "removed": _("Removed"), "changed": _("Changed"), "moved": _("Moved")}


class TextForm(forms.Form):
    """A policy as it is written, and what is new in it."""

    text = forms.CharField(
        label=_("Policy"), max_length=LONGEST_TEXT, strip=False,
        widget=forms.Textarea(attrs={"rows": 32, "dir": "ltr", "spellcheck": "false", "class": "code"}),
    )  # fmt: skip
    note = forms.CharField(
        label=_("What is new"), max_length=500, required=False, help_text=_("For whoever approves it.")
    )
    revision = forms.IntegerField(widget=forms.HiddenInput(), required=False)


class StepForm(forms.Form):
    """What a step of a version's life needs: the revision that was read, and a day or a reason."""

    revision = forms.IntegerField(widget=forms.HiddenInput(), required=False)
    day = forms.DateField(label=_("In force from"), required=False, widget=DateInput())
    reason = forms.CharField(label=_("Reason"), required=False, max_length=500)
    untested = forms.CharField(label=_("Why without a back-test"), required=False, max_length=500)


@staff
def index(request: HttpRequest) -> HttpResponse:
    """Every version and how it stands today."""
    seller = request.seller  # type: ignore[attr-defined]
    found = reads.versions(seller, today(request))
    context = {"place": "policy", "versions": [_shown(one) for one in found], "is_several": len(found) > 1}
    return render(request, "desk/policy/index.html", context)


def _shown(one: reads.Stood) -> dict[str, Any]:
    return {"version": one.version, "standing": one.standing, "until": one.until}


@staff
def version_page(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """One version as a document, with the steps that may be taken now and what speaks against them."""
    version = _version(request, version_id)
    refusal: BadInput | Refused | None = None
    which = request.POST.get("which", "")
    if request.method == "POST":
        try:
            return _step(request, version, which)
        except (BadInput, Refused) as error:
            refusal = error
            version = _version(request, version_id)
    on = today(request)
    fault = reads.fault_of(version)
    steps = _steps(request, version, on)
    context = {
        "place": "policy", "crumbs": _crumbs(version.label), "version": version,
        "unread": {"place": fault.where, "text": explain(fault)} if fault else None,
        "stood": reads.stood_now(version, on), "sections": [] if fault else sections(reads.parsed(version)),
        "steps": steps, "tests": _tests(version),
        "refused": which if refusal else "", "refusal": _reasons(refusal), "is_author": may(request, "policy"),
        "answered": _answered(version), "decided": decided_under(version, MOST_ANSWERED), "other": _before(version),
    }  # fmt: skip
    return render(request, "desk/policy/version.html", context, status=422 if refusal else 200)


def _steps(request: HttpRequest, version: PolicyVersion, on: date) -> dict[str, Any]:
    """Which steps stand on the page, each with what speaks against it (for this person, now)."""
    is_author, person = may(request, "policy"), actor(request)
    steps: dict[str, Any] = {}
    if version.state == State.DRAFT and is_author and version.is_readable:
        findings = _findings(lint(reads.parsed(version)))
        steps["submit"] = {"findings": findings, "is_open": not any(one["is_wrong"] for one in findings)}
    if version.state == State.SUBMITTED:
        membership = request.membership  # type: ignore[attr-defined]
        against = list(checks.against_publishing(version.seller, version, person, membership, date.max, on))
        steps["publish"] = {"against": [display.reason_texts(one) for one in against], "today": on}
        steps["publish"]["has_history"] = has_history(version.seller, version.currency)
    if version.state == State.SUBMITTED and is_author:
        steps["return"] = True
    may_withdraw = may(request, "approve_policy") if version.state == State.PUBLISHED else is_author
    if may_withdraw and actions.against_withdrawing(version, on) is None:
        steps["withdraw"] = True
    return steps


def _step(request: HttpRequest, version: PolicyVersion, which: str) -> HttpResponse:
    """Take a step; what speaks against it is raised."""
    form = StepForm(request.POST)
    form.is_valid()
    given, now, seller, person = form.cleaned_data, clock.now(), version.seller, actor(request)
    revision = given.get("revision") or 0
    reason = given.get("reason") or ""
    acts: dict[str, tuple[str, Callable[[], PolicyVersion], str]] = {
        "submit": ("policy", lambda: actions.submit_policy(seller, person, version.id, revision, now),
                   gettext("%(policy)s waits for a second person.")),
        "publish": ("approve_policy", lambda: _publish(version, person, revision, given, now),
                    gettext("%(policy)s is published.")),
        "return": ("policy", lambda: actions.return_policy(seller, person, version.id, reason, now),
                   gettext("%(policy)s is a draft again.")),
        "withdraw": ("policy", lambda: actions.withdraw_policy(seller, person, version.id, reason, now),
                     gettext("%(policy)s is withdrawn.")),
    }  # fmt: skip
    if which not in acts:
        raise Http404
    right, act, said = acts[which]
    require(request, right)
    act()
    messages.success(request, said % {"policy": version.label})
    return HttpResponseRedirect(reverse("desk:policy_version", args=[version.id]))


def _publish(
    version: PolicyVersion, person: Any, revision: int, given: Mapping[str, Any], now: datetime
) -> PolicyVersion:
    if given.get("day") is None:
        raise BadInput(gettext_noop("The day is missing"), "day", gettext_noop("Give the day on which it begins"))
    untested = given.get("untested") or ""
    return actions.publish_policy(version.seller, person, version.id, revision, given["day"], now, untested)


def _tests(version: PolicyVersion) -> list[dict[str, Any]]:
    """The back-tests of what the version says, the newest first; once published the one that was approved with it."""
    found = back_tests_of(version)
    if version.back_test_id:
        found = sorted(found, key=lambda one: one.id != version.back_test_id)
    return [
        {"test": one, "against": against_word(one.against), "found": one.figures,
         "is_approved": one.id == version.back_test_id}
        for one in found[:MOST_TESTS]
    ]  # fmt: skip


@staff(right="policy")
def new_page(request: HttpRequest) -> HttpResponse:
    """Write a new version, from an example, from another version, or from nothing."""
    form = TextForm(request.POST or None, initial={"text": _beginning(request)})
    context = {"place": "policy", "crumbs": _crumbs(gettext("New version")), "form": form, "examples": EXAMPLES}
    seller = request.seller  # type: ignore[attr-defined]

    def act() -> PolicyVersion:
        given = form.cleaned_data
        return actions.draft_policy(seller, actor(request), given["text"], clock.now(), given["note"])

    return _write(request, form, context, act)


@staff(right="policy")
def edit_page(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """Write a draft anew."""
    version = _version(request, version_id)
    if version.state != State.DRAFT:
        messages.error(request, explain(Refused([actions.NOT_A_DRAFT])))
        return HttpResponseRedirect(reverse("desk:policy_version", args=[version.id]))
    initial = {"text": version.text, "note": version.note, "revision": version.revision}
    form = TextForm(request.POST or None, initial=initial)

    def act() -> PolicyVersion:
        given = form.cleaned_data
        return actions.edit_draft(
            version.seller, actor(request), version.id, given["text"], given["revision"] or 0, clock.now(),
            given["note"],
        )  # fmt: skip

    context = {"place": "policy", "crumbs": _crumbs(version.label), "form": form, "version": version}
    return _write(request, form, context, act)


def _write(
    request: HttpRequest, form: TextForm, context: dict[str, Any], act: Callable[[], PolicyVersion]
) -> HttpResponse:
    refusal: BadInput | Refused | None = None
    if request.method == "POST" and form.is_valid():
        try:
            kept = act()
        except (BadInput, Refused) as error:
            refusal = error
        else:
            messages.success(request, gettext("%(policy)s is kept as a draft.") % {"policy": kept.label})
            return HttpResponseRedirect(reverse("desk:policy_version", args=[kept.id]))
    text = str(form["text"].value() or "")
    found = _linted(text) if text else {}
    context |= {"refusal": _reasons(refusal), **found}
    return render(request, "desk/policy/write.html", context, status=422 if request.method == "POST" else 200)


@require_POST
@staff(right="policy")
def lint_part(request: HttpRequest) -> HttpResponse:
    """What lint says of a text that is being written; nothing is kept."""
    return render(request, "desk/policy/findings.html", _linted(request.POST.get("text", "")[: LONGEST_TEXT + 1]))


def _linted(text: str) -> dict[str, Any]:
    """Findings of a text, or where it cannot be read."""
    try:
        found = lint(read_policy(text.replace("\r\n", "\n")))
    except BadInput as error:
        return {"unread": {"place": error.where, "text": explain(error)}}
    return {"findings": _findings(found), "is_linted": True}


def _findings(found: tuple[Finding, ...]) -> list[dict[str, Any]]:
    return [
        {
            "status": SEVERITIES[one.severity],
            "word": str(SAID[one.severity]),
            "is_wrong": one.severity == "wrong",
            "place": one.place,
            "text": display.reason_texts({"staff": one.what, "params": dict(one.params)})["text"],
            "example": [(name, "–" if value is None else str(value)) for name, value in (one.example or {}).items()],
        }
        for one in found
    ]


@staff
def compare_page(request: HttpRequest) -> HttpResponse:
    """Two versions side by side, by place."""
    seller = request.seller  # type: ignore[attr-defined]
    choices = reads.versions(seller, today(request))
    chosen = [uuid_of(request.GET.get(name, "")) for name in ("old", "new")]
    pair = [_version(request, one) for one in chosen if one is not None]
    context: dict[str, Any] = {
        "place": "policy", "crumbs": _crumbs(gettext("Compare")), "choices": [one.version for one in choices],
        "chosen": chosen, "pairs": (("old", pgettext("version", "Earlier")), ("new", pgettext("version", "Later"))),
    }  # fmt: skip
    if len(pair) == 2:
        old, new = pair
        try:
            found = differences(reads.parsed(old), reads.parsed(new))
        except BadInput as fault:
            context["unread"] = {"place": fault.where, "text": explain(fault)}
        else:
            rows = [{"kind": KINDS[one.kind], "place": one.place, "old": one.old, "new": one.new} for one in found]
            context |= {"old": old, "new": new, "rows": rows, "is_compared": True}
    return render(request, "desk/policy/compare.html", context)


def _version(request: HttpRequest, version_id: UUID) -> PolicyVersion:
    people = ("drafted_by", "submitted_by", "approved_by", "withdrawn_by", "seller")
    found = PolicyVersion.objects.filter(seller=request.seller, id=version_id).select_related(*people).first()  # type: ignore[attr-defined,misc]
    if found is None:
        raise Http404
    return found


def _before(version: PolicyVersion) -> PolicyVersion | None:
    """The version before it of the same policy, to compare with."""
    found = PolicyVersion.objects.filter(seller_id=version.seller_id, code=version.code, number__lt=version.number)
    return found.defer("text").order_by("-number").first()


def _beginning(request: HttpRequest) -> str:
    """The text that a new version begins with: an example's, another version's, or nothing."""
    wanted = request.GET.get("from", "")
    if wanted in EXAMPLES:
        return files("openterms.core.credit").joinpath(f"examples/{wanted}.yaml").read_text("utf-8")
    version_id = uuid_of(wanted)
    return _version(request, version_id).text if version_id else ""


def _answered(version: PolicyVersion) -> list[dict[str, Any]]:
    """The orders that a version answered, the latest first."""
    if version.state != State.PUBLISHED:
        return []
    return [
        {
            "at": one.authorised_at, "customer": one.customer, "order_ref": one.order_ref, "currency": one.currency,
            "requested_minor": one.requested_minor, "approved_minor": one.approved_minor,
        }
        for one in answered_under(version, MOST_ANSWERED)
    ]  # fmt: skip


def _reasons(refusal: BadInput | Refused | None) -> list[dict[str, Any]]:
    """Every reason of a refusal in words; what cannot be read has its place."""
    if refusal is None:
        return []
    if isinstance(refusal, Refused):
        return [display.reason_texts(one) for one in refusal.reasons]
    return [{"text": explain(refusal), "remedy": "", "source": refusal.where}]


def _crumbs(label: str) -> list[dict[str, Any]]:
    return [{"label": gettext("Policy"), "href": reverse("desk:policy")}, {"label": label}]
