"""Addresses of personal pages' links and requests."""

from django.urls import URLPattern, path

from . import personal_pages

urlpatterns: list[URLPattern] = [
    path("customers/<uuid:customer_id>/page-links/new/", personal_pages.link_new, name="page_link_new"),
    path("customers/<uuid:customer_id>/page-links/end/", personal_pages.revoke, name="page_links_end"),
    path("customers/<uuid:customer_id>/page-links/<uuid:link_id>/end/", personal_pages.revoke, name="page_link_end"),
    path("requests/", personal_pages.requests_page, name="requests"),
    path("requests/<uuid:request_id>/answer/", personal_pages.request_answer, name="request_answer"),
]
