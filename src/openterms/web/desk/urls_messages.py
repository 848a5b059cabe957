"""Addresses of the outbox, templates and channels."""

from django.urls import path

from . import message_channels, message_templates, outbox

urlpatterns = [
    path("outbox/", outbox.index, name="outbox"),
    path("outbox/<uuid:message_id>/", outbox.show, name="message"),
    path("outbox/<uuid:message_id>/page/", outbox.page, name="message_page"),
    path("outbox/<uuid:message_id>/do/<slug:name>/", outbox.act, name="message_act"),
    path("settings/templates/", message_templates.index, name="templates"),
    path("settings/templates/<slug:purpose>/<slug:language>/<slug:tone>/", message_templates.show, name="template"),
    path(
        "settings/templates/<slug:purpose>/<slug:language>/<slug:tone>/<slug:segment>/", message_templates.show,
        name="template",
    ),
    path("settings/channels/", message_channels.index, name="channels"),
    path("settings/channels/<slug:kind>/", message_channels.show, name="channel"),
    path("settings/channels/<slug:kind>/do/<slug:name>/", message_channels.act, name="channel_act"),
]
