"""Addresses of the papers of what was issued here."""

from django.urls import URLPattern, path

from . import invoice_papers

urlpatterns: list[URLPattern] = [
    path("invoices/<uuid:item_id>/paper/<slug:kind>/", invoice_papers.invoice_paper, name="invoice_paper"),
    path("customers/<uuid:customer_id>/statement.pdf", invoice_papers.statement_paper, name="statement_paper"),
]
