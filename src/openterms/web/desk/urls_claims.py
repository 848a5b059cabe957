"""Addresses of plans, dispute cases and reported payments."""

from django.urls import URLPattern, path, re_path

from . import (
    acts_claims,  # noqa: F401 registers its acts
    dispute_routing,
    disputes,
    plans,
)

urlpatterns: list[URLPattern] = [
    path("customers/<uuid:customer_id>/plans/new/", plans.plan_new_page, name="plan_new"),
    path("plans/<uuid:plan_id>/", plans.plan_page, name="plan"),
    path("plans/<uuid:plan_id>/accept/", plans.plan_accept_page, name="plan_accept"),
    path("plans/<uuid:plan_id>/end/", plans.plan_end_page, name="plan_end"),
    path("disputes/", disputes.disputes_page, name="disputes"),
    path("disputes/routes/", dispute_routing.routes_page, name="dispute_routes"),
    path("disputes/routes/<slug:reason>/", dispute_routing.route_page, name="dispute_route"),
    path("disputes/cases/<uuid:case_id>/assign/", dispute_routing.assign_page, name="dispute_assign"),
    path("disputes/cases/<uuid:case_id>/evidence/", dispute_routing.evidence_page, name="dispute_evidence"),
    path("disputes/cases/<uuid:case_id>/", disputes.dispute_page, name="dispute"),
    re_path(
        r"^disputes/cases/(?P<case_id>[0-9a-f-]{36})/(?P<step>investigating|waiting|resolve|reopen|close)/$",
        disputes.dispute_step_page, name="dispute_step",
    ),
    path("reported-payments/<uuid:payment_id>/", disputes.reported_page, name="reported"),
]  # fmt: skip
