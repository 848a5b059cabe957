"""No seller sees or changes another's rows, even by raw SQL through the web role."""

from __future__ import annotations

import json
import threading

import psycopg
import pytest
from django.db import connection

from openterms.apps.journal.actions import seal
from openterms.apps.receivables.dispute.actions import open_dispute
from openterms.apps.tenancy.actions import add_membership, add_seller, add_user
from openterms.apps.tenancy.actor import SYSTEM
from openterms.apps.tenancy.clock import new_id
from openterms.apps.tenancy.context import acting, context_sql, signed
from tests.apps.desk import NOW, Desk, day, owned_tables

SET = "SELECT set_config('openterms.context', %s, true), set_config('openterms.code', %s, true)"
SHARED = {
    "auth_group", "auth_group_permissions", "auth_permission", "django_content_type", "tenancy_user_groups",
    "tenancy_user_user_permissions",
}  # fmt: skip
NOT_OURS = ("procrastinate_",)


class Two:
    """Two sellers with rows in many tables."""

    def __init__(self, home):
        self.home = home
        self.a, self.b = (self.fill(name) for name in "ab")

    def fill(self, name):
        code = f"R{name}{new_id().hex[-10:]}"
        seller = add_seller(code, f"Seller {code}", "USD", "US")
        user = add_user(f"{code}@example.com", "a long enough password", code)
        with acting(seller.id):
            add_membership(seller, user, "cash_clerk", 100)
            desk = Desk(seller)
            invoice = desk.invoice("I1", "03-01", 10_000)
            desk.allocate(desk.receipt("R1", "03-02", 5_000), "03-02", (invoice, 5_000))
            open_dispute(seller, SYSTEM, invoice.id, 100, "price", day("03-03"), NOW)
            other = desk.invoice("I2", "03-01", 7_000, who="C2")
            desk.allocate(desk.receipt("R2", "03-02", 2_000, who="C2"), "03-02", (other, 2_000))
            open_dispute(seller, SYSTEM, other.id, 100, "price", day("03-03"), NOW)
            seal(seller.id)
        seller.other = desk.customer("C2")
        seller.user, seller.customer, seller.invoice = user, desk.customer(), invoice
        return seller

    def connect(self, role="web"):
        return psycopg.connect(self.home.database_url(role))


@pytest.fixture(scope="module")
def two(home, django_db_setup, django_db_blocker):
    with django_db_blocker.unblock():
        yield Two(home)
        connection.close()


@pytest.fixture
def web(two):
    """A bare connection of the web role, in a transaction without a context."""
    with two.connect() as link:
        yield link
        link.rollback()


def enter(link, seller, **more):
    link.execute(context_sql(seller.id, **more))


def seen_of(link, seller, tables):
    """Tables in which rows of a seller show."""
    found = []
    for table in tables:
        if link.execute(f"SELECT count(*) FROM {table} WHERE seller_id = %s", [seller.id]).fetchone()[0]:
            found.append(table)
    return found


@pytest.fixture
def tables(two, django_db_blocker):
    with django_db_blocker.unblock():
        return owned_tables()


def test_every_table_is_a_sellers_or_named_here(two, django_db_blocker):
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, relrowsecurity AND relforcerowsecurity, EXISTS (SELECT 1 FROM pg_policy WHERE polrelid ="
            " c.oid) FROM pg_class c WHERE relkind IN ('r', 'p', 'm') AND relnamespace = 'public'::regnamespace"
        )
        found = {name: (forced, ruled) for name, forced, ruled in cursor.fetchall()}
    secret = {"tenancy_contextkey", "tenancy_ratewindow", "django_migrations", "openterms_stamp"}
    for name, (forced, ruled) in found.items():
        if name in SHARED or name in secret or name.startswith(NOT_OURS):
            continue
        assert forced, f"{name} has no forced row-level security"
        assert ruled, f"{name} has no policy"


@pytest.mark.parametrize("role", ["web", "worker"])
def test_without_a_context_there_is_nothing(two, tables, role):
    with two.connect(role) as link:
        for seller in (two.a, two.b):
            assert seen_of(link, seller, tables) == ([] if role == "web" else ["tenancy_membership"])


@pytest.mark.parametrize("role", ["web", "worker"])
def test_the_context_of_one_shows_that_one(two, tables, role):
    with two.connect(role) as link:
        enter(link, two.a)
        assert {"receivables_item", "receivables_posting", "journal_event", "journal_seal", "parties_customer",
                "receivables_claim", "receivables_dispute"} <= set(seen_of(link, two.a, tables))  # fmt: skip
        assert seen_of(link, two.b, tables) == ([] if role == "web" else ["tenancy_membership"])


def test_views_show_what_their_reader_may_see(two, web):
    enter(web, two.a)
    views = [row[0] for row in web.execute("SELECT viewname FROM pg_views WHERE schemaname = 'public'").fetchall()]
    assert len(views) >= 7
    for view in views:
        assert web.execute(f"SELECT count(*) FROM {view} WHERE seller_id = %s", [two.b.id]).fetchone()[0] == 0, view
    assert web.execute("SELECT count(*) FROM book_items").fetchone()[0] == 4


def columns_of(link, name):
    """Tables of sellers that have, or have not, a column."""
    asked = (
        "SELECT c.relname FROM pg_class c WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace"
        " AND EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'seller_id')"
        " AND EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = %s) ORDER BY 1"
    )
    return {row[0] for row in link.execute(asked, [name]).fetchall()}


@pytest.mark.parametrize("role", ["web", "worker"])
def test_who_acts_for_a_customer_sees_that_customer_and_nothing_else(two, tables, role):
    with two.connect(role) as link:
        enter(link, two.a)
        of_customers = columns_of(link, "customer_id")
        both = {table for table in of_customers if link.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchone()}
        link.rollback()
        enter(link, two.a, customer=two.a.customer.id)
        shown = {}
        for table in of_customers:
            found = link.execute(f"SELECT DISTINCT customer_id FROM {table}").fetchall()
            assert found in ([], [(two.a.customer.id,)]), table
            shown[table] = bool(found)
        assert {table for table, is_shown in shown.items() if is_shown} <= both
        assert shown["receivables_item"] and shown["receivables_dispute"] and shown["receivables_settlement"]
        assert link.execute("SELECT id FROM parties_customer").fetchall() == [(two.a.customer.id,)]
        for table in ["tenancy_user", *(set(tables) - of_customers - {"parties_customer"})]:
            assert link.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchone() is None, table


def test_who_acts_for_a_customer_writes_for_no_other(two, web):
    enter(web, two.a, customer=two.a.customer.id)
    changed = web.execute("UPDATE receivables_dispute SET note = 'x'")
    assert changed.rowcount == 1
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="row-level security"):
        web.execute(
            "INSERT INTO parties_note (id, seller_id, customer_id, text) VALUES (openterms_id(), %s, %s, 'x')",
            [two.a.id, two.a.other.id],
        )


def forgeries(two):
    text, code = signed(seller=two.a.id, until=4_000_000_000)
    changed = text.replace(str(two.a.id), str(two.b.id))
    yield "another seller in a signed text", changed, code
    yield "no code", changed, ""
    yield "a code of zeros", changed, "0" * 64
    yield "an empty text", "", code
    yield "no JSON", "{", code
    yield "not bound to a transaction", *signed(seller=two.b.id)
    yield "bound to another transaction", *signed(seller=two.b.id, at="1:1")
    yield "begun too late", *signed(seller=two.b.id, until=1)


def test_a_forged_context_is_worth_nothing(two, tables):
    for name, text, code in forgeries(two):
        with two.connect() as link:
            link.execute(SET, [text, code])
            assert seen_of(link, two.b, tables) == [], name


def test_a_context_is_worth_nothing_in_another_transaction(two, tables, django_db_blocker):
    """Overheard settings cannot be used again: not on another connection, not later on the same one."""
    with django_db_blocker.unblock(), acting(two.b.id), connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('openterms.context'), current_setting('openterms.code')")
        overheard = cursor.fetchone()
        assert "at" in json.loads(overheard[0])
        with two.connect() as link:
            link.execute(SET, overheard)
            assert seen_of(link, two.b, tables) == []
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute(SET, overheard)
        cursor.execute("SELECT count(*) FROM receivables_item WHERE seller_id = %s", [two.b.id])
        assert cursor.fetchone()[0] == 0
        cursor.execute("ROLLBACK")


def test_a_context_ends_with_its_transaction(two, tables):
    with two.connect() as link:
        enter(link, two.b)
        assert seen_of(link, two.b, tables)
        link.commit()
        assert seen_of(link, two.b, tables) == []
        link.execute("SELECT set_config('openterms.context', %s, false)", [signed(seller=two.b.id)[0]])
        assert seen_of(link, two.b, tables) == []


def test_statements_of_other_connections_are_not_overheard(two):
    """Two requests share a role, so each could read the other's statements, and a context in them."""
    with two.connect() as one, two.connect() as other:
        enter(one, two.b)
        seen = other.execute("SELECT query FROM pg_stat_activity WHERE pid <> pg_backend_pid()").fetchall()
        assert not any(str(two.b.id) in (row[0] or "") or "openterms.code" in (row[0] or "") for row in seen)


def test_the_context_is_not_written_into_statements(two, django_db_blocker):
    with django_db_blocker.unblock(), psycopg.connect(two.home.database_url()) as owner:
        with acting(two.b.id):
            seen = owner.execute("SELECT query FROM pg_stat_activity WHERE usename = 'openterms_worker'").fetchall()
        assert seen
        assert not any(str(two.b.id) in row[0] for row in seen)


REFUSED = [
    "SET ROLE postgres",
    "SET ROLE openterms_worker",
    "SET SESSION AUTHORIZATION openterms_worker",
    "SET row_security = off; SELECT * FROM receivables_item",
    "SELECT * FROM tenancy_contextkey",
    "TABLE openterms_stamp",
    "COPY tenancy_contextkey TO STDOUT",
    "COPY receivables_item TO PROGRAM 'cat'",
    "COPY receivables_item FROM '/etc/passwd'",
    "SELECT pg_read_file('/etc/passwd')",
    "SELECT lo_import('/etc/passwd')",
    "ALTER TABLE receivables_item DISABLE ROW LEVEL SECURITY",
    "ALTER TABLE receivables_item NO FORCE ROW LEVEL SECURITY",
    "DROP POLICY own_seller ON receivables_item",
    "CREATE POLICY mine ON receivables_item USING (true)",
    "ALTER TABLE receivables_posting DISABLE TRIGGER ALL",
    "SET session_replication_role = replica",
    "ALTER ROLE openterms_web BYPASSRLS",
    "ALTER ROLE openterms_web SUPERUSER",
    "ALTER ROLE openterms_web SET track_activities = on",
    "SET track_activities = on",
    "GRANT postgres TO openterms_web",
    "CREATE TABLE public.mine (x int)",
    "CREATE FUNCTION public.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE OR REPLACE FUNCTION openterms_seller() RETURNS uuid LANGUAGE sql AS 'SELECT NULL::uuid'",
    "ALTER FUNCTION openterms_context(text) SECURITY INVOKER",
    "SELECT openterms_grant()",
    "SELECT openterms_policy('receivables_item', 'own_seller', 'ALL', 'PUBLIC', 'true', 'true')",
    "SELECT openterms_append_only('receivables_item')",
    "SELECT most_common_vals FROM pg_statistic",
    "SELECT * FROM pg_authid",
    "SELECT * FROM pg_user_mapping",
    "CREATE EXTENSION plpython3u",
    "UPDATE receivables_posting SET amount_minor = 0",
    "DELETE FROM receivables_posting",
    "TRUNCATE receivables_posting",
    "TRUNCATE receivables_item",
    "TRUNCATE parties_customer CASCADE",
    "DELETE FROM journal_event",
    "UPDATE journal_seal SET number = 0",
    "DELETE FROM receivables_item",
    "UPDATE auth_permission SET name = 'x'",
    "DELETE FROM django_content_type",
    "SELECT args FROM procrastinate_jobs",
    "DELETE FROM procrastinate_jobs",
    "INSERT INTO tenancy_seller (id, code, name, currency, country, timezone, weekend, terms, small_difference_minor)"
    " VALUES (gen_random_uuid(), 'X', 'X', 'USD', 'US', 'UTC', '{}', 'net 30', 0)",
]


@pytest.mark.parametrize("statement", REFUSED)
def test_the_web_role_is_refused(two, web, statement):
    enter(web, two.a)
    with pytest.raises(psycopg.Error) as caught:
        web.execute(statement)
    assert not isinstance(caught.value, psycopg.errors.SyntaxError), caught.value


@pytest.mark.parametrize(
    "statement", ["RESET ALL", "DISCARD TEMP", "RESET ROLE", "SET SESSION AUTHORIZATION DEFAULT", "RESET row_security"]
)
def test_resetting_shows_no_more(two, web, tables, statement):
    enter(web, two.a)
    web.execute(statement)
    assert seen_of(web, two.b, tables) == []


def test_nothing_of_another_is_changed(two, web, tables):
    enter(web, two.a)
    fixed = {row[0] for row in web.execute(
        "SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger WHERE tgfoid = 'openterms_refuse'::regproc"
    )}  # fmt: skip
    for table in tables:
        if table in fixed or not web.execute(
            "SELECT has_table_privilege(%s, 'UPDATE')", [table]
        ).fetchone()[0]:
            continue
        for statement in (f"UPDATE {table} SET seller_id = seller_id WHERE seller_id = %s",
                          f"DELETE FROM {table} WHERE seller_id = %s"):  # fmt: skip
            assert web.execute(statement, [two.b.id]).rowcount == 0, table
    changed = web.execute("UPDATE receivables_item SET open_minor = 0 WHERE id = %s", [two.b.invoice.id])
    assert changed.rowcount == 0
    assert web.execute("UPDATE tenancy_seller SET name = 'x' WHERE id = %s", [two.b.id]).rowcount == 0
    assert web.execute("SELECT 1 FROM receivables_item WHERE id = %s FOR UPDATE", [two.b.invoice.id]).rowcount == 0


def test_rows_cannot_be_written_or_moved_to_another(two, web):
    for statement in (
        "INSERT INTO parties_group (id, seller_id, code, name) VALUES (gen_random_uuid(), %(b)s, 'G', 'G')",
        "UPDATE parties_customer SET seller_id = %(b)s",
        "UPDATE tenancy_membership SET seller_id = %(b)s",
        "INSERT INTO tenancy_membership (id, seller_id, user_id, role, authority_minor, is_active) VALUES"
        " (gen_random_uuid(), %(b)s, %(user)s, 'admin', 0, true)",
        "INSERT INTO journal_event (id, seller_id, at, actor, kind, subject_type, data, content_hash) VALUES"
        " (gen_random_uuid(), %(b)s, now(), 'x', 'x', 'x', '{}', '')",
        "INSERT INTO receivables_entry (id, seller_id, customer_id, kind, posted_on) VALUES"
        " (gen_random_uuid(), %(a)s, %(customer)s, 'invoice', '2026-03-01')",
    ):
        enter(web, two.a)
        params = {"a": two.a.id, "b": two.b.id, "user": two.a.user.id, "customer": two.b.customer.id}
        with pytest.raises(psycopg.Error) as caught:
            web.execute(statement, params)
        assert not isinstance(caught.value, psycopg.errors.SyntaxError | psycopg.errors.NotNullViolation), caught.value
        web.rollback()


def test_copy_reads_only_ones_own(two, web):
    enter(web, two.a)
    for source in ("receivables_item", "(SELECT * FROM receivables_item)"):
        with web.cursor().copy(f"COPY {source} TO STDOUT") as copy:
            text = b"".join(copy).decode()
        assert str(two.a.id) in text
        assert str(two.b.id) not in text


def test_a_leaky_function_or_operator_sees_only_ones_own(two, web):
    """A cheap function in WHERE that tells what it is called with is called after the policy."""
    enter(web, two.a)
    told = []
    web.add_notice_handler(lambda notice: told.append(notice.message_primary))
    web.execute(
        "CREATE FUNCTION pg_temp.leak(id uuid, seller uuid) RETURNS boolean LANGUAGE plpgsql COST 0.0000001 AS"
        " $$ BEGIN RAISE NOTICE '%', seller; RETURN true; END $$"
    )
    web.execute("CREATE OPERATOR pg_temp.~~~ (LEFTARG = uuid, RIGHTARG = uuid, FUNCTION = pg_temp.leak)")
    web.execute("SELECT count(*) FROM receivables_item WHERE pg_temp.leak(id, seller_id)")
    web.execute("SELECT count(*) FROM book_items WHERE item_id OPERATOR(pg_temp.~~~) seller_id")
    web.execute("UPDATE parties_customer SET name = name WHERE pg_temp.leak(id, seller_id)")
    web.execute("SELECT count(*) FROM receivables_item WHERE 1 / (CASE seller_id WHEN %s THEN 0 ELSE 1 END) = 1",
                [two.b.id])  # fmt: skip
    assert str(two.a.id) in told
    assert str(two.b.id) not in told


def test_a_type_of_the_session_does_not_take_the_place_of_uuid(two, tables):
    """Types of pg_temp are found first: a cast to `uuid` in a function could be made to answer another seller."""
    with two.connect() as link:
        enter(link, two.a)
        try:
            with link.transaction():
                link.execute("CREATE TYPE pg_temp.uuid AS (said text)")
                link.execute(
                    "CREATE FUNCTION pg_temp.there(text) RETURNS pg_temp.uuid LANGUAGE sql AS"
                    " $$ SELECT ROW($1)::pg_temp.uuid $$"
                )
                link.execute(
                    "CREATE FUNCTION pg_temp.back(pg_temp.uuid) RETURNS pg_catalog.uuid LANGUAGE sql AS"
                    f" $$ SELECT '{two.b.id}'::pg_catalog.uuid $$"
                )
                link.execute("CREATE CAST (text AS pg_temp.uuid) WITH FUNCTION pg_temp.there(text) AS ASSIGNMENT")
                link.execute(
                    "CREATE CAST (pg_temp.uuid AS pg_catalog.uuid) WITH FUNCTION pg_temp.back(pg_temp.uuid) AS IMPLICIT"
                )
        except psycopg.errors.InsufficientPrivilege:
            pytest.skip("this server refuses the casts themselves")
        assert link.execute("SELECT openterms_seller()").fetchone()[0] == two.a.id
        assert seen_of(link, two.b, tables) == []


def test_tables_of_the_session_do_not_fool_the_guards(two, web):
    enter(web, two.a)
    web.execute("CREATE TEMP TABLE parties_customer AS SELECT %s::uuid AS id, %s::uuid AS seller_id",
                [two.b.customer.id, two.a.id])  # fmt: skip
    web.execute("CREATE TEMP TABLE tenancy_contextkey (id int, inner_pad bytea, outer_pad bytea)")
    web.execute("INSERT INTO tenancy_contextkey VALUES (1, '', '')")
    assert web.execute("SELECT openterms_seller()").fetchone()[0] == two.a.id
    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        web.execute(
            "INSERT INTO receivables_entry (id, seller_id, customer_id, kind, posted_on) VALUES"
            " (gen_random_uuid(), %s, %s, 'invoice', '2026-03-01')",
            [two.a.id, two.b.customer.id],
        )


def test_people_and_sellers_of_others_are_not_seen(two, web):
    enter(web, two.a)
    emails = [row[0] for row in web.execute("SELECT email FROM tenancy_user").fetchall()]
    assert emails == [two.a.user.email.lower()]
    assert [row[0] for row in web.execute("SELECT code FROM tenancy_seller").fetchall()] == [two.a.code]
    web.rollback()
    web.execute(context_sql(user=two.a.user.id))
    assert [row[0] for row in web.execute("SELECT seller_id FROM tenancy_membership").fetchall()] == [two.a.id]
    assert web.execute("SELECT count(*) FROM receivables_item").fetchone()[0] == 0
    web.rollback()
    web.execute(context_sql(login=two.b.user.email.lower()))
    assert web.execute("SELECT count(*) FROM tenancy_user").fetchone()[0] == 1
    assert web.execute("SELECT count(*) FROM tenancy_membership").fetchone()[0] == 0


def test_a_session_is_seen_by_who_brings_its_key(two, web):
    with psycopg.connect(two.home.database_url("worker")) as worker:
        key = f"k{new_id().hex}"
        worker.execute(
            "INSERT INTO django_session (session_key, session_data, expire_date) VALUES (%s, 'x', now())", [key]
        )
    assert web.execute("SELECT count(*) FROM django_session").fetchone()[0] == 0
    web.execute("SELECT set_config('openterms.session', '%', true)")
    assert web.execute("SELECT count(*) FROM django_session").fetchone()[0] == 0
    web.execute("SELECT set_config('openterms.session', %s, true)", [key])
    assert web.execute("SELECT session_key FROM django_session").fetchall() == [(key,)]


def test_a_job_is_handed_in_and_not_read(two, web):
    enter(web, two.a)
    job = web.execute(
        "INSERT INTO procrastinate_jobs (queue_name, task_name, args) VALUES ('q', 'none', '{}') RETURNING id"
    ).fetchone()
    assert job[0]
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        web.execute("SELECT args FROM procrastinate_jobs")


def test_threads_keep_their_contexts_apart(two, django_db_blocker):
    """Many connections at once, each sees its own seller only."""
    wrong = []

    def work(seller):
        with two.connect() as link:
            for _ in range(20):
                enter(link, seller)
                found = {row[0] for row in link.execute("SELECT DISTINCT seller_id FROM receivables_posting")}
                if found != {seller.id}:
                    wrong.append(found)
                link.rollback()

    threads = [threading.Thread(target=work, args=[seller]) for seller in (two.a, two.b) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_statistics_tell_nothing_of_others(two, web):
    enter(web, two.a)
    assert web.execute("SELECT count(*) FROM pg_stats WHERE schemaname = 'public' AND attname = 'seller_id'"
                       " AND tablename = 'receivables_item'").fetchone()[0] == 0  # fmt: skip
