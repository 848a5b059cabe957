"""What the database itself holds: entries balance, references stay inside a seller, the record is written once."""

from django.db import migrations

SHARED = """
-- recorded_at is the transaction's own instant: nobody can write into what was known before.
CREATE FUNCTION openterms_recorded_now() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM added WHERE recorded_at IS DISTINCT FROM transaction_timestamp()) THEN
        RAISE EXCEPTION '% is recorded at the instant of its transaction and at no other', TG_TABLE_NAME
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER recorded_now AFTER INSERT ON receivables_entry REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION openterms_recorded_now();
CREATE TRIGGER recorded_now AFTER INSERT ON receivables_item REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION openterms_recorded_now();
CREATE TRIGGER recorded_now AFTER INSERT ON receivables_settlement REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION openterms_recorded_now();

-- Statistics know nothing of a seller whose first rows arrive in this very transaction: the planner expects one row and
-- would compare a million with a million. Many rows are joined by hash, until the calling function ends.
CREATE FUNCTION openterms_many(rows bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF rows > 500 THEN
        PERFORM set_config('enable_nestloop', 'off', true);
    END IF;
END $$;
"""
GUARDS = """
-- Entries of one transaction have identifiers of one short range, by which they are found without reading all others.
-- Joins are planned anew for every statement (EXECUTE): a plan made while tables were small would stay for the life of
-- a connection, and the next import or large allocation would pay for it row by row.
CREATE FUNCTION receivables_balanced() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp SET enable_nestloop = on AS $$
DECLARE fault record;
BEGIN
    PERFORM openterms_many((SELECT count(*) FROM added));
    EXECUTE 'SELECT w.entry_id, e.id IS NULL AS is_stray, w.is_uneven
    FROM (
        SELECT entry_id, seller_id, posted_on, customer_id, sum(base_minor) AS base_minor,
            bool_or(amount_minor <> 0) AS is_uneven
        FROM (
            SELECT entry_id, seller_id, posted_on, customer_id, currency, sum(amount_minor) AS amount_minor,
                sum(base_minor) AS base_minor
            FROM added GROUP BY entry_id, seller_id, posted_on, customer_id, currency
        ) sides GROUP BY entry_id, seller_id, posted_on, customer_id
    ) w LEFT JOIN receivables_entry e ON e.id = w.entry_id AND e.seller_id = w.seller_id AND e.posted_on = w.posted_on
        AND e.customer_id = w.customer_id AND e.recorded_at = transaction_timestamp()
        AND e.id BETWEEN (SELECT entry_id FROM added ORDER BY 1 LIMIT 1)
            AND (SELECT entry_id FROM added ORDER BY 1 DESC LIMIT 1)
    WHERE e.id IS NULL OR w.is_uneven OR w.base_minor <> 0 LIMIT 1' INTO fault;
    IF fault.entry_id IS NULL THEN
        RETURN NULL;
    ELSIF fault.is_stray THEN
        RAISE EXCEPTION 'A posting names entry %, which its seller does not write now for that day and customer',
            fault.entry_id USING ERRCODE = 'foreign_key_violation';
    ELSIF fault.is_uneven THEN
        RAISE EXCEPTION 'Entry % does not balance in its currency', fault.entry_id USING ERRCODE = 'check_violation';
    END IF;
    RAISE EXCEPTION 'Entry % does not balance in base currency', fault.entry_id USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER balanced AFTER INSERT ON receivables_posting REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION receivables_balanced();

CREATE FUNCTION receivables_of_customer() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp SET enable_nestloop = on AS $$
DECLARE fault record;
BEGIN
    PERFORM openterms_many((SELECT count(*) FROM added));
    EXECUTE 'SELECT a.customer_id FROM (SELECT DISTINCT customer_id, seller_id FROM added) a
        LEFT JOIN parties_customer c ON c.id = a.customer_id AND c.seller_id = a.seller_id
    WHERE c.id IS NULL LIMIT 1' INTO fault;
    IF fault.customer_id IS NOT NULL THEN
        RAISE EXCEPTION '% names customer %, which its seller does not have', TG_TABLE_NAME, fault.customer_id
            USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER of_customer AFTER INSERT ON receivables_entry REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION receivables_of_customer();
CREATE TRIGGER of_customer AFTER INSERT ON receivables_item REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION receivables_of_customer();

CREATE FUNCTION receivables_of_entry() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp SET enable_nestloop = on AS $$
DECLARE fault record;
BEGIN
    PERFORM openterms_many((SELECT count(*) FROM added));
    EXECUTE 'SELECT a.entry_id FROM added a LEFT JOIN receivables_entry e
        ON e.id = a.entry_id AND e.seller_id = a.seller_id AND e.recorded_at = transaction_timestamp()
        AND e.id BETWEEN (SELECT entry_id FROM added ORDER BY 1 LIMIT 1)
            AND (SELECT entry_id FROM added ORDER BY 1 DESC LIMIT 1)
    WHERE e.id IS NULL LIMIT 1' INTO fault;
    IF fault.entry_id IS NOT NULL THEN
        RAISE EXCEPTION '% names entry %, which its seller does not write now', TG_TABLE_NAME, fault.entry_id
            USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER of_entry AFTER INSERT ON receivables_item REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION receivables_of_entry();
CREATE TRIGGER of_entry AFTER INSERT ON receivables_settlement REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION receivables_of_entry();

CREATE FUNCTION receivables_of_item() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp SET enable_nestloop = on AS $$
DECLARE fault record;
BEGIN
    PERFORM openterms_many((SELECT count(*) FROM added));
    EXECUTE 'SELECT a.item_id FROM added a LEFT JOIN receivables_item i
        ON i.id = a.item_id AND i.seller_id = a.seller_id AND i.customer_id = a.customer_id
        AND i.currency = a.currency
    WHERE i.id IS NULL LIMIT 1' INTO fault;
    IF fault.item_id IS NOT NULL THEN
        RAISE EXCEPTION 'A settlement names item %, which its seller does not have for that customer and currency',
            fault.item_id USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER of_item AFTER INSERT ON receivables_settlement REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION receivables_of_item();

-- Every path that posts waits for a lock of the period that is being set, and is held to it.
CREATE FUNCTION receivables_period() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE fault record;
BEGIN
    FOR fault IN SELECT DISTINCT seller_id FROM added LOOP
        PERFORM pg_advisory_xact_lock_shared(hashtextextended('period:' || fault.seller_id, 0));
    END LOOP;
    SELECT a.posted_on, s.locked_through INTO fault
    FROM (SELECT seller_id, min(posted_on) AS posted_on FROM added GROUP BY seller_id) a
        JOIN tenancy_seller s ON s.id = a.seller_id
    WHERE a.posted_on <= s.locked_through LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION '% lies in a period locked through %', fault.posted_on, fault.locked_through
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_period';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER period AFTER INSERT ON receivables_entry REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION receivables_period();

SELECT openterms_append_only('receivables_entry'), openterms_append_only('receivables_posting'),
       openterms_append_only('receivables_settlement'), openterms_append_only('receivables_rate');

CREATE TRIGGER item_fixed BEFORE UPDATE OF id, seller_id, customer_id, kind, number, external_id, document_id,
    instalment, instalments, issued_on, due_on, currency, amount_minor, base_minor, discount_on, discount_minor, terms,
    reference, attributes, content_key, entry_id, batch_id, recorded_at
    ON receivables_item FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER item_kept BEFORE DELETE OR TRUNCATE ON receivables_item
    FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
ALTER TABLE receivables_item ADD CONSTRAINT item_kind
    CHECK (kind IN ('invoice', 'late_fee', 'late_interest', 'charity', 'credit_note', 'receipt'));
"""
DAYS = """
-- Each connection adds to its own slot: two transactions that post on one day do not wait for each other.
CREATE FUNCTION receivables_sum_days() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    INSERT INTO receivables_accountday AS d
        (seller_id, account, currency, posted_on, slot, amount_minor, base_minor)
    SELECT seller_id, account, currency, posted_on, pg_backend_pid(), sum(amount_minor), sum(base_minor)
    FROM added GROUP BY seller_id, account, currency, posted_on
    ON CONFLICT (seller_id, account, currency, posted_on, slot) DO UPDATE
        SET amount_minor = d.amount_minor + EXCLUDED.amount_minor, base_minor = d.base_minor + EXCLUDED.base_minor;
    RETURN NULL;
END $$;
CREATE TRIGGER sum_days AFTER INSERT ON receivables_posting REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION receivables_sum_days();

-- Slots of the seller whose context is in force become one again. What another transaction is adding to is left for the
-- next time.
CREATE FUNCTION receivables_fold_days() RETURNS bigint LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
    WITH free AS (
        SELECT seller_id, account, currency, posted_on, slot FROM receivables_accountday
        WHERE seller_id = (SELECT openterms_seller()) AND slot <> 0 FOR UPDATE SKIP LOCKED
    ), taken AS (
        DELETE FROM receivables_accountday d USING free f WHERE d.seller_id = f.seller_id AND d.account = f.account
            AND d.currency = f.currency AND d.posted_on = f.posted_on AND d.slot = f.slot RETURNING d.*
    ), kept AS (
        INSERT INTO receivables_accountday AS d
            (seller_id, account, currency, posted_on, slot, amount_minor, base_minor)
        SELECT seller_id, account, currency, posted_on, 0, sum(amount_minor), sum(base_minor) FROM taken
        GROUP BY seller_id, account, currency, posted_on
        ON CONFLICT (seller_id, account, currency, posted_on, slot) DO UPDATE
            SET amount_minor = d.amount_minor + EXCLUDED.amount_minor, base_minor = d.base_minor + EXCLUDED.base_minor
        RETURNING 1
    )
    SELECT count(*) FROM taken;
$$;

COMMENT ON TABLE receivables_accountday IS 'kept by the database';
"""
BOOK = """
CREATE VIEW book_items WITH (security_invoker = true) AS
SELECT seller_id, id AS item_id, customer_id, kind::text, number::text, document_id, instalment::int, issued_on, due_on,
       currency::text, amount_minor, base_minor, discount_on, discount_minor, settled_on, recorded_at
FROM receivables_item;
CREATE VIEW book_settlements WITH (security_invoker = true) AS
SELECT seller_id, id AS settlement_id, item_id, customer_id, kind::text, currency::text, settled_on, amount_minor,
       base_minor, recorded_at
FROM receivables_settlement;
CREATE VIEW book_claims WITH (security_invoker = true) AS
SELECT seller_id, item_id, customer_id, kind::text, amount_minor, starts_on, ends_on, recorded_at, ended_recorded_at
FROM receivables_claim;
"""


class Migration(migrations.Migration):
    dependencies = [("receivables", "0001_initial"), ("tenancy", "0003_pre_ids")]
    operations = [
        migrations.RunSQL(SHARED),
        migrations.RunSQL(GUARDS),
        migrations.RunSQL(DAYS),
        migrations.RunSQL(BOOK),
    ]
