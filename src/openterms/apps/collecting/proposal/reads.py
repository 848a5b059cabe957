# ruff: noqa: E501
"""Replies as people work through them, and how often proposals were right."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import Any
from uuid import UUID

from django.db.models import Count, Prefetch, Q, QuerySet

from openterms.apps.messaging.incoming.models import IncomingFile, IncomingMail
from openterms.apps.tenancy.models import Seller

from .models import ProposalKind, ReplyItem, ReplyProposal


@dataclass(frozen=True, slots=True)
class ReplyFilter:
    """Which replies: `state` is `open` (something to decide), `who` (whose is it), `done`, or empty for all."""

    state: str = ""
    kind: str = ""
    customer_id: UUID | None = None


def replies(seller: Seller, wanted: ReplyFilter, before: UUID | None, limit: int) -> list[IncomingMail]:
    """The replies, latest first, each with its customer and proposals."""
    found = _where(seller, wanted)
    if before is not None:
        found = found.filter(id__lt=before)
    proposals = Prefetch("replyproposal_set", ReplyProposal.objects.filter(seller=seller).order_by("-confidence_bp", "kind"))
    return list(found.select_related("customer").prefetch_related(proposals).order_by("-id")[:limit])


def _where(seller: Seller, wanted: ReplyFilter) -> QuerySet[IncomingMail]:
    found = IncomingMail.objects.filter(seller=seller)
    of = ReplyProposal.objects.filter(seller=seller)
    if wanted.kind:
        of = of.filter(kind=wanted.kind)
        found = found.filter(id__in=of.values("mail_id"))
    if wanted.state == "open":
        found = found.filter(id__in=of.filter(state="open").values("mail_id"))
    elif wanted.state == "who":
        found = found.filter(customer=None, state="read")
    elif wanted.state == "done":
        found = found.filter(customer__isnull=False).exclude(id__in=of.filter(state="open").values("mail_id"))
    if wanted.customer_id is not None:
        found = found.filter(customer_id=wanted.customer_id)
    return found


def counts(seller: Seller) -> dict[str, int]:
    """How many replies wait for a decision, and how many for a name."""
    to_decide = ReplyProposal.objects.filter(seller=seller, state="open").values("mail_id").distinct().count()
    return {"open": to_decide, "who": IncomingMail.objects.filter(seller=seller, customer=None, state="read").count()}


def reply(seller: Seller, mail_id: UUID) -> IncomingMail | None:
    """One mail with its customer, contact and box."""
    found = IncomingMail.objects.filter(seller=seller, id=mail_id)
    return found.select_related("customer", "contact", "answers", "mailbox").first()


def proposals_of(seller: Seller, mail: IncomingMail) -> list[ReplyProposal]:
    """What a mail proposes, what is open first, then the surest."""
    found = ReplyProposal.objects.filter(seller=seller, mail=mail).select_related("decided_by")
    return sorted(found, key=lambda one: (one.state != "open", -one.confidence_bp, one.kind))


def items_of(seller: Seller, mail: IncomingMail) -> list[ReplyItem]:
    """The items that a mail names."""
    return list(ReplyItem.objects.filter(seller=seller, mail=mail).select_related("item").order_by("start", "id"))


def files_of(seller: Seller, mail: IncomingMail) -> list[IncomingFile]:
    """The files of a mail."""
    return list(IncomingFile.objects.filter(seller=seller, mail=mail).order_by("place"))


def next_open(seller: Seller, after: UUID) -> UUID | None:
    """The next older mail with something to decide, else the latest one."""
    waiting = ReplyProposal.objects.filter(seller=seller, state="open").exclude(mail_id=after).values("mail_id")
    found = IncomingMail.objects.filter(seller=seller, id__in=waiting).order_by("-id").values_list("id", flat=True)
    return found.filter(id__lt=after).first() or found.first()


def precision(seller: Seller) -> list[dict[str, Any]]:
    """By kind: decided, right as it was, right with changes, wrong, and the share that was right in percent with its
    95 % interval (Wilson). None where nothing was decided."""
    tallied = ReplyProposal.objects.filter(seller=seller).values("kind").annotate(
        open=Count("id", filter=Q(state="open")), confirmed=Count("id", filter=Q(state="confirmed")),
        edited=Count("id", filter=Q(state="edited")), rejected=Count("id", filter=Q(state="rejected")),
    )  # fmt: skip
    by_kind = {one["kind"]: one for one in tallied}
    rows = []
    for kind, label in ProposalKind.choices:
        one = by_kind.get(kind)
        if one is None:
            continue
        right, decided = one["confirmed"] + one["edited"], one["confirmed"] + one["edited"] + one["rejected"]
        low, high = _wilson(right, decided)
        rows.append({
            "kind": kind, "label": label, "open": one["open"], "decided": decided, "confirmed": one["confirmed"],
            "edited": one["edited"], "rejected": one["rejected"],
            "share": 100 * right / decided if decided else None, "low": low, "high": high,
        })  # fmt: skip
    return rows


def _wilson(right: int, whole: int) -> tuple[float | None, float | None]:
    if not whole:
        return None, None
    z, share = 1.96, right / whole
    middle = (share + z * z / (2 * whole)) / (1 + z * z / whole)
    half = z * sqrt(share * (1 - share) / whole + z * z / (4 * whole * whole)) / (1 + z * z / whole)
    return 100 * max(0.0, middle - half), 100 * min(1.0, middle + half)
