"""The journal: a single changed byte is found."""

from __future__ import annotations

import psycopg
import pytest

from openterms.apps.journal.actions import record, seal, verify
from openterms.apps.journal.models import Event, Seal
from openterms.apps.tenancy.actor import SYSTEM
from openterms.apps.tenancy.clock import new_id
from openterms.apps.tenancy.context import acting
from tests.apps.desk import NOW


def write(seller, count):
    subject = new_id()
    for number in range(count):
        record(seller.id, SYSTEM, "noted", "thing", subject, NOW, subject, {"text": "ü", "n": number, "on": None})


@pytest.fixture
def sealed(committed, new_seller):
    seller = new_seller(enter=False)
    with acting(seller.id):
        write(seller, 5)
        assert seal(seller.id) == 5
    return seller


def test_an_untouched_journal_verifies(sealed):
    with acting(sealed.id):
        verdict = verify(sealed.id)
        assert (verdict.ok, verdict.sealed, verdict.unsealed) == (True, 5, 0)
        assert seal(sealed.id) == 0
        write(sealed, 2)
        verdict = verify(sealed.id)
        assert (verdict.ok, verdict.sealed, verdict.unsealed) == (True, 5, 2)
        assert seal(sealed.id) == 2
        assert verify(sealed.id).sealed == 7


THIRD = "id = (SELECT event_id FROM journal_seal WHERE seller_id = %(seller)s AND number = 3)"
CHANGES = {
    "actor": f"UPDATE journal_event SET actor = 'openTerms' WHERE {THIRD}",
    "actor_id": f"UPDATE journal_event SET actor_id = gen_random_uuid() WHERE {THIRD}",
    "kind": f"UPDATE journal_event SET kind = 'Noted' WHERE {THIRD}",
    "at": f"UPDATE journal_event SET at = at + interval '1 microsecond' WHERE {THIRD}",
    "subject_type": f"UPDATE journal_event SET subject_type = 'thinG' WHERE {THIRD}",
    "subject_id": f"UPDATE journal_event SET subject_id = NULL WHERE {THIRD}",
    "customer_id": f"UPDATE journal_event SET customer_id = NULL WHERE {THIRD}",
    "data value": f"UPDATE journal_event SET data = jsonb_set(data, '{{text}}', '\"u\"') WHERE {THIRD}",
    "data key": f"UPDATE journal_event SET data = data - 'on' WHERE {THIRD}",
    "data number as text": f"UPDATE journal_event SET data = jsonb_set(data, '{{n}}', '\"2\"') WHERE {THIRD}",
    "content hash": f"UPDATE journal_event SET content_hash = set_byte(content_hash, 0, 1) WHERE {THIRD}",
    "removed": f"DELETE FROM journal_event WHERE {THIRD}",
    "chain hash": "UPDATE journal_seal SET chain_hash = set_byte(chain_hash, 31, get_byte(chain_hash, 31) # 1)"
                  " WHERE seller_id = %(seller)s AND number = 3",
    "link removed": "DELETE FROM journal_seal WHERE seller_id = %(seller)s AND number = 3",
    "links exchanged": "UPDATE journal_seal SET number = CASE number WHEN 2 THEN 3 ELSE 2 END"
                       " WHERE seller_id = %(seller)s AND number IN (2, 3)",
}  # fmt: skip


@pytest.mark.parametrize("what", CHANGES)
def test_a_single_change_is_found(sealed, home, what):
    statement = CHANGES[what]
    if what == "links exchanged":
        statement = statement.replace("number IN (2, 3)", "number = 2").replace("ELSE 2", "ELSE 99")
    with psycopg.connect(home.database_url()) as owner:
        owner.execute("SET session_replication_role = replica")
        if what == "links exchanged":
            owner.execute("UPDATE journal_seal SET number = 99 WHERE seller_id = %s AND number = 2", [sealed.id])
            owner.execute("UPDATE journal_seal SET number = 2 WHERE seller_id = %s AND number = 3", [sealed.id])
            owner.execute("UPDATE journal_seal SET number = 3 WHERE seller_id = %s AND number = 99", [sealed.id])
        else:
            assert owner.execute(statement, {"seller": sealed.id}).rowcount == 1
    with acting(sealed.id):
        verdict = verify(sealed.id)
    assert not verdict.ok, what
    assert verdict.sealed == (1 if what == "links exchanged" else 2)


def test_a_change_before_the_seal_is_found_too(committed, new_seller, home):
    seller = new_seller(enter=False)
    with acting(seller.id):
        write(seller, 2)
    with psycopg.connect(home.database_url()) as owner:
        owner.execute("SET session_replication_role = replica")
        owner.execute("UPDATE journal_event SET kind = 'x' WHERE seller_id = %s", [seller.id])
    with acting(seller.id):
        assert "not yet sealed" in verify(seller.id).fault


def test_events_hold_no_floats_and_need_a_transaction(seller):
    with pytest.raises(TypeError, match="no floats"):
        record(seller.id, SYSTEM, "noted", "thing", None, NOW, None, {"a": [{"b": 0.1}]})
    assert not Event.objects.filter(seller=seller, kind="noted").exists()


def test_a_long_journal_is_sealed_in_batches(seller, monkeypatch):
    monkeypatch.setattr("openterms.apps.journal.actions.SEAL_BATCH", 3)
    write(seller, 8)
    assert seal(seller.id) == 8
    assert verify(seller.id).ok
    numbers = Seal.objects.filter(seller=seller).order_by("number").values_list("number", flat=True)
    assert list(numbers) == list(range(1, 9))
