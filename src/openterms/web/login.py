"""Signing in: by password and, where a person turned it on, a one-time code."""

from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class ClosedSignupAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Nobody signs up; an administrator adds people."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Closed."""
        return False
