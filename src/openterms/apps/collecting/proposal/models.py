"""What replies propose, which items they speak of, and what people decided about it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from openterms.apps.messaging.incoming.models import IncomingMail
from openterms.apps.parties.models import Owned
from openterms.apps.receivables.open_item.models import Item
from openterms.apps.tenancy.models import User


class ProposalKind(models.TextChoices):
    """What a reply proposes."""

    PROMISE = "promise", _("Promises to pay")
    DISPUTE = "dispute", _("Contests an amount")
    PAID = "paid", _("Says it is paid")
    REMITTANCE = "remittance", _("Remittance")
    OUT_OF_OFFICE = "out_of_office", _("Out of office")
    WRONG_PERSON = "wrong_person", _("Wrong person")
    COPY = "copy", _("Asks for a copy or an order number")
    CANNOT_PAY = "cannot_pay", _("Cannot pay")
    COMPLAINT = "complaint", _("Complains")
    STOP = "stop", _("Wants no more messages")


class ReplyProposal(Owned):
    """What one mail proposes, one of a kind. Nothing comes of it until a person confirms it, as it stands or edited.

    `start` and `end` are the places of `quote` in the mail's own words (in its subject, where `in_subject`; both zero
    where a file says it). `confidence_bp` is of 10,000. `proposed` and `decided` hold values: `numbers`, `day`,
    `amount_minor`, `currency`, `reason`, `reference`, `name`, `address`, `lines`. What came of it is
    `result_type` and `result_id`.
    """

    class State(models.TextChoices):
        OPEN = "open", _("To decide")
        CONFIRMED = "confirmed", _("Confirmed")
        EDITED = "edited", _("Confirmed with changes")
        REJECTED = "rejected", _("Rejected")

    mail = models.ForeignKey(IncomingMail, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    kind = models.CharField(max_length=14, choices=ProposalKind.choices)
    confidence_bp = models.IntegerField()
    start = models.IntegerField()
    end = models.IntegerField()
    in_subject = models.BooleanField(default=False)
    quote = models.TextField(blank=True)
    proposed = models.JSONField(default=dict)
    state = models.CharField(max_length=9, choices=State.choices, default=State.OPEN)
    decided = models.JSONField(default=dict)
    decided_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    decided_at = models.DateTimeField(null=True)
    result_type = models.CharField(max_length=20, blank=True, default="")
    result_id = models.UUIDField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["seller", "mail", "kind"], name="reply_proposal_kind"),
            models.CheckConstraint(
                condition=Q(confidence_bp__gte=0) & Q(confidence_bp__lte=10_000), name="reply_proposal_confidence"
            ),
            models.CheckConstraint(
                condition=Q(state="open", decided_at__isnull=True) | (~Q(state="open") & Q(decided_at__isnull=False)),
                name="reply_proposal_decided",
            ),
        ]
        indexes = [models.Index(fields=["seller", "state", "kind"], name="reply_proposal_state")]


class ReplyItem(Owned):
    """An item that a mail names, and the words that name it: places in its own words or its subject. Written once."""

    mail = models.ForeignKey(IncomingMail, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    item = models.ForeignKey(Item, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    start = models.IntegerField(default=0)
    end = models.IntegerField(default=0)
    in_subject = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["seller", "mail", "item"], name="reply_item_once")]
