"""Back-tests that people ask for: begun, carried out at once or by the worker, and their answers kept."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings

from openterms.apps.analytics.trial.models import BackTestRun
from openterms.apps.credit.policy.back_tests import Found, keep_back_test
from openterms.apps.credit.policy.models import PolicyBackTest
from openterms.apps.credit.policy.reads import named_version
from openterms.apps.tenancy.actor import Actor
from openterms.apps.tenancy.clock import local_date, new_id
from openterms.apps.tenancy.models import Seller
from openterms.core.base.errors import BadInput
from openterms.core.credit.policy import EXAMPLES, Policy, read_policy

from .loading import counts
from .reads import ANSWERED, CURRENT, Question, against_of, back_test, figures_of

AT_ONCE = 5_000
"""Orders that are answered again while the person waits."""

MOST_CUSTOMERS = 500


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What a person asks for: a policy's text under a label, what to hold it against, the days, the source."""

    label: str
    text: str
    against: str
    first: date
    last: date
    source: str = "auto"


def text_of(seller: Seller, label: str) -> str:
    """The text of an example by its name, or of a version by `code@number`. Errors: there is none such."""
    if label in EXAMPLES:
        return (files("openterms.core.credit") / f"examples/{label}.yaml").read_text("utf-8")
    return named_version(seller, label).text


def begin(seller: Seller, actor: Actor, wish: Wish, now: datetime) -> BackTestRun:
    """Keep what was asked for, not yet carried out. Errors: a text that is no policy, another currency, wrong days."""
    run = BackTestRun(
        id=new_id(), seller=seller, label=wish.label[:80], text=wish.text, against=wish.against[:80],
        source=wish.source, first=wish.first, last=wish.last, state="running", user_id=actor.user_id, started_at=now,
    )  # fmt: skip
    question_of(seller, run)
    run.save(force_insert=True)
    return run


def question_of(seller: Seller, run: BackTestRun) -> Question:
    """The question of a run; losses are told by the day on which it was asked. Errors as `begin`."""
    new, other = read_policy(run.text), _other(seller, run.against)
    on = local_date(run.started_at, seller.timezone)
    held = against_of(seller, run.against, new.currency, on, other)
    return Question(new=new, first=run.first, last=run.last, as_of=on, source=run.source, **held)


def _other(seller: Seller, against: str) -> Policy | None:
    return None if against in (CURRENT, ANSWERED) else read_policy(text_of(seller, against))


def is_large(seller: Seller, run: BackTestRun) -> bool:
    """Whether it is the worker's."""
    return max(counts(seller, read_policy(run.text).currency, run.first, run.last)) > AT_ONCE


def carry_out(seller: Seller, actor: Actor, run: BackTestRun, now: datetime) -> BackTestRun:
    """Answer the question and keep the answer, in short with the policy; what speaks against it is the run's fault."""
    try:
        question = question_of(seller, run)
        run.answer = back_test(seller, question, lambda phase: _tell(run, phase), MOST_CUSTOMERS)
        run.state = "done"
        keep(seller, actor, question.new, run.answer, now, run.id)
    except BadInput as error:
        run.state, run.fault = "refused", {"what": error.what, "remedy": error.remedy, "params": dict(error.params)}
    run.finished_at = now
    run.save(update_fields=["answer", "state", "fault", "finished_at"])
    _file(run).unlink(missing_ok=True)
    return run


def keep(
    seller: Seller, actor: Actor, policy: Policy, answer: Mapping[str, Any], now: datetime, run_id: UUID | None = None
) -> PolicyBackTest:
    """Keep an answer in short with the policy's document, for whoever approves a version that says it."""
    found = Found(
        against=answer["against"], source=answer["source"], first=date.fromisoformat(answer["from"]),
        last=date.fromisoformat(answer["to"]), figures=figures_of(answer), run_id=run_id,
    )  # fmt: skip
    return keep_back_test(seller, actor, policy, found, now)


def stopped(run: BackTestRun, what: str, remedy: str, now: datetime) -> None:
    """Say that it broke off."""
    run.state, run.fault, run.finished_at = "refused", {"what": what, "remedy": remedy, "params": {}}, now
    run.save(update_fields=["state", "fault", "finished_at"])


def phase_of(run: BackTestRun) -> str:
    """How far a running back-test is: `reading`, `answering`, `comparing`; empty before it was taken up."""
    try:
        return str(json.loads(_file(run).read_text())["phase"])
    except (OSError, ValueError, KeyError):
        return ""


def _tell(run: BackTestRun, phase: str) -> None:
    """A transaction under way shows nothing to others, so the news lies beside the database."""
    file = _file(run)
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = file.with_suffix(".new")
    fresh.write_text(json.dumps({"phase": phase}))
    fresh.replace(file)


def _file(run: BackTestRun) -> Path:
    return Path(settings.FILES_FOLDER) / "backtests" / f"{run.id}.json"


def fault_of(run: BackTestRun) -> BadInput:
    """What spoke against a run that was refused."""
    fault: dict[str, Any] = run.fault
    return BadInput(fault.get("what", ""), "", fault.get("remedy", ""), fault.get("params", {}))
