"""The seller's own templates, by version."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from openterms.apps.parties.models import Owned
from openterms.apps.tenancy.models import User


class TemplateVersion(Owned):
    """A numbered state of the words for a purpose, in a language, tone and (or for every) segment.

    A draft is written in place; published, it is not changed any more. The newest published one counts; where none is,
    the words that the product brings. `hash` is the SHA-256 of its three parts.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        PUBLISHED = "published", _("Published")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    purpose = models.CharField(max_length=32)
    language = models.CharField(max_length=2)
    tone = models.CharField(max_length=8)
    segment = models.CharField(max_length=20, blank=True, default="")
    number = models.IntegerField()
    subject = models.CharField(max_length=500)
    text = models.TextField()
    short = models.TextField(blank=True, default="")
    hash = models.CharField(max_length=64)
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    drafted_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, db_index=False, related_name="+")
    drafted_at = models.DateTimeField()
    published_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, db_index=False, related_name="+")
    published_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["seller", "id"], name="template_of_seller"),
            models.UniqueConstraint(
                fields=["seller", "purpose", "language", "tone", "segment", "number"], name="template_number"
            ),
            models.UniqueConstraint(
                fields=["seller", "purpose", "language", "tone", "segment"],
                condition=Q(state="draft"),
                name="template_one_draft",
            ),
            models.CheckConstraint(condition=Q(state__in=("draft", "published", "withdrawn")), name="template_state"),
        ]
