"""A key finds its seller and nothing else, even for raw SQL through the web role."""

from __future__ import annotations

import psycopg
import pytest
from django.db import transaction

from openterms.apps.tenancy import clock
from openterms.apps.tenancy.api_keys import add_key, digest_of, enter_by_key, revoke_key
from openterms.apps.tenancy.context import acting, signed
from openterms.apps.tenancy.models import ApiKey
from openterms.core.base.errors import BadInput

SET = "SELECT set_config('openterms.context', %s, true), set_config('openterms.code', %s, true)"


@pytest.fixture
def keys(committed, new_seller):
    """Two sellers, each with a key."""
    found = []
    for _ in range(2):
        seller = new_seller(enter=False)
        with acting(seller.id):
            found.append((seller, *add_key(seller, "shop", ["authorise"])))
    return found


def test_the_secret_is_not_kept(keys):
    for seller, key, secret in keys:
        with acting(seller.id):
            kept = ApiKey.objects.get(id=key.id)
        assert secret not in str(vars(kept)) and kept.digest == digest_of(secret)
        assert secret.startswith(kept.prefix) and len(secret) > 40


def test_a_key_enters_its_sellers_context(keys):
    for seller, _, secret in keys:
        with transaction.atomic():
            assert enter_by_key(secret).seller == seller
            assert [key.seller_id for key in ApiKey.objects.all()] == [seller.id]


def test_an_unknown_or_revoked_key_enters_nothing(keys):
    seller, key, secret = keys[0]
    with transaction.atomic():
        assert enter_by_key("ot_guess") is None
        assert ApiKey.objects.count() == 0
    with acting(seller.id):
        revoke_key(seller, key.prefix, clock.now())
        with pytest.raises(BadInput):
            revoke_key(seller, key.prefix, clock.now())
    with transaction.atomic():
        assert enter_by_key(secret) is None


def test_under_a_digest_one_key_shows_and_nothing_else(keys, home):
    _, key, secret = keys[0]
    with psycopg.connect(home.database_url("web")) as web:
        web.execute(SET, signed(key=digest_of(secret), until=4_000_000_000))
        assert web.execute("SELECT id FROM tenancy_apikey").fetchall() == [(key.id,)]
        for table in ("tenancy_seller", "parties_customer", "credit_line", "credit_authorisation"):
            assert web.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)
        assert web.execute("UPDATE tenancy_apikey SET revoked_at = now()").rowcount == 0
        web.rollback()
        text, code = signed(key=digest_of("other"), until=4_000_000_000)
        web.execute(SET, [text.replace(digest_of("other"), digest_of(secret)), code])
        assert web.execute("SELECT count(*) FROM tenancy_apikey").fetchone() == (0,)


@pytest.mark.parametrize(
    "statement",
    ["UPDATE tenancy_apikey SET scopes = '{authorise}'", "UPDATE tenancy_apikey SET digest = 'x'",
     "DELETE FROM tenancy_apikey"],
)  # fmt: skip
def test_what_a_key_is_never_changes(keys, home, statement):
    seller = keys[0][0]
    with psycopg.connect(home.database_url("web")) as web:
        web.execute(SET, signed(seller=seller.id, until=4_000_000_000))
        with pytest.raises(psycopg.errors.RestrictViolation):
            web.execute(statement)


def test_scopes_are_known(seller):
    for scopes in ([], ["everything"]):
        with pytest.raises(BadInput, match="scope"):
            add_key(seller, "x", scopes)
