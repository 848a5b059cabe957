"""Add cover to a customer, and end it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from openterms.apps.credit.line.actions import refuse_end, refuse_role, require_reason
from openterms.apps.journal.actions import record
from openterms.apps.parties.models import Attachment, Customer
from openterms.apps.tenancy.actor import Actor
from openterms.apps.tenancy.locks import locking
from openterms.apps.tenancy.models import Seller
from openterms.core.base.errors import BadInput, Refused
from openterms.core.base.money import exponent
from openterms.core.base.reasons import Reason, gettext_noop
from openterms.core.base.rounding import BASIS_POINTS

from .models import Cover

NOT_A_KEEPER = Reason(
    "cover_not_yours",
    gettext_noop("A person with the role %(role)s does not keep cover."),
    remedy=gettext_noop("Ask a credit manager or an analyst."),
)
BACKWARDS = gettext_noop("A cover does not end before it begins")
LATER = gettext_noop("Give its first day or a later one")
ENDED_ALREADY = Reason(
    "cover_ended_already",
    gettext_noop("This cover has ended already."),
    remedy=gettext_noop("Add what holds now."),
)


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What covers: minor units of its currency, the share of a loss that would be paid, its days (None: open end)."""

    kind: str
    amount_minor: int
    currency: str
    valid_from: date
    valid_until: date | None = None
    share_bp: int = BASIS_POINTS
    issuer: str = ""
    reference: str = ""
    document_id: UUID | None = None


def add_cover(seller: Seller, actor: Actor, customer: Customer, terms: Terms, now: datetime) -> Cover:
    """Keep what covers a customer; a deposit covers in full. An insurer that refuses the customer is a limit of zero.

    Refused: another role. Errors: an unknown kind, an amount, share or days that cannot be, no issuer for an insured
    limit or guarantee, a document of somebody else.
    """
    refuse_role(actor, NOT_A_KEEPER)
    _check(terms)
    with transaction.atomic():
        document = None
        if terms.document_id is not None:
            document = Attachment.objects.filter(seller=seller, customer=customer, id=terms.document_id).first()
            if document is None:
                raise BadInput(
                    gettext_noop("The customer has no such file"), "document", gettext_noop("Add the file first")
                )
        made = Cover.objects.create(
            seller=seller, customer=customer, kind=terms.kind, amount_minor=terms.amount_minor,
            currency=terms.currency, share_bp=terms.share_bp, valid_from=terms.valid_from,
            valid_until=terms.valid_until, issuer=terms.issuer.strip(), reference=terms.reference.strip(),
            document=document, actor_id=actor.user_id,
        )  # fmt: skip
        record(seller.id, actor, "cover_added", "cover", made.id, now, customer.id, _said(made))
    return made


def end_cover(seller: Seller, actor: Actor, cover_id: UUID, on: date, reason: str, now: datetime) -> Cover:
    """Say that a cover holds no more from a day on; the record keeps it. Refused: another role, ended already; busy.
    Errors: no such cover, no reason, a day before it began."""
    refuse_role(actor, NOT_A_KEEPER)
    require_reason(reason, gettext_noop("Say why the cover ends"))
    with transaction.atomic():
        with locking():
            kept = Cover.objects.select_for_update().filter(seller=seller, id=cover_id).first()
        if kept is None:
            raise BadInput(gettext_noop("There is no such cover"), "cover")
        if kept.ended_on is not None:
            raise Refused([ENDED_ALREADY])
        refuse_end(kept.valid_from, on, BACKWARDS, "on", LATER)
        kept.ended_on, kept.ended_reason = on, reason.strip()[:500]
        kept.save(update_fields=["ended_on", "ended_reason"])
        record(
            seller.id, actor, "cover_ended", "cover", kept.id, now, kept.customer_id,
            _said(kept) | {"ended_on": on.isoformat(), "reason": kept.ended_reason},
        )  # fmt: skip
    return kept


def _check(terms: Terms) -> None:
    exponent(terms.currency)
    if terms.kind not in Cover.Kind.values:
        raise BadInput(
            gettext_noop("There is no cover of the kind %(kind)s"),
            "kind",
            gettext_noop("Give insured, guarantee or deposit"),
            {"kind": terms.kind[:40]},
        )
    if terms.amount_minor < 0 or (terms.amount_minor == 0 and terms.kind != Cover.Kind.INSURED):
        raise BadInput(
            gettext_noop("A cover is an amount above zero"), "amount", gettext_noop("Give an amount such as 1000.00")
        )
    if not 0 < terms.share_bp <= BASIS_POINTS or (
        terms.kind == Cover.Kind.DEPOSIT and terms.share_bp != BASIS_POINTS
    ):
        raise BadInput(
            gettext_noop("A share that is covered is more than 0 % and at most 100 %; a deposit covers in full"),
            "share",
            gettext_noop("Give such as 90 %"),
        )
    refuse_end(terms.valid_from, terms.valid_until, BACKWARDS, "valid_until", LATER)
    if terms.kind != Cover.Kind.DEPOSIT and not terms.issuer.strip():
        raise BadInput(gettext_noop("Nobody stands behind this cover"), "issuer", gettext_noop("Give who issued it"))


def _said(kept: Cover) -> dict[str, object]:
    return {
        "cover": kept.kind, "amount_minor": kept.amount_minor, "currency": kept.currency, "share_bp": kept.share_bp,
        "valid_from": kept.valid_from.isoformat(),
        "valid_until": kept.valid_until.isoformat() if kept.valid_until else None, "issuer": kept.issuer,
    }  # fmt: skip
