"""Commands about the policies that sellers keep in the record: publish one, list them, read one."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import typer

from .common import JsonOption, SellerOption, day_of, emit, fail, say, seller_context
from .policy import FileArgument, policy, shown
from .policy_files import text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openterms.apps.credit.policy.models import PolicyVersion
    from openterms.apps.tenancy.actor import Actor
    from openterms.apps.tenancy.models import Seller


@policy.command("publish")
def publish_policy(
    file: str = FileArgument,
    seller_code: str = SellerOption,
    on: str = typer.Option(..., "--from", help="In force from this day on, YYYY-MM-DD; today or later."),
    submitted_by: str = typer.Option(..., "--submitted-by", help="The address of the person who submits it."),
    approved_by: str = typer.Option(..., "--approved-by", help="The address of another person, who approves it."),
    note: str = typer.Option("", "--note", help="What is new in it."),
    untested: str = typer.Option("", "--untested", help="Why it is published without a back-test, where none was run."),
    as_json: bool = JsonOption,
) -> None:
    """Draft, submit and approve a policy in one go, or not at all. Published so already: that version is answered.

    `openterms policy backtest` before it leaves what flips with the policy; without one, --untested says why.
    """
    begins, text = day_of(on), text_of(file)
    with seller_context(seller_code) as found, findings_said():
        from openterms.apps.credit.policy import actions
        from openterms.apps.credit.policy.models import PolicyVersion, State
        from openterms.apps.tenancy import clock
        from openterms.core.credit.policy import read_policy

        said, now = read_policy(text), clock.now()
        writer, approver = (person(found, email) for email in (submitted_by, approved_by))
        made = PolicyVersion.objects.filter(
            seller=found, code=said.code, hash=said.hash, state=State.PUBLISHED, effective_from=begins
        ).first()
        is_new = made is None
        if made is None:
            draft = actions.draft_policy(found, writer, text, now, note)
            actions.submit_policy(found, writer, draft.id, draft.revision, now)
            made = actions.publish_policy(found, approver, draft.id, draft.revision, begins, now, untested)
        tested = back_test_of(made)
    if as_json:
        emit(plain(made) | {"made": is_new, "untested": made.untested, "back_test": tested})
    state = "is in force" if is_new else "was published already, in force"
    for line in tested_lines(tested, made):
        say(line)
    say(f"{made.label}, {made.name}, {state} for {made.currency} from {made.effective_from}.")


@policy.command("list")
def list_policies(seller_code: str = SellerOption, as_json: bool = JsonOption) -> None:
    """List the versions of a seller's policies and how each stands today."""
    with seller_context(seller_code) as found:
        from openterms.apps.credit.policy.reads import versions
        from openterms.apps.tenancy import clock

        answer = [plain(one.version) | {"standing": one.standing, "until": one.until}
                  for one in versions(found, clock.today(found.timezone))]  # fmt: skip
    if as_json:
        emit(answer)
        return
    for one in answer:
        since = one["effective_from"] or ""
        typer.echo(f"{one['policy']}\t{one['standing']}\t{since}\t{one['currency']}\t{one['name']}\t{one['hash'][:12]}")


def back_test_of(version: PolicyVersion) -> dict[str, Any] | None:
    """The back-test that a version was approved with, as JSON; None where there was none."""
    one = version.back_test
    if one is None:
        return None
    return {
        "id": one.id, "against": one.against, "source": one.source, "from": one.first, "to": one.last,
        "currency": one.currency, "figures": one.figures, "tested_at": one.tested_at,
    }  # fmt: skip


def tested_lines(tested: dict[str, Any] | None, version: PolicyVersion) -> Iterator[str]:
    """What the approver was shown of the back-test, line by line."""
    from openterms.core.base.money import format_amount

    if tested is None:
        yield f"No back-test: {version.untested or 'there was nothing in its currency to run one on.'}"
        return
    found, currency = tested["figures"], tested["currency"]
    yield f"Back-test against {tested['against']}, {tested['from']} to {tested['to']}:"
    yield f"  {found['order_flips']:,} of {found['orders']:,} orders answered otherwise"
    for label, name in (("approved sales", "approved"), ("limits", "limit")):
        before, after = (format_amount(found[f"{name}_{way}_minor"], currency) for way in ("before", "after"))
        yield f"  {label} {currency} {before} -> {after}"
    yield f"  for people {found['referred_before']:,} -> {found['referred_after']:,} orders"
    yield f"  {found['decision_flips']:,} of {found['decisions']:,} decisions otherwise"


def plain(version: PolicyVersion) -> dict[str, Any]:
    """A version as JSON; dates as texts, people by their addresses."""

    def address(user: Any) -> str | None:
        return user.email if user else None

    return {
        "id": version.id, "policy": version.label, "code": version.code, "number": version.number,
        "name": version.name, "currency": version.currency, "hash": version.hash, "state": version.state,
        "effective_from": version.effective_from, "submitted_by": address(version.submitted_by),
        "approved_by": address(version.approved_by),
    }  # fmt: skip


def person(seller: Seller, email: str) -> Actor:
    """A person of the seller by address; ends with exit code 1 where nobody who works there has it."""
    from openterms.apps.tenancy.actor import Actor
    from openterms.apps.tenancy.models import Membership

    found = Membership.objects.select_related("user").filter(
        seller=seller, user__email=email.strip().lower(), is_active=True
    ).first()  # fmt: skip
    if found is None:
        fail(f"Nobody with the address {email} works for {seller.code}. `openterms user add {email} …` adds one.")
    return Actor(found.user.name or found.user.email, found.user_id, found.role, found.authority_minor)


@contextmanager
def findings_said() -> Iterator[None]:
    """Say everything that lint found before the refusal itself."""
    from openterms.apps.credit.policy.checks import FoundWrong

    try:
        yield
    except FoundWrong as refusal:
        for finding in refusal.findings:
            say(f"{finding.severity}: {finding.text()}")
            if finding.example:
                say(f"    for example {shown(finding.example)}")
        raise
