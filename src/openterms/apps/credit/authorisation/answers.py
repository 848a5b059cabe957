"""An answer as the doors get it, and the first answer to a key, given again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from openterms.apps.tenancy.locks import BUSY
from openterms.apps.tenancy.models import Seller
from openterms.core.base.errors import BadInput, Refused
from openterms.core.base.reasons import Reason, gettext_noop
from openterms.core.credit import order_reasons

from .models import Authorisation, AuthorisationAnswer

REASONS = {reason.code: reason for reason in (*order_reasons.ORDER, *order_reasons.LIFE)}
PLAIN = (
    "customer", "order_ref", "currency", "status", "requested_minor", "prepaid_minor", "approved_minor",
    "captured_minor", "released_minor", "headroom_minor", "is_unlimited",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Answered:
    """How an authorisation stands after a step. Amounts in minor units of `currency`.

    `id` is None for a question that was only tried. `headroom_minor` is what is left of the limit afterwards: None both
    where there is no limit and where it has no end (`is_unlimited`).
    """

    id: UUID | None
    customer: str
    order_ref: str
    currency: str
    status: str
    requested_minor: int
    approved_minor: int
    captured_minor: int
    released_minor: int
    headroom_minor: int | None
    is_unlimited: bool
    expires_at: datetime | None
    reasons: tuple[Reason, ...] = ()
    prepaid_minor: int = 0

    def written(self) -> dict[str, Any]:
        """As it is kept: plain values."""
        return {
            **{name: getattr(self, name) for name in PLAIN},
            "id": str(self.id) if self.id else None,
            "expires_at": self.expires_at.isoformat() if self.expires_at else None,
            "reasons": reasons_written(self.reasons),
        }


def reasons_written(reasons: tuple[Reason, ...]) -> list[dict[str, Any]]:
    """Reasons as they are kept: code and params."""
    return [{"code": reason.code, "params": dict(reason.params)} for reason in reasons]


def reasons_read(kept: list[dict[str, Any]]) -> tuple[Reason, ...]:
    """Reasons from what was kept, with their texts."""
    return tuple(REASONS[one["code"]].given(**one["params"]) for one in kept)


def answered_read(kept: Mapping[str, Any]) -> Answered:
    """An answer from what was kept."""
    return Answered(
        **dict(kept)
        | {
            "id": UUID(kept["id"]),
            "expires_at": datetime.fromisoformat(kept["expires_at"]) if kept["expires_at"] else None,
            "reasons": reasons_read(kept["reasons"]),
        }
    )


def answer_of(
    row: Authorisation, customer: str, headroom_minor: int | None, is_unlimited: bool, state: str = ""
) -> Answered:
    """How an authorisation stands, with the headroom of its line."""
    return Answered(
        id=row.id,
        customer=customer,
        order_ref=row.order_ref,
        currency=row.currency,
        status=state or row.state,
        requested_minor=row.requested_minor,
        prepaid_minor=row.prepaid_minor,
        approved_minor=row.approved_minor,
        captured_minor=row.captured_minor,
        released_minor=row.released_minor,
        headroom_minor=headroom_minor,
        is_unlimited=is_unlimited,
        expires_at=row.expires_at if row.approved_minor or row.prepaid_minor else None,
        reasons=reasons_read(row.reasons),
    )


def first_answer(seller: Seller, key: str, verb: str, body: Mapping[str, Any]) -> Answered | None:
    """The answer that a key was given before; None for a new key or none.

    Errors: the key came with another request; the first field that differs is named.
    """
    kept = AuthorisationAnswer.objects.filter(seller=seller, key=key).first() if key else None
    return answered_again(key, kept.verb, kept.body, verb, body, kept.answer) if kept else None


def answered_again(
    key: str,
    kept_verb: str,
    kept_body: Mapping[str, Any],
    verb: str,
    body: Mapping[str, Any],
    answer: Answered | Mapping[str, Any],
) -> Answered:
    """The answer kept for a key, where the request is the same. Errors: another request, by the field that differs."""
    names = ["request"] if kept_verb != verb else [*body]
    differs = [name for name in names if kept_verb != verb or kept_body.get(name) != body[name]]
    if differs:
        raise BadInput(
            gettext_noop("The key %(key)s came before with another %(field)s"),
            differs[0],
            gettext_noop("Repeat the request as it was, or give a new key"),
            {"key": key, "field": differs[0]},
        )
    return answer if isinstance(answer, Answered) else answered_read(answer)


def keep_answer(seller: Seller, key: str, verb: str, body: Mapping[str, Any], answer: Answered) -> None:
    """Keep an answer for its key, in the transaction of the step. Refused as busy: the key is answered elsewhere."""
    if not key:
        return
    try:
        with transaction.atomic():
            AuthorisationAnswer.objects.create(
                seller=seller, key=key, verb=verb, body=dict(body), authorisation_id=answer.id, answer=answer.written()
            )
    except IntegrityError as error:
        raise Refused([BUSY]) from error
