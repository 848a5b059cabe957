"""Addresses of the API, version 1."""

from django.urls import path

from . import applications, authorisations, claims, decisions, invoices
from .description import openapi
from .door import nothing_here

urlpatterns = [
    path("authorisations", authorisations.authorise),
    path("authorisations/batch", authorisations.batch),
    path("authorisations/<uuid:authorisation_id>", authorisations.authorisation),
    path("authorisations/<uuid:authorisation_id>/captures", authorisations.captures),
    path("authorisations/<uuid:authorisation_id>/invoice", authorisations.invoices),
    path("authorisations/<uuid:authorisation_id>/release", authorisations.releases),
    path("authorisations/<uuid:authorisation_id>/extend", authorisations.extensions),
    path("decisions/<uuid:decision_id>", decisions.decision),
    path("applications", applications.applications),
    path("applications/<uuid:application_id>", applications.application),
    path("applications/<uuid:application_id>/files", applications.files),
    path("customers/<str:customer>/credit", authorisations.credit),
    path("invoices", invoices.invoices),
    path("invoices/<str:number>", invoices.invoice),
    path("invoices/<str:number>/credit-notes", invoices.credit_notes),
    path("promises", claims.promises),
    path("disputes", claims.disputes),
    path("disputes/<uuid:case_id>", claims.dispute),
    path("plans", claims.plan_offers),
    path("plans/<uuid:plan_id>", claims.plan),
    path("plans/<uuid:plan_id>/accept", claims.plan_accepts),
    path("reported-payments", claims.payments),
    path("openapi.json", openapi),
    path("<path:rest>", nothing_here),
]
