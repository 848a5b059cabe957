"""How a seller sends each kind of message."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from openterms.apps.parties.models import Contact, Owned


class MessageChannel(Owned):
    """How a seller sends one kind of message. Dry until it is switched on: what is queued is kept and never sent.

    `credentials` says where secrets are (`file:NAME`), never what they are. `sender` is the address or number that is
    shown; `options` are the adapter's own words. `hook` names the provider that reports back, empty for none.
    """

    kind = models.CharField(max_length=10, choices=Contact.Channel.choices)
    adapter = models.CharField(max_length=16)
    address = models.CharField(max_length=300, blank=True, default="")
    """Where the provider is: `smtp://host:587`, `https://api.twilio.com`; empty for post and portal."""
    sender = models.CharField(max_length=320, blank=True, default="")
    sender_name = models.CharField(max_length=200, blank=True, default="")
    reply_to = models.CharField(max_length=320, blank=True, default="")
    credentials = models.CharField(max_length=120, blank=True, default="")
    options = models.JSONField(default=dict)
    hook = models.CharField(max_length=16, blank=True, default="")
    timeout_seconds = models.IntegerField(default=30)
    is_live = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["seller", "id"], name="channel_of_seller"),
            models.UniqueConstraint(fields=["seller", "kind"], name="channel_kind"),
            models.CheckConstraint(
                condition=Q(timeout_seconds__gte=1) & Q(timeout_seconds__lte=120), name="channel_timeout"
            ),
        ]
