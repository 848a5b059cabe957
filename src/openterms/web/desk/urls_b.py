"""Addresses of reports, posting, imports, journal and settings."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
