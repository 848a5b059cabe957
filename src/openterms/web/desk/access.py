"""Who may see and do what in the desk: one table of rights, held by the views and read by the templates."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from openterms.apps.collecting.team.actions import LEADERS
from openterms.apps.credit.decision.rights import OPENERS
from openterms.apps.credit.policy.checks import AUTHORS, PUBLISHERS
from openterms.apps.messaging.page.actions import LINKERS
from openterms.apps.messaging.template.actions import AUTHORS as TEMPLATE_AUTHORS
from openterms.apps.messaging.template.actions import PUBLISHERS as TEMPLATE_PUBLISHERS
from openterms.apps.tenancy import clock
from openterms.apps.tenancy.actor import Actor
from openterms.apps.tenancy.models import Membership, Role

RIGHTS: dict[str, frozenset[str]] = {
    "work": frozenset({"credit_manager", "analyst", "collector"}),
    "note": frozenset({"credit_manager", "analyst", "collector", "cash_clerk"}),
    "parties": frozenset({"credit_manager", "analyst", "collector", "admin"}),
    "decide_dispute": frozenset({"credit_manager", "analyst"}),
    "dispute_routes": frozenset({"credit_manager", "cfo", "admin"}),
    "hold": frozenset({"credit_manager", "analyst"}),
    "application": frozenset({"credit_manager", "analyst"}),
    "application_form": frozenset({"credit_manager", "admin"}),
    "line": frozenset({"credit_manager", "analyst"}),
    "bureau": frozenset({"credit_manager", "analyst"}),
    "bureau_raw": frozenset({"credit_manager", "analyst", "auditor"}),
    "release_order": frozenset({"credit_manager", "analyst"}),
    "post": frozenset({"credit_manager", "cash_clerk"}),
    "import": frozenset({"credit_manager", "cash_clerk", "admin"}),
    "policy": frozenset(AUTHORS),
    "approve_policy": frozenset(PUBLISHERS),
    "credit": frozenset({"credit_manager", "analyst", "sales_director", "cfo", "board"}),
    "open_case": frozenset(OPENERS),
    "messages": frozenset({"credit_manager", "collector"}),
    "write_templates": frozenset(TEMPLATE_AUTHORS),
    "publish": frozenset(TEMPLATE_PUBLISHERS),
    "page": frozenset(LINKERS),
    "settings": frozenset({"admin"}),
    "team": frozenset(LEADERS),
}
"""Right -> roles that have it. Every role may read; `auditor` may do nothing else."""

View = Callable[..., HttpResponse]


class Rights:
    """What a person may do, for templates: `{% if can.post %}`."""

    def __init__(self, membership: Membership | None) -> None:
        self.role = membership.role if membership and membership.is_active else ""

    def __getitem__(self, right: str) -> bool:
        """Whether the role has the right; an unknown right is a programming error."""
        return self.role in RIGHTS[right]


def staff(view: View | None = None, *, roles: Iterable[str] | None = None, right: str | None = None) -> Any:
    """For people of a seller: signed in, a member, and in one of `roles` or having the `right` where one is named.

    Use as `@staff`, `@staff(roles=("admin",))` or `@staff(right="post")`. Others are sent to sign in, or told what
    is missing with status 403.
    """
    allowed = frozenset(roles) if roles is not None else RIGHTS[right] if right else frozenset(Role.values)

    def guard(inner: View) -> View:
        @wraps(inner)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.is_authenticated:
                return _to_login(request)
            membership: Membership | None = request.membership  # type: ignore[attr-defined]
            if membership is None:
                return render(request, "desk/no_seller.html", status=403)
            if membership.role not in allowed:
                raise PermissionDenied(missing_right(allowed))
            return inner(request, *args, **kwargs)

        guarded.allowed_roles = allowed  # type: ignore[attr-defined]
        return guarded

    return guard if view is None else guard(view)


def may(request: HttpRequest, right: str) -> bool:
    """Whether the person of this request has a right."""
    return Rights(getattr(request, "membership", None))[right]


def require(request: HttpRequest, right: str) -> None:
    """Refuse with status 403 unless the person has the right."""
    if not may(request, right):
        raise PermissionDenied(missing_right(RIGHTS[right]))


def missing_right(roles: Iterable[str]) -> str:
    """Who can do it, in words."""
    names = [str(label) for code, label in Role.choices if code in set(roles)]
    return _("Your role does not allow this. It is for: %(roles)s.") % {"roles": ", ".join(names)}


def actor(request: HttpRequest) -> Actor:
    """The person of this request, as actions and the journal know them."""
    membership: Membership = request.membership  # type: ignore[attr-defined]
    user = request.user
    return Actor(user.name or user.email, user.id, membership.role, membership.authority_minor)  # type: ignore[union-attr]


def today(request: HttpRequest) -> Any:
    """The business date at the request's seller."""
    return clock.today(request.seller.timezone)  # type: ignore[attr-defined]


def _to_login(request: HttpRequest) -> HttpResponse:
    if request.headers.get("HX-Request") == "true":
        response = HttpResponse(status=200)
        response["HX-Redirect"] = reverse("account_login")
        return response
    return redirect_to_login(request.get_full_path())
