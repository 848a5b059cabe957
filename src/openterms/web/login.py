"""Signing in: by password and, where a person turned it on, a one-time code."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


class ClosedSignupAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Nobody signs up; an administrator adds people. Says nothing after signing in: the desk itself is the answer."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Closed."""
        return False

    def add_message(self, request: HttpRequest, level: int, *args: Any, **kwargs: Any) -> None:
        """Keep back "signed in as" and "signed out"; pass on what a person needs to know."""
        template = kwargs.get("message_template") or (args[0] if args else "")
        if template in ("account/messages/logged_in.txt", "account/messages/logged_out.txt"):
            return
        super().add_message(request, level, *args, **kwargs)

    def get_client_ip(self, request: HttpRequest) -> str:
        """The peer's address; a header is believed only where a proxy is configured in front."""
        return str(request.META.get("REMOTE_ADDR") or "127.0.0.1")


def username(request: HttpRequest | None, credentials: dict[str, Any] | None) -> str:
    """The e-mail address of an attempt to sign in, by which failed attempts are counted."""
    given = (credentials or {}).get("email") or (credentials or {}).get("username")
    if not given and request is not None:
        given = request.POST.get("login") or getattr(request.user, "email", "")
    return str(given or "").strip().lower()


def locked_out(request: HttpRequest, response: HttpResponse | None = None, credentials: Any = None) -> HttpResponse:
    """Too many failed attempts: say for how long."""
    return render(request, "account/locked_out.html", {"minutes": 15}, status=429)
