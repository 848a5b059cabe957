"""Letters by post: claimed ones become one PDF/A with an address page each, and a manifest."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import Max

from openterms.apps.journal.actions import record
from openterms.apps.journal.announcing import announce
from openterms.apps.tenancy import contents
from openterms.apps.tenancy.actor import SYSTEM
from openterms.apps.tenancy.context import acting
from openterms.apps.tenancy.models import Seller
from openterms.core.base.errors import BadInput
from openterms.core.base.reasons import Reason, gettext_noop
from openterms.formats.paper.post import Letter, set_batch

from .events import MessagesWentOut
from .letters import reason_json
from .models import Message, MessageAttachment, MessageAttempt, MessageState, PostBatch

PDF = "application/pdf"
PAPER_GONE = Reason(
    "post_paper_gone", gettext_noop("The paper of this letter is not kept any more."), "",
    gettext_noop("Issue a new letter."),
)  # fmt: skip


def post(seller: Seller, messages: Sequence[Message], at: datetime) -> Counter[str]:
    """Set claimed letters as one batch, in order of their keys; each is in one batch, whatever is repeated.

    The batch and its letters are recorded together: a process that ends before leaves the letters waiting. A letter
    whose paper is kept with it is posted as that paper; one whose paper is gone is held, and the others go.
    """
    letters, gone = _letters(seller, messages)
    if gone:
        _hold(seller, gone, PAPER_GONE)
    if not letters:
        return Counter(held=len(gone))
    messages = [one for one in messages if one not in gone]
    sender = (seller.name, *(line for line in seller.address.splitlines() if line))
    try:
        paper, pages = set_batch(letters, sender, tuple(seller.registration.splitlines()), at.date())
    except BadInput as fault:
        _hold(seller, messages, Reason("post_not_set", fault.what, "", fault.remedy, fault.params))
        return Counter(held=len(messages) + len(gone))
    with acting(seller.id):
        ours = Message.objects.select_for_update().filter(
            id__in=[one.id for one in messages], state="sending", attempts__in={one.attempts for one in messages}
        )
        if ours.count() != len(messages):  # another sender has them: its batch counts, this one is not kept
            return Counter(held=len(gone)) if gone else Counter()
        number = (PostBatch.objects.filter(seller=seller).aggregate(last=Max("number"))["last"] or 0) + 1
        manifest = _manifest(letters, pages)
        batch = PostBatch.objects.create(
            seller=seller, number=number, made_at=at, letters=len(letters), pages=sum(pages),
            digest=contents.store(paper), size=len(paper), manifest_digest=contents.store(manifest),
            manifest_size=len(manifest),
        )  # fmt: skip
        MessageAttempt.objects.bulk_create(
            MessageAttempt(seller=seller, message=one, number=one.attempts, at=at, outcome="accepted",
                           what=f"batch {number}") for one in messages
        )  # fmt: skip
        ours.update(state=MessageState.SENT, sent_at=at, claimed_until=None, provider_key=str(number), post_batch=batch)
        announce(MessagesWentOut(seller=seller, message_ids=tuple(one.id for one in messages), now=at))
        said = {"number": number, "letters": len(letters), "pages": sum(pages), "digest": batch.digest}
        record(seller.id, SYSTEM, "post_batch_made", "post_batch", batch.id, at, None, said)
    return Counter(sent=len(messages), held=len(gone)) if gone else Counter(sent=len(messages))


def _letters(seller: Seller, messages: Sequence[Message]) -> tuple[list[Letter], list[Message]]:
    """The letters in order of their keys, and the messages whose paper cannot be read any more."""
    with acting(seller.id):
        kept: dict[UUID, list[bytes | None]] = {}
        files = MessageAttachment.objects.filter(message__in=[one.id for one in messages], media_type=PDF)
        for file in files.order_by("place"):
            kept.setdefault(file.message_id, []).append(contents.content_of(file.digest))
    letters, gone = [], []
    for one in sorted(messages, key=lambda one: one.key):
        papers = [paper for paper in kept.get(one.id, []) if paper is not None]
        if len(papers) < len(kept.get(one.id, [])):
            gone.append(one)
            continue
        letters.append(
            Letter(
                number=one.id.hex[-12:], address=tuple(line for line in one.address.splitlines() if line.strip()),
                language=one.language, subject=one.subject, paragraphs=tuple(one.text.split("\n\n")),
                papers=tuple(papers),
            )
        )  # fmt: skip
    return letters, gone


def _hold(seller: Seller, messages: Sequence[Message], why: Reason) -> None:
    """Claimed messages wait for a person, with the reason."""
    with acting(seller.id):
        for one in messages:
            Message.objects.filter(id=one.id, state="sending", attempts=one.attempts).update(
                state=MessageState.HELD, claimed_until=None, reason=reason_json(why)
            )


def _manifest(letters: Sequence[Letter], pages: Sequence[int]) -> bytes:
    """A line for each letter: its place and number, how many pages, to whom."""
    text = io.StringIO()
    lines = csv.writer(text)
    lines.writerow(["place", "letter", "pages", "address"])
    for place, (letter, count) in enumerate(zip(letters, pages, strict=True), 1):
        lines.writerow([place, letter.number, count, ", ".join(_plain(line) for line in letter.address)])
    return text.getvalue().encode("utf-8")


def _plain(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@")) else cell
