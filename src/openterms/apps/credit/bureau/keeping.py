"""Accounts as their administrators keep them: credentials that are only written, prices, budgets, order, a try."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from openterms.apps.journal.actions import record
from openterms.apps.tenancy import secrets
from openterms.apps.tenancy.actor import Actor
from openterms.apps.tenancy.locks import locking
from openterms.apps.tenancy.models import Seller
from openterms.core.base.errors import BadInput
from openterms.core.base.reasons import gettext_noop as _

from .actions import KEEPERS, Terms, add_account, check_figures, require_role
from .credentials import read_credentials
from .fetching import ADAPTERS, Failed, Talk
from .models import BureauAccount
from .wire import check_base_url

TRY_SECONDS = 6
MOST_SECRET = 2_000


@dataclass(frozen=True, kw_only=True)
class Change:
    """What an account is to be from now on; amounts in minor units of the seller's currency, as in `Terms`.

    `place` orders accounts, the lowest first; equal ones go by price. `given` are new credentials by name; empty keeps
    those that are there. Another address needs new ones: what was given for one place is not sent to another.
    """

    base_url: str
    cost_minor: int
    age_days: int
    budget_minor: int | None
    timeout_seconds: int
    place: int
    is_active: bool
    given: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Tried:
    """How a try went: whether the bureau let us in, how long it took, and what it said otherwise."""

    is_in: bool
    milliseconds: int
    what: str = ""


def open_account(
    seller: Seller, actor: Actor, terms: Terms, given: Mapping[str, str], place: int, now: datetime
) -> BureauAccount:
    """Add an account with credentials that a person gives; they go into a file that its owner alone can read.

    `terms.credentials` is not looked at. Refused: the role. Errors: as `add_account`; a credential missing.
    """
    require_role(actor, KEEPERS)
    _check_secrets(terms.adapter, given)
    _check_place(place)
    reference = _keep_secrets(seller, given)
    try:
        with transaction.atomic():
            wanted = Terms(**(asdict(terms) | {"credentials": reference}))
            account = add_account(seller, actor, wanted, now)
            account.place = place
            account.save(update_fields=["place"])
    except BaseException:
        _forget(reference)
        raise
    return account


def change_account(seller: Seller, actor: Actor, account_id: UUID, change: Change, now: datetime) -> BureauAccount:
    """Change price, age rule, budget, order, time-out, address, credentials, or whether it is used at all.

    The journal keeps before and after, of credentials only that they are others. Refused: the role; busy. Errors:
    figures that cannot be, an address without new credentials, a credential missing, no such account.
    """
    require_role(actor, KEEPERS)
    check_base_url(change.base_url)
    check_figures(change.cost_minor, change.age_days, change.budget_minor, change.timeout_seconds)
    _check_place(change.place)
    reference = ""
    try:
        with transaction.atomic():
            account = _locked(seller, account_id)
            if any(change.given.values()):
                _check_secrets(account.adapter, change.given)
                reference = _keep_secrets(seller, change.given)
            elif change.base_url != account.base_url:
                raise BadInput(
                    _("Another address needs the credentials anew"), "base_url", _("Enter them, or keep the address")
                )
            fresh = {name: value for name, value in asdict(change).items() if name != "given"}
            before = {name: getattr(account, name) for name in fresh if getattr(account, name) != fresh[name]}
            if not before and not reference:
                return account
            after = {name: fresh[name] for name in before}
            for name, value in after.items():
                setattr(account, name, value)
            old = account.credentials
            if reference:
                account.credentials = reference
                transaction.on_commit(lambda: _forget(old))
            account.save(update_fields=[*after, *(["credentials"] if reference else [])])
            said = {"code": account.code, "before": before, "after": after, "new_credentials": bool(reference)}
            record(seller.id, actor, "bureau_account_changed", "bureau_account", account.id, now, None, said)
    except BaseException:
        if reference:
            _forget(reference)
        raise
    return account


def try_account(seller: Seller, actor: Actor, account_id: UUID, now: datetime) -> Tried:
    """Ask the bureau for a token, which costs nothing: one call, at most six seconds. Refused: the role.

    A bureau that does not answer or does not let us in is no error but the answer. Errors: no such account.
    """
    require_role(actor, KEEPERS)
    account = BureauAccount.objects.filter(seller=seller, id=account_id).first()
    if account is None:
        raise _unknown()
    begun = time.monotonic()
    try:
        given = read_credentials(account.credentials, ADAPTERS[account.adapter].secrets)
        account.timeout_seconds = min(account.timeout_seconds, TRY_SECONDS)
        Talk(account, given, _no_note, now, most_tries=1).sign_in()
        found = Tried(True, round((time.monotonic() - begun) * 1000))
    except (Failed, BadInput) as fault:
        what = fault.what if isinstance(fault, Failed) else str(fault)
        found = Tried(False, round((time.monotonic() - begun) * 1000), what[:300])
    with transaction.atomic():
        said = {"code": account.code, "is_in": found.is_in, "milliseconds": found.milliseconds, "what": found.what}
        record(seller.id, actor, "bureau_account_tried", "bureau_account", account.id, now, None, said)
    return found


def _no_note(*_args: Any, **_more: Any) -> None:
    """A try is told by its event; there is no purchase to note it under."""


def _locked(seller: Seller, account_id: UUID) -> BureauAccount:
    with locking():
        found = BureauAccount.objects.select_for_update(of=("self",)).filter(seller=seller, id=account_id).first()
    if found is None:
        raise _unknown()
    return found


def _unknown() -> BadInput:
    return BadInput(_("There is no such bureau account"), "account", _("Give the id of one of this seller"))


def _check_place(place: int) -> None:
    if not 0 <= place <= 1_000:
        raise BadInput(_("The place is a number from 0 to 1,000"), "place", _("Give such a number"))


def _check_secrets(adapter: str, given: Mapping[str, str]) -> None:
    wanted = ADAPTERS[adapter].secrets if adapter in ADAPTERS else ()
    for name in wanted:
        text = given.get(name, "")
        if not text or len(text) > MOST_SECRET or not text.isprintable():
            raise BadInput(_("A credential is missing or is no text"), name, _("Enter every one of them"))


def _keep_secrets(seller: Seller, given: Mapping[str, str]) -> str:
    """Write credentials to a new file of the seller's; the reference to it."""
    return secrets.keep(Path(settings.BUREAU_FOLDER), seller.id, given)


def _forget(reference: str) -> None:
    """Destroy a file that this room wrote; files and variables of the operator stay."""
    secrets.forget(Path(settings.BUREAU_FOLDER), reference)
