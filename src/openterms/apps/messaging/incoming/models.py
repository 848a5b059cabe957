"""What comes in: mailboxes and how far each was read, mails as they were received, their files."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from openterms.apps.messaging.outgoing.models import Message
from openterms.apps.parties.models import Contact, Customer, Owned


class Mailbox(Owned):
    """A mailbox that is read by IMAP. Nothing in it is deleted; nothing is marked unless `marks_seen`.

    `credentials` says where user and password are, never what they are. `uid_validity` and `last_uid` are how far it
    was read (RFC 3501 2.3.1.1); `claimed_until` how long whoever reads it now may take; `fault` why the last try ended
    early.
    """

    code = models.CharField(max_length=40)
    address = models.CharField(max_length=300)
    folder = models.CharField(max_length=200, default="INBOX")
    credentials = models.CharField(max_length=120, blank=True, default="")
    timeout_seconds = models.IntegerField(default=30)
    marks_seen = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    uid_validity = models.BigIntegerField(null=True)
    last_uid = models.BigIntegerField(default=0)
    read_at = models.DateTimeField(null=True)
    fault = models.CharField(max_length=500, blank=True, default="")
    claimed_until = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["seller", "id"], name="mailbox_of_seller"),
            models.UniqueConstraint(fields=["seller", "code"], name="mailbox_code"),
            models.CheckConstraint(
                condition=Q(timeout_seconds__gte=1) & Q(timeout_seconds__lte=120), name="mailbox_timeout"
            ),
            models.CheckConstraint(condition=Q(last_uid__gte=0), name="mailbox_uid"),
        ]


class IncomingMail(Owned):
    """A mail as it was received, once for each `key` (its Message-ID with sender and words, else all its bytes).

    `text` is all of its text, `own` the sender's words without what is quoted; both are never shown as mark-up. Fixed
    but for whose it is: `customer` and `contact`, `matched_by` what settled that, `candidates` what spoke for whom;
    `state` whether it was read for proposals.
    """

    class State(models.TextChoices):
        NEW = "new", _("New")
        READ = "read", _("Read")

    mailbox = models.ForeignKey(Mailbox, null=True, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    key = models.CharField(max_length=64)
    message_id = models.CharField(max_length=410, blank=True)
    in_reply_to = models.JSONField(default=list)
    thread_ids = models.JSONField(default=list)
    sender_address = models.CharField(max_length=320, blank=True)
    sender_name = models.CharField(max_length=200, blank=True)
    reply_to = models.CharField(max_length=320, blank=True)
    subject = models.CharField(max_length=1000, blank=True)
    text = models.TextField(blank=True)
    own = models.TextField(blank=True)
    sent_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField()
    size = models.BigIntegerField()
    digest = models.CharField(max_length=64)
    is_automatic = models.BooleanField(default=False)
    is_bounce = models.BooleanField(default=False)
    is_list = models.BooleanField(default=False)
    faults = models.JSONField(default=list)
    state = models.CharField(max_length=4, choices=State.choices, default=State.NEW)
    customer = models.ForeignKey(Customer, null=True, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    contact = models.ForeignKey(Contact, null=True, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    answers = models.ForeignKey(Message, null=True, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    matched_by = models.CharField(max_length=10, blank=True, default="")
    candidates = models.JSONField(default=list)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["seller", "id"], name="incoming_of_seller"),
            models.UniqueConstraint(fields=["seller", "key"], name="incoming_key"),
            models.CheckConstraint(condition=Q(state__in=("new", "read")), name="incoming_state"),
        ]
        indexes = [
            models.Index(fields=["seller", "-id"], name="incoming_latest"),
            models.Index(fields=["seller", "id"], condition=Q(state="new"), name="incoming_new"),
            models.Index(fields=["seller", "customer", "-id"], name="incoming_customer"),
            models.Index(fields=["seller", "message_id"], name="incoming_message_id"),
        ]


class IncomingFile(Owned):
    """A file of a mail; its bytes lie by their digest, which is empty where it was not taken. Written once."""

    mail = models.ForeignKey(IncomingMail, on_delete=models.PROTECT, db_constraint=False)
    place = models.SmallIntegerField()
    name = models.CharField(max_length=200)
    media_type = models.CharField(max_length=100)
    size = models.BigIntegerField()
    digest = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["mail", "place"], name="incoming_file_place")]
