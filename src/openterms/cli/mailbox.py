"""Commands about mailboxes: add, test, list, read."""

from __future__ import annotations

import typer

from .common import JsonOption, SellerOption, emit, fail, find_seller, ready, refusals, say, seller_context

mailbox = typer.Typer(no_args_is_help=True)


@mailbox.command("add")
def mailbox_add(
    code: str = typer.Argument(help="A short name for the mailbox, such as receivables."),
    url: str = typer.Option(..., "--imap", help="imaps://user:password@host:993, or imap://… for STARTTLS."),
    seller_code: str = SellerOption,
    folder: str = typer.Option("INBOX", "--folder", help="The folder that is read."),
    credentials: str = typer.Option("", "--credentials", help="file:NAME or env:NAME, instead of user and password."),
    marks_seen: bool = typer.Option(False, "--mark-seen", help="Mark what was read as seen; otherwise nothing is."),
    timeout: int = typer.Option(30, "--timeout", min=1, max=120, help="Seconds to wait for one answer."),
    as_json: bool = JsonOption,
) -> None:
    """Add a mailbox. User and password are kept in a file that the service alone reads."""
    with seller_context(seller_code) as seller:
        from openterms.apps.messaging.incoming.mailboxes import add_mailbox
        from openterms.apps.tenancy import clock
        from openterms.apps.tenancy.actor import SYSTEM

        made = add_mailbox(
            seller, SYSTEM, code, url, clock.now(), credentials=credentials, folder=folder, marks_seen=marks_seen,
            timeout_seconds=timeout,
        )  # fmt: skip
        said = {"code": made.code, "address": made.address, "folder": made.folder}
    if as_json:
        emit(said)
    say(f"The mailbox {code} is added. Try it: openterms mailbox test {code}")


@mailbox.command("test")
def mailbox_test(
    code: str = typer.Argument(help="The mailbox."), seller_code: str = SellerOption, as_json: bool = JsonOption
) -> None:
    """Sign in and open the folder; nothing is read. 1 where that does not work."""
    ready()
    from openterms.apps.messaging.incoming.imap import MailboxDown
    from openterms.apps.messaging.incoming.models import Mailbox
    from openterms.apps.messaging.incoming.reading import open_box
    from openterms.apps.tenancy.context import acting

    seller = find_seller(seller_code)
    with refusals():
        with acting(seller.id):
            found = Mailbox.objects.filter(seller=seller, code=code).first()
        if found is None:
            fail(f"There is no mailbox {code}.")
        try:
            with open_box(found) as box:
                count, fault = box.count, ""
        except MailboxDown as down:
            count, fault = 0, down.what
    if as_json:
        emit({"code": code, "works": not fault, "mails": count, "fault": fault})
    if fault:
        fail(f"{code}: {fault}")
    say(f"{code} works; {count} mails are in {found.folder}.")


@mailbox.command("read")
def mailbox_read(
    code: str = typer.Argument("", help="Only this mailbox."),
    seller_code: str = SellerOption,
    as_json: bool = JsonOption,
) -> None:
    """Read what is new, say whose it is and what it proposes. 1 where a mailbox could not be read."""
    ready()
    from openterms.apps.collecting.proposal.considering import consider_new
    from openterms.apps.messaging.incoming.reading import read_mailboxes
    from openterms.apps.tenancy import clock

    seller = find_seller(seller_code)
    with refusals():
        done = read_mailboxes(seller, clock.now(), code=code)
        considered = consider_new(seller, clock.now())
    rows = [{"code": one.code, "kept": one.kept, "known": one.known, "fault": one.fault} for one in done]
    if as_json:
        emit({"mailboxes": rows, "considered": considered})
    for one in done:
        say(f"{one.code}: {one.kept} new" + (f", {one.fault}" if one.fault else ""))
    if any(one.fault for one in done):
        fail("A mailbox could not be read.")
