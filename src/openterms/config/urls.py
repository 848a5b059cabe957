"""Addresses of the whole product."""

from django.urls import include, path

from openterms.web.health import healthz, readyz

urlpatterns = [
    path("healthz", healthz),
    path("readyz", readyz),
    path("accounts/", include("allauth.urls")),
    path("api/v1/", include("openterms.web.api.urls")),
    path("", include("openterms.web.pages.urls")),
    path("", include("openterms.web.desk.urls")),
]
