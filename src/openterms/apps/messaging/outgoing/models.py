"""What goes out: messages with every try and report, attachments, addresses that are bad, batches of post."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from openterms.apps.messaging.template.models import TemplateVersion
from openterms.apps.parties.models import Contact, Customer, Owned


class MessageState(models.TextChoices):
    """Where a message is. `dry`: rendered and kept, because its channel was not switched on; it never went out."""

    QUEUED = "queued", _("Waiting")
    HELD = "held", _("Held")
    SENDING = "sending", _("Being sent")
    SENT = "sent", _("Sent")
    DELIVERED = "delivered", _("Delivered")
    BOUNCED = "bounced", _("Bounced")
    COMPLAINED = "complained", _("Complaint")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")
    DRY = "dry", _("Kept, not sent")


WENT_OUT = ("sent", "delivered", "bounced", "complained")
"""States of a message that left us."""


class Message(Owned):
    """One message to one address. `key` names the cause (a step and its items): a rerun finds the same message.

    `subject`, `text` and `html` are what the reader gets, fixed once it is being sent. `variables` are the facts that
    filled the template. `template_version` is empty for words that the product brings or that a person wrote;
    `template_hash` tells which they were. `repairs` is the message that bounced, where this one went to somebody else.
    `reason` says why it is held, failed or cancelled: a code, a text and its values. `next_try_at` is when it is tried
    (again); `claimed_until` how long whoever is sending it may take.
    """

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    contact = models.ForeignKey(Contact, null=True, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    channel = models.CharField(max_length=10, choices=Contact.Channel.choices)
    address = models.CharField(max_length=600)
    purpose = models.CharField(max_length=32, blank=True, default="")
    template_version = models.ForeignKey(
        TemplateVersion, null=True, on_delete=models.PROTECT, db_constraint=False, db_index=False
    )
    template_hash = models.CharField(max_length=64, blank=True, default="")
    language = models.CharField(max_length=2)
    tone = models.CharField(max_length=8, blank=True, default="")
    segment = models.CharField(max_length=20, blank=True, default="")
    variables = models.JSONField(default=dict)
    subject = models.CharField(max_length=300, blank=True, default="")
    text = models.TextField(blank=True, default="")
    html = models.TextField(blank=True, default="")
    key = models.CharField(max_length=200)
    batch_id = models.UUIDField()
    state = models.CharField(max_length=10, choices=MessageState.choices, default=MessageState.QUEUED)
    is_dry = models.BooleanField(default=False)
    reason = models.JSONField(default=dict)
    provider = models.CharField(max_length=16, blank=True, default="")
    provider_key = models.CharField(max_length=200, blank=True, default="")
    thread_key = models.CharField(max_length=200, blank=True, default="")
    repairs = models.ForeignKey("self", null=True, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    send_not_before = models.DateTimeField(null=True)
    next_try_at = models.DateTimeField()
    claimed_until = models.DateTimeField(null=True)
    attempts = models.IntegerField(default=0)
    queued_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    post_batch = models.ForeignKey(
        "PostBatch", null=True, on_delete=models.PROTECT, db_constraint=False, db_index=False
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["seller", "id"], name="message_of_seller"),
            models.UniqueConstraint(fields=["seller", "key"], name="message_key"),
            models.CheckConstraint(condition=Q(state__in=MessageState.values), name="message_state"),
            models.CheckConstraint(condition=Q(is_dry=True) | ~Q(state="dry"), name="message_dry"),
        ]
        indexes = [
            models.Index(
                fields=["seller", "next_try_at", "id"], condition=Q(state__in=("queued", "sending")), name="message_due"
            ),
            models.Index(fields=["seller", "customer", "-id"], name="message_customer"),
            models.Index(fields=["seller", "state", "-id"], name="message_by_state"),
            models.Index(fields=["seller", "channel", "address", "-id"], name="message_address"),
            models.Index(fields=["seller", "provider_key"], condition=~Q(provider_key=""), name="message_provider"),
            models.Index(fields=["seller", "thread_key", "-id"], condition=~Q(thread_key=""), name="message_thread"),
        ]


class MessageAttempt(Owned):
    """One try to hand a message over, and how it ended: `accepted`, `later`, `refused`, `down` or `broken_off`."""

    message = models.ForeignKey(Message, on_delete=models.PROTECT, db_constraint=False)
    number = models.IntegerField()
    at = models.DateTimeField()
    outcome = models.CharField(max_length=12)
    what = models.CharField(max_length=500, blank=True)
    milliseconds = models.IntegerField(default=0)


class MessageReport(Owned):
    """What a provider reported of a message: once by its own event key. Written once."""

    message = models.ForeignKey(Message, on_delete=models.PROTECT, db_constraint=False)
    kind = models.CharField(max_length=12)
    event_key = models.CharField(max_length=200)
    at = models.DateTimeField()
    what = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["seller", "message", "event_key"], name="report_once")]


class MessageAttachment(Owned):
    """A file that goes with a message; its bytes lie by their digest (SHA-256). Written once."""

    message = models.ForeignKey(Message, on_delete=models.PROTECT, db_constraint=False)
    place = models.SmallIntegerField()
    name = models.CharField(max_length=200)
    media_type = models.CharField(max_length=100)
    size = models.BigIntegerField()
    digest = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["message", "place"], name="message_attachment_place")]


class BadAddress(Owned):
    """An address that does not take messages of a channel, or whose owner complained; until it is cleared."""

    channel = models.CharField(max_length=10, choices=Contact.Channel.choices)
    address = models.CharField(max_length=600)
    cause = models.CharField(max_length=12)
    message = models.ForeignKey(Message, null=True, on_delete=models.PROTECT, db_constraint=False)
    what = models.CharField(max_length=500, blank=True)
    marked_at = models.DateTimeField()
    cleared_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["seller", "channel", "address"], condition=Q(cleared_at__isnull=True), name="bad_address_once"
            )
        ]


class PostBatch(Owned):
    """Letters made ready to be printed and posted: one PDF/A and its manifest, each by digest. Written once."""

    number = models.IntegerField()
    made_at = models.DateTimeField()
    letters = models.IntegerField()
    pages = models.IntegerField()
    digest = models.CharField(max_length=64)
    size = models.BigIntegerField()
    manifest_digest = models.CharField(max_length=64)
    manifest_size = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["seller", "id"], name="post_batch_of_seller"),
            models.UniqueConstraint(fields=["seller", "number"], name="post_batch_number"),
        ]
