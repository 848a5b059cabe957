"""Addresses of the whole product."""

from django.urls import include, path

from openterms.web.health import healthz, readyz
from openterms.web.hooks import messages_hook

urlpatterns = [
    path("healthz", healthz),
    path("readyz", readyz),
    path("hooks/messages/<uuid:seller_id>/<uuid:channel_id>/", messages_hook, name="messages_hook"),
    path("accounts/", include("allauth.urls")),
    path("api/v1/", include("openterms.web.api.urls")),
    path("", include("openterms.web.pages.urls")),
    path("", include("openterms.web.desk.urls")),
]
