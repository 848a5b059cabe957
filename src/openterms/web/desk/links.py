"""Ways to the pages of single things."""

from __future__ import annotations

from typing import Any

from django.urls import NoReverseMatch, reverse


def customer_address(customer_id: Any) -> str:
    """A customer's page."""
    return _address("desk:customer", "customers", customer_id)


def item_address(item_id: Any) -> str:
    """An invoice's page, or that of another item."""
    return _address("desk:invoice", "invoices", item_id)


def _address(name: str, folder: str, key: Any) -> str:
    try:
        return reverse(name, args=[key])
    except NoReverseMatch:
        return f"/{folder}/{key}/"
