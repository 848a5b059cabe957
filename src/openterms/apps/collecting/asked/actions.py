"""Do once what a program may ask twice."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.db import IntegrityError, transaction

from openterms.apps.tenancy.locks import BUSY
from openterms.apps.tenancy.models import Seller
from openterms.core.base.errors import BadInput, Refused
from openterms.core.base.reasons import gettext_noop

from .models import ClaimAsk

Answer = tuple[int, dict[str, Any]]


def asked_once(seller: Seller, key: str, verb: str, body: Mapping[str, Any], act: Callable[[], Answer]) -> Answer:
    """Status and body that a request is answered with: the first answer where its key came before, else `act`'s.

    Runs in the transaction of the request, so that an answer is kept only with what it tells of; without a key nothing
    is kept. Errors: the key came with another request (the first field that differs is named). Refused as busy: the
    same key is being answered elsewhere.
    """
    if not key:
        return act()
    kept = ClaimAsk.objects.filter(seller=seller, key=key).first()
    if kept is not None:
        _hold_to(kept, verb, body)
        return kept.status, kept.answer
    status, answer = act()
    try:
        with transaction.atomic():
            ClaimAsk.objects.create(seller=seller, key=key, verb=verb, body=dict(body), status=status, answer=answer)
    except IntegrityError as error:
        raise Refused([BUSY]) from error
    return status, answer


def _hold_to(kept: ClaimAsk, verb: str, body: Mapping[str, Any]) -> None:
    """Errors: not the request that the key came with before."""
    differs = [name for name in sorted({*kept.body, *body}) if kept.body.get(name) != body.get(name)]
    if kept.verb != verb:
        differs = ["request"]
    if differs:
        raise BadInput(
            gettext_noop("The key %(key)s came before with another %(field)s"),
            differs[0],
            gettext_noop("Repeat the request as it was, or give a new key"),
            {"key": kept.key, "field": differs[0]},
        )
