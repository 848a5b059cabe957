"""Addresses of escalations: matters, agencies, placement files."""

from django.urls import URLPattern, path

from . import agencies, matter_forms, matters

urlpatterns: list[URLPattern] = [
    path("matters/", matters.matters_page, name="matters"),
    path("matters/<uuid:matter_id>/", matters.matter_page, name="matter"),
    path("matters/<uuid:matter_id>/paper/", matters.paper_page, name="matter_paper"),
    path("matters/<uuid:matter_id>/<slug:verb>/", matter_forms.do_page, name="matter_do"),
    path("customers/<uuid:customer_id>/escalate/<slug:kind>/", matter_forms.open_page, name="matter_open"),
    path("agencies/", agencies.agencies_page, name="agencies"),
    path("agencies/new/", agencies.agency_page, name="agency_new"),
    path("agencies/<uuid:agency_id>/", agencies.agency_page, name="agency"),
    path("agencies/placements.<slug:ending>", agencies.file_out, name="placement_file"),
    path("agencies/answers/", agencies.file_in, name="agency_answers"),
]
