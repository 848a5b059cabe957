"""Addresses of the desk."""

from django.conf import settings
from django.urls import include, path

from . import preferences, seller, today

app_name = "desk"

urlpatterns = [
    path("", today.today_page, name="today"),
    path("display/", preferences.set_display, name="display"),
    path("seller/", seller.switch, name="switch_seller"),
]

if settings.DEBUG:
    from . import gallery

    urlpatterns.append(path("gallery/", gallery.gallery, name="gallery"))

urlpatterns.append(path("", include("openterms.web.desk.urls_b")))
