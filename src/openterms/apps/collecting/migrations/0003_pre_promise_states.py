"""What became of every promise is kept, written once; the book's promises say it as of a day and as known."""

from django.db import migrations

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

SELECT openterms_append_only('collecting_promisestate');
CREATE TRIGGER recorded_now AFTER INSERT ON collecting_promisestate REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION openterms_recorded_now();
"""


class Migration(migrations.Migration):
    dependencies = [("collecting", "0002_pre_book"), ("receivables", "0002_pre_guards")]
    operations = [migrations.RunSQL(GUARDS)]
