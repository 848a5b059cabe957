"""A page that is one form with one button."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from .doing import attempt, done


def form_page(
    request: HttpRequest, form: forms.Form, title: str, customer: Any, back: str, act: Callable[[Any], Any], said: str,
    place: str = "customers",
) -> HttpResponse:  # fmt: skip
    """Do what the form says and go back, or show what is wrong; `customer` is whatever has the name shown."""
    if request.method == "POST" and form.is_valid() and attempt(form, lambda: act(form.cleaned_data)) is not None:
        return done(request, said, back)
    context = {
        "form": form, "title": title, "customer": customer, "back": back, "place": place, "address": request.path,
    }  # fmt: skip
    return render(request, "desk/form_page.html", context, status=422 if form.errors else 200)
