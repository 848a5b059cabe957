"""Give every request the person who asks, their seller, its transaction and its signed context."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib.auth import SESSION_KEY
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from openterms.apps.tenancy.context import set_context
from openterms.apps.tenancy.models import Membership, Seller

SELLER_KEY = "seller"
PENDING_LOGIN_KEY = "account_login"


class SellerContextMiddleware:
    """Finds out who asks, and answers in one transaction under the context of that person and their seller.

    Stands directly after authentication, because the database shows a person's row only under that person's context.
    Before sign-in the context carries the e-mail address that was typed, so that the record shows that one user.
    An answer is complete when it leaves here: nothing may read the record while it is being sent.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Load the person and their sellers, then answer in the seller's time zone."""
        with transaction.atomic():
            _identify(request)
            seller: Seller | None = request.seller  # type: ignore[attr-defined]
            with timezone.override(ZoneInfo(seller.timezone) if seller else None):
                return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> None:
        """Sign the context that the view works under; a view of the API does so itself, by its key."""
        if not getattr(view, "enters_by_key", False):
            _enter(request, kwargs)

    def process_exception(self, request: HttpRequest, exception: Exception) -> None:
        """Nothing of a view that failed or refused remains."""
        transaction.set_rollback(True)


def _identify(request: HttpRequest) -> None:
    """Set `user`, `membership`, `seller` and `sellers`, each read under the person's own context."""
    request.seller = request.membership = None  # type: ignore[attr-defined]
    request.sellers = []  # type: ignore[attr-defined]
    user_id = request.session.get(SESSION_KEY)
    if user_id is None:
        return
    set_context(user=UUID(str(user_id)))
    if not request.user.is_authenticated:
        return
    memberships = Membership.objects.filter(user_id=request.user.id, is_active=True).select_related("seller")
    chosen = request.session.get(SELLER_KEY)
    found = sorted(memberships, key=lambda m: (str(m.seller_id) != chosen, m.seller.code))
    if found:
        request.membership = found[0]  # type: ignore[attr-defined]
        request.seller = found[0].seller  # type: ignore[attr-defined]
        request.sellers = sorted((m.seller for m in found), key=lambda seller: seller.name)  # type: ignore[attr-defined]


def _enter(request: HttpRequest, kwargs: dict[str, Any]) -> None:
    """Sign the context of the view's transaction."""
    seller: Seller | None = request.seller  # type: ignore[attr-defined]
    if request.user.is_authenticated:
        set_context(seller=seller.id if seller else None, user=request.user.id)
        return
    user = _pending_user(request) or _user_of_reset_link(request, kwargs)
    if user is not None:
        set_context(user=user)
        return
    login = request.POST.get("login") or request.POST.get("email") if request.method == "POST" else None
    set_context(login=login.strip().lower() if login else None)


def _pending_user(request: HttpRequest) -> UUID | None:
    """The user who gave a right password and still owes the second factor."""
    pending = request.session.get(PENDING_LOGIN_KEY)
    return _uuid(pending.get("user_pk")) if isinstance(pending, dict) else None


def _user_of_reset_link(request: HttpRequest, kwargs: dict[str, Any]) -> UUID | None:
    """The user whom a link for a new password names; the link's own key proves the right to use it."""
    return _uuid(kwargs.get("uidb36")) if "key" in kwargs else None


def _uuid(text: object) -> UUID | None:
    try:
        return UUID(str(text)) if text else None
    except ValueError:
        return None


def require_seller(request: HttpRequest) -> Seller:
    """The seller of this request; a programming error where there is none."""
    seller: Seller | None = request.seller  # type: ignore[attr-defined]
    if seller is None:
        raise PermissionError("No seller was chosen.")
    return seller
