"""Letters by post: one PDF/A with a page for each envelope's window, a manifest, and each letter in one batch."""

from __future__ import annotations

import csv
import io

import pypdf

from openterms.apps.messaging.channel.actions import Setting, set_channel, switch
from openterms.apps.messaging.models import Message, PostBatch
from openterms.apps.messaging.outgoing.actions import queue, send_due
from openterms.apps.tenancy import contents
from openterms.apps.tenancy.actor import SYSTEM
from openterms.apps.tenancy.context import acting
from tests.apps.desk import NOW, Desk
from tests.apps.messaging.letters import letter


def test_due_letters_become_one_batch_and_a_rerun_makes_none(committed, new_seller):
    seller = new_seller(enter=False)
    with acting(seller.id):
        desk = Desk(seller)
        set_channel(seller, SYSTEM, Setting(kind="post", adapter="batch"), NOW)
        switch(seller, SYSTEM, "post", True, NOW)
        queue(seller, SYSTEM, [
            letter(desk, f"k{place}", channel="post", purpose="final_notice", language=language,
                   address=f"=Customer {place}\n1 Street #x\nCity")
            for place, language in enumerate(("en", "ar"))
        ], NOW)  # fmt: skip
    assert dict(send_due(seller, NOW)) == {"sent": 2} and dict(send_due(seller, NOW)) == {}
    with acting(seller.id):
        batch = PostBatch.objects.get(seller=seller)
        assert (batch.number, batch.letters, batch.pages) == (1, 2, 4)
        assert set(Message.objects.filter(seller=seller).values_list("state", "post_batch")) == {("sent", batch.id)}
    paper = pypdf.PdfReader(io.BytesIO(contents.content_of(batch.digest)))
    assert len(paper.pages) == 4 and "=Customer 0" in paper.pages[0].extract_text()
    assert "12,400.00" in paper.pages[1].extract_text()
    rows = list(csv.DictReader(io.StringIO(contents.content_of(batch.manifest_digest).decode())))
    assert [row["pages"] for row in rows] == ["2", "2"]
    assert rows[0]["address"].startswith("'="), "no spreadsheet takes a name for a formula"
