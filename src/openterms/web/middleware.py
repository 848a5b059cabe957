"""Give every request its transaction and its signed context."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib.auth import SESSION_KEY
from django.db import transaction
from django.http import HttpRequest, HttpResponse

from openterms.apps.tenancy.context import set_context
from openterms.apps.tenancy.models import Membership, Seller

SELLER_KEY = "seller"
PENDING_LOGIN_KEY = "account_login"


class SellerContextMiddleware:
    """Runs the view in one transaction, under the context of the signed-in person and their chosen seller.

    Before sign-in the context carries the e-mail address that was typed, so that the record shows that one user.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponse:
        """Call the view inside its transaction; an exception rolls everything back."""
        with transaction.atomic():
            self._enter(request)
            response = view(request, *args, **kwargs)
            render = getattr(response, "render", None)
            if callable(render) and not getattr(response, "is_rendered", True):
                response = render()
            return response

    def _enter(self, request: HttpRequest) -> None:
        user_id = request.session.get(SESSION_KEY) or _pending_user(request)
        request.seller = request.membership = None  # type: ignore[attr-defined]
        if user_id is None:
            login = request.POST.get("login") or request.POST.get("email") if request.method == "POST" else None
            set_context(login=login.strip().lower() if login else None)
            return
        user = UUID(str(user_id))
        set_context(user=user)
        if request.session.get(SESSION_KEY) is None:
            return
        memberships = Membership.objects.filter(user_id=user, is_active=True).select_related("seller")
        chosen = request.session.get(SELLER_KEY)
        found = sorted(memberships, key=lambda m: (str(m.seller_id) != chosen, m.seller.code))
        if found:
            request.membership = found[0]  # type: ignore[attr-defined]
            request.seller = found[0].seller  # type: ignore[attr-defined]
            request.sellers = [m.seller for m in found]  # type: ignore[attr-defined]
            set_context(seller=found[0].seller_id, user=user)


def _pending_user(request: HttpRequest) -> str | None:
    """The user who gave a right password and still owes the second factor."""
    pending = request.session.get(PENDING_LOGIN_KEY)
    if not isinstance(pending, dict):
        return None
    user_id = pending.get("user_pk") or pending.get("state", {}).get("user_pk")
    return str(user_id) if user_id else None


def require_seller(request: HttpRequest) -> Seller:
    """The seller of this request; a programming error where there is none."""
    seller: Seller | None = request.seller  # type: ignore[attr-defined]
    if seller is None:
        raise PermissionError("No seller was chosen.")
    return seller
