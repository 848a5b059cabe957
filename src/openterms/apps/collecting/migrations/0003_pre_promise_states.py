"""What became of every promise is kept, written once; the book's promises say it as of a day and as known."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

STATES = [
    ("pending", "Pending"), ("kept", "Kept"), ("part_kept", "Part kept"), ("broken", "Broken"),
    ("withdrawn", "Withdrawn"), ("renegotiated", "Replaced by a later promise"),
]  # fmt: skip

GUARDS = """
-- Of a promise only its state changes, and each state it had is kept: whoever writes a promise writes this too.
CREATE TRIGGER promise_fixed BEFORE UPDATE OF id, seller_id, customer_id, amount_minor, currency, promised_for, made_on,
    grace_days, recorded_at
    ON collecting_promise FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER promise_kept BEFORE DELETE OR TRUNCATE ON collecting_promise
    FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER recorded_now AFTER INSERT ON collecting_promise REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION openterms_recorded_now();

CREATE FUNCTION collecting_promise_made() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    INSERT INTO collecting_promisestate (promise_id, number, seller_id, state, state_on)
    SELECT id, 1, seller_id, 'pending', made_on FROM added;
    INSERT INTO collecting_promisestate (promise_id, number, seller_id, state, state_on)
    SELECT id, 2, seller_id, state, state_on FROM added WHERE state <> 'pending';
    RETURN NULL;
END $$;
CREATE TRIGGER made AFTER INSERT ON collecting_promise REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION collecting_promise_made();

-- Planned anew for every statement (EXECUTE), as the guards of the ledger are.
CREATE FUNCTION collecting_promise_moved() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    EXECUTE 'INSERT INTO collecting_promisestate (promise_id, number, seller_id, state, state_on)
        SELECT m.id, last.number + 1, m.seller_id, m.state, m.state_on
        FROM moved m CROSS JOIN LATERAL (
            SELECT s.number, s.state, s.state_on FROM collecting_promisestate s
            WHERE s.promise_id = m.id ORDER BY s.number DESC LIMIT 1) last
        WHERE (m.state, m.state_on) IS DISTINCT FROM (last.state, last.state_on)';
    RETURN NULL;
END $$;
CREATE TRIGGER moved AFTER UPDATE ON collecting_promise REFERENCING NEW TABLE AS moved
    FOR EACH STATEMENT EXECUTE FUNCTION collecting_promise_moved();

-- Of promises made before, only how they stand was kept.
INSERT INTO collecting_promisestate (promise_id, number, seller_id, state, state_on, recorded_at)
SELECT id, 1, seller_id, 'pending', made_on, recorded_at FROM collecting_promise
UNION ALL
SELECT id, 2, seller_id, state, state_on, recorded_at FROM collecting_promise WHERE state <> 'pending';

SELECT openterms_append_only('collecting_promisestate');
CREATE TRIGGER recorded_now AFTER INSERT ON collecting_promisestate REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION openterms_recorded_now();
"""

BOOK = """
DROP VIEW book_promises;
CREATE VIEW book_promises WITH (security_invoker = true) AS
SELECT s.seller_id, s.promise_id, p.customer_id, p.currency::text, p.amount_minor, p.promised_for, p.made_on,
       s.state::text, s.state_on, s.number AS state_number, s.recorded_at
FROM collecting_promisestate s JOIN collecting_promise p ON p.id = s.promise_id AND p.seller_id = s.seller_id;
"""


class Migration(migrations.Migration):
    dependencies = [("collecting", "0002_pre_book"), ("receivables", "0002_pre_guards")]
    operations = [
        migrations.CreateModel(
            name="PromiseState",
            fields=[
                ("number", models.IntegerField()),
                ("state", models.CharField(choices=STATES, max_length=12)),
                ("state_on", models.DateField()),
                ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("promise", models.ForeignKey(
                    db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT,
                    to="collecting.promise",
                )),
                ("seller", models.ForeignKey(
                    db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT,
                    to="tenancy.seller",
                )),
                ("pk", models.CompositePrimaryKey(
                    "promise", "number", blank=True, editable=False, primary_key=True, serialize=False,
                )),
            ],
        ),
        migrations.RunSQL("ALTER TABLE collecting_promisestate ALTER recorded_at SET DEFAULT transaction_timestamp()"),
        migrations.RunSQL(GUARDS),
        migrations.RunSQL(BOOK),
    ]
