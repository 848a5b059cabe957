"""Addresses of the whole product."""

from django.urls import include, path

urlpatterns = [
    path("accounts/", include("allauth.urls")),
    path("", include("openterms.web.desk.urls")),
]
