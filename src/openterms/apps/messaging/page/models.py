"""Personal pages: the link that a message carries, and what its reader did there."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.utils.translation import gettext_lazy as _

from openterms.apps.parties.models import Contact, Customer, Owned
from openterms.apps.tenancy.models import User


class PageLink(Owned):
    """A link to the page of one recipient. The record keeps the digest of its secret alone.

    It opens the page until `expires_at`, unless it was revoked; a recipient may have several, one of each message.
    """

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, db_constraint=False)
    contact = models.ForeignKey(Contact, null=True, on_delete=models.SET_NULL, db_constraint=False, db_index=False)
    digest = models.CharField(max_length=64, unique=True)
    language = models.CharField(max_length=2, default="en")
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["seller", "id"], name="page_link_of_seller"),
        ]


class PageTouch(Owned):
    """Something that the reader of a personal page did there. Written once."""

    class Kind(models.TextChoices):
        SEEN = "seen", _("Read the page")
        DOWNLOADED = "downloaded", _("Opened a document")
        PAID = "reported_payment", _("Says it is paid")
        PROMISED = "promised", _("Promised a date")
        PLAN = "asked_plan", _("Asked for instalments")
        DISPUTED = "disputed", _("Disputed an amount")
        WRONG_PERSON = "wrong_person", _("Is not the right person")
        ASKED = "asked", _("Asked a question")

    link = models.ForeignKey(PageLink, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    contact = models.ForeignKey(Contact, null=True, on_delete=models.SET_NULL, db_constraint=False, db_index=False)
    kind = models.CharField(max_length=16, choices=Kind.choices)
    at = models.DateTimeField()
    address = models.CharField(max_length=64, blank=True)
    """The network address it came from."""
    subject_id = models.UUIDField(null=True)
    """What it made: the promise, the dispute, the reported payment."""

    key = models.UUIDField(null=True)
    """Of the form that was sent: sent twice it does nothing twice."""

    class Meta:
        constraints = [models.UniqueConstraint(fields=["link", "key"], name="page_touch_once")]
        indexes = [models.Index(fields=["seller", "customer", "-at"], name="page_touch_customer")]


class PageRequest(Owned):
    """Something that the reader of a personal page asks for and a person answers: instalments, another contact, a
    question. Only what became of it changes."""

    class Kind(models.TextChoices):
        PLAN = "plan", _("Asks for instalments")
        PERSON = "person", _("Names another contact")
        QUESTION = "question", _("Asks a question")

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    contact = models.ForeignKey(Contact, null=True, on_delete=models.SET_NULL, db_constraint=False, db_index=False)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    said = models.JSONField(default=dict)
    """What was filled in: for `plan` count and first day and item ids, for `person` name, e-mail and telephone."""
    text = models.CharField(max_length=2000, blank=True)
    language = models.CharField(max_length=2)
    asked_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    done_note = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["seller", "id"], name="page_request_of_seller")]
        indexes = [
            models.Index(fields=["seller", "id"], condition=models.Q(done_at__isnull=True), name="page_request_open"),
            models.Index(fields=["seller", "customer", "-id"], name="page_request_customer"),
        ]

    @property
    def first_on(self) -> date | None:
        """The day of the first payment that was asked for, if one was."""
        given = self.said.get("first_on")
        return date.fromisoformat(given) if given else None
