"""Addresses of the outbox, templates and channels."""

from django.urls import path

from . import mailboxes, message_channels, message_templates, outbox, outbox_lists

urlpatterns = [
    path("outbox/", outbox.index, name="outbox"),
    path("outbox/addresses/", outbox_lists.addresses, name="bad_addresses"),
    path("outbox/addresses/<uuid:address_id>/clear/", outbox_lists.clear, name="bad_address_clear"),
    path("outbox/post/", outbox_lists.batches, name="post_batches"),
    path("outbox/post/<int:number>/<slug:part>/", outbox_lists.batch_file, name="post_batch_file"),
    path("outbox/<uuid:message_id>/", outbox.show, name="message"),
    path("outbox/<uuid:message_id>/page/", outbox.page, name="message_page"),
    path("outbox/<uuid:message_id>/do/<slug:name>/", outbox.act, name="message_act"),
    path("settings/templates/", message_templates.index, name="templates"),
    path("settings/templates/<slug:purpose>/<slug:language>/<slug:tone>/", message_templates.show, name="template"),
    path(
        "settings/templates/<slug:purpose>/<slug:language>/<slug:tone>/<slug:segment>/", message_templates.show,
        name="template",
    ),
    path("settings/mailboxes/", mailboxes.index, name="mailboxes"),
    path("settings/mailboxes/add/", mailboxes.add, name="mailbox_add"),
    path("settings/mailboxes/<str:code>/", mailboxes.show, name="mailbox"),
    path("settings/mailboxes/<str:code>/do/<slug:name>/", mailboxes.act, name="mailbox_act"),
    path("settings/channels/", message_channels.index, name="channels"),
    path("settings/channels/<slug:kind>/", message_channels.show, name="channel"),
    path("settings/channels/<slug:kind>/do/<slug:name>/", message_channels.act, name="channel_act"),
]
