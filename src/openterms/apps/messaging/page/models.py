"""Personal pages: the link that a message carries, and what its reader did there."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from openterms.apps.parties.models import Contact, Customer, Owned


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

    class Meta:
        indexes = [models.Index(fields=["seller", "customer", "-at"], name="page_touch_customer")]
