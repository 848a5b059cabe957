"""Begin and end an experiment: a changed strategy for a random share of customers."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from datetime import date, datetime

from django.db import transaction

from openterms.apps.collecting.strategy.actions import AUTHORS, PUBLISHERS, read_text, require_person
from openterms.apps.journal.actions import record
from openterms.apps.tenancy.actor import Actor
from openterms.apps.tenancy.clock import local_date, new_id
from openterms.apps.tenancy.models import Seller
from openterms.core.base.errors import BadInput, Refused
from openterms.core.base.reasons import Reason, gettext_noop
from openterms.core.collecting.experiments import WHOLE_BP, stratified

from .models import Experiment, ExperimentArm
from .strata import strata

CODE = re.compile(r"[a-z][a-z0-9_]{0,39}")
LEAST_DAYS = 28
"""One full pay cycle."""

OWN_EXPERIMENT = Reason(
    "own_experiment", gettext_noop("Nobody starts an experiment that they wrote."), "",
    gettext_noop("Ask another credit manager."),
)  # fmt: skip
ANOTHER_RUNS = Reason(
    "another_runs", gettext_noop("The experiment %(code)s is running."), "", gettext_noop("End it first.")
)
NOT_RUNNING = Reason("not_running", gettext_noop("This experiment is not running."))
NO_DRAFT = Reason("no_draft", gettext_noop("This experiment was started already."))


def draft_experiment(
    seller: Seller, actor: Actor, code: str, document: str, *, challenger_bp: int, hold_out_bp: int, starts_on: date,
    ends_on: date, now: datetime,
) -> Experiment:  # fmt: skip
    """Write an experiment down; shares in basis points. Nobody is treated otherwise before another person starts it.

    Refused: the role. Errors: a text that is no strategy, shares that do not fit, less than a pay cycle of days.
    """
    require_person(seller, actor, AUTHORS)
    read_text(document)
    if not CODE.fullmatch(code):
        raise BadInput(gettext_noop("This is no code"), "code", gettext_noop("Write small letters, digits and _"))
    if not (0 < challenger_bp <= WHOLE_BP - hold_out_bp and hold_out_bp >= 0):
        raise BadInput(gettext_noop("The shares do not fit"), "share", gettext_noop("Leave some to the champion"))
    if (ends_on - starts_on).days < LEAST_DAYS:
        raise BadInput(
            gettext_noop("The experiment is too short"), "ends on", gettext_noop("Give at least %(days)s days"),
            {"days": LEAST_DAYS},
        )  # fmt: skip
    if Experiment.objects.filter(seller=seller, code=code).exists():
        raise BadInput(gettext_noop("There is an experiment of this code"), "code", gettext_noop("Choose another code"))
    with transaction.atomic():
        made = Experiment.objects.create(
            seller=seller, code=code, document=document, digest=hashlib.sha256(document.encode()).hexdigest(),
            seed=str(new_id()), challenger_bp=challenger_bp, hold_out_bp=hold_out_bp, starts_on=starts_on,
            ends_on=ends_on, drafted_by_id=actor.user_id,
        )  # fmt: skip
        record(
            seller.id, actor, "experiment_drafted", "experiment", made.id, now, None,
            {"code": code, "digest": made.digest, "challenger_bp": challenger_bp, "hold_out_bp": hold_out_bp},
        )  # fmt: skip
    return made


def start_experiment(seller: Seller, actor: Actor, code: str, now: datetime) -> Experiment:
    """Start an experiment as a second person: every customer is drawn into an arm, within its segment and size.

    Refused: whoever wrote it, another one running, started already. Errors: its last day has passed.
    """
    require_person(seller, actor, PUBLISHERS)
    with transaction.atomic():
        found = _found(seller, code)
        if found.state != Experiment.State.DRAFT:
            raise Refused([NO_DRAFT])
        if actor.user_id is not None and actor.user_id == found.drafted_by_id:
            raise Refused([OWN_EXPERIMENT])
        if found.ends_on < local_date(now, seller.timezone):
            raise BadInput(
                gettext_noop("The experiment's last day has passed"), "ends on", gettext_noop("Write another")
            )
        running = Experiment.objects.filter(seller=seller, state=Experiment.State.RUNNING).first()
        if running is not None:
            raise Refused([ANOTHER_RUNS.given(code=running.code)])
        found.state, found.started_by_id = Experiment.State.RUNNING, actor.user_id
        found.save(update_fields=["state", "started_by"])
        sizes = _draw(found)
        said = {"code": code, "customers": dict(sizes)}
        record(seller.id, actor, "experiment_started", "experiment", found.id, now, None, said)
    return found


def end_experiment(seller: Seller, actor: Actor, code: str, now: datetime) -> Experiment:
    """End an experiment today; everybody is treated by the strategy in force from now on. Refused: not running."""
    require_person(seller, actor, PUBLISHERS)
    with transaction.atomic():
        found = _found(seller, code)
        if found.state != Experiment.State.RUNNING:
            raise Refused([NOT_RUNNING])
        found.state = Experiment.State.ENDED
        found.ended_on = min(found.ends_on, local_date(now, seller.timezone))
        found.save(update_fields=["state", "ended_on"])
        record(seller.id, actor, "experiment_ended", "experiment", found.id, now, None, {"code": code})
    return found


def _draw(experiment: Experiment) -> Counter[str]:
    """Draw every customer into an arm; how many are in each."""
    found = strata(experiment.seller, experiment.starts_on)
    drawn = stratified(experiment.seed, found, experiment.challenger_bp, experiment.hold_out_bp)
    ExperimentArm.objects.bulk_create(
        (
            ExperimentArm(
                seller_id=experiment.seller_id, experiment=experiment, customer_id=customer_id, arm=arm.value,
                stratum=found[customer_id],
            )
            for customer_id, arm in sorted(drawn.items())
        ),
        batch_size=2_000,
    )  # fmt: skip
    return Counter(arm.value for arm in drawn.values())


def _found(seller: Seller, code: str) -> Experiment:
    found = Experiment.objects.select_for_update(of=("self",)).filter(seller=seller, code=code).first()
    if found is None:
        raise BadInput(gettext_noop("There is no such experiment"), "code")
    return found
