"""Today: what is owed, what changed, and what to do first."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from .access import staff


@staff
def today_page(request: HttpRequest) -> HttpResponse:
    """The first page of the day."""
    return render(request, "desk/today.html", {"place": "today"})
