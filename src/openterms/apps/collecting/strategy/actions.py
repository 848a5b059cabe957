"""The strategy in force at a seller: the built-in one until another is published."""

from __future__ import annotations

import hashlib
from datetime import date, datetime
from importlib.resources import files

import yaml
from django.db import transaction

from openterms.apps.journal.actions import record
from openterms.apps.tenancy.actor import SYSTEM, Actor
from openterms.apps.tenancy.models import Seller
from openterms.core.collecting.strategies import Strategy, from_document

from .models import StrategyVersion


def standard_document() -> str:
    """The text of the built-in strategy."""
    return files("openterms.core.collecting").joinpath("standard.yaml").read_text(encoding="utf-8")


def publish(seller: Seller, actor: Actor, document: str, valid_from: date, now: datetime) -> StrategyVersion:
    """Publish a strategy document as the next version. Errors: the document cannot be read."""
    from_document(yaml.safe_load(document))
    with transaction.atomic():
        last = StrategyVersion.objects.filter(seller=seller).order_by("-version").first()
        made = StrategyVersion.objects.create(
            seller=seller, version=(last.version if last else 0) + 1, valid_from=valid_from, document=document,
            digest=hashlib.sha256(document.encode()).hexdigest(),
        )  # fmt: skip
        record(
            seller.id, actor, "strategy_published", "strategy", made.id, now, None,
            {"version": made.version, "digest": made.digest, "valid_from": valid_from.isoformat()},
        )  # fmt: skip
    return made


def in_force(seller: Seller, as_of: date, now: datetime) -> tuple[StrategyVersion, Strategy]:
    """The version in force on a day and its meaning; the built-in document is published on first use."""
    found = StrategyVersion.objects.filter(seller=seller, valid_from__lte=as_of).order_by("-version").first()
    if found is None:
        found = StrategyVersion.objects.filter(seller=seller).order_by("version").first()
    if found is None:
        found = publish(seller, SYSTEM, standard_document(), as_of, now)
    return found, from_document(yaml.safe_load(found.document))
