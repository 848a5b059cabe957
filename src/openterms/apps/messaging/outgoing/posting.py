"""Letters by post: claimed ones become one PDF/A with an address page each, and a manifest."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from django.db.models import Max

from openterms.apps.journal.actions import record
from openterms.apps.journal.announcing import announce
from openterms.apps.tenancy import contents
from openterms.apps.tenancy.actor import SYSTEM
from openterms.apps.tenancy.context import acting
from openterms.apps.tenancy.models import Seller
from openterms.core.base.errors import BadInput
from openterms.formats.paper.post import Letter, set_batch

from .events import MessagesWentOut
from .models import Message, MessageAttempt, MessageState, PostBatch


def post(seller: Seller, messages: Sequence[Message], at: datetime) -> Counter[str]:
    """Set claimed letters as one batch, in order of their keys; each is in one batch, whatever is repeated.

    The batch and its letters are recorded together: a process that ends before leaves the letters waiting.
    """
    letters = [
        Letter(
            number=one.id.hex[-12:], address=tuple(line for line in one.address.splitlines() if line.strip()),
            language=one.language, subject=one.subject, paragraphs=tuple(one.text.split("\n\n")),
        )
        for one in sorted(messages, key=lambda one: one.key)
    ]  # fmt: skip
    sender = (seller.name, *(line for line in seller.address.splitlines() if line))
    try:
        paper, pages = set_batch(letters, sender, tuple(seller.registration.splitlines()), at.date())
    except BadInput as fault:
        with acting(seller.id):
            for one in messages:
                Message.objects.filter(id=one.id, state="sending", attempts=one.attempts).update(
                    state=MessageState.HELD, claimed_until=None,
                    reason={
                        "code": "post_not_set", "staff": fault.what, "remedy": fault.remedy, "params": fault.params
                    },
                )  # fmt: skip
        return Counter(held=len(messages))
    with acting(seller.id):
        ours = Message.objects.select_for_update().filter(
            id__in=[one.id for one in messages], state="sending", attempts__in={one.attempts for one in messages}
        )
        if ours.count() != len(messages):  # another sender has them: its batch counts, this one is not kept
            return Counter()
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
    return Counter(sent=len(messages))


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
