"""What each account moved by on each day, summed up by the database as postings are written."""

import django.db.models.deletion
from django.db import migrations, models

KEEP = """
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

-- Slots become one again. What another transaction is adding to is left for the next time.
CREATE FUNCTION receivables_fold_days(seller uuid) RETURNS bigint LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
    WITH free AS (
        SELECT seller_id, account, currency, posted_on, slot FROM receivables_accountday
        WHERE seller_id = seller AND slot <> 0 FOR UPDATE SKIP LOCKED
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

CREATE FUNCTION receivables_days_kept() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF current_user IN ('openterms_web', 'openterms_worker') THEN
        RAISE EXCEPTION 'Account days are written by the database as postings are' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER days_kept BEFORE INSERT OR UPDATE OR DELETE ON receivables_accountday
    FOR EACH STATEMENT EXECUTE FUNCTION receivables_days_kept();

SET LOCAL row_security = off;
INSERT INTO receivables_accountday (seller_id, account, currency, posted_on, slot, amount_minor, base_minor)
SELECT seller_id, account, currency, posted_on, 0, sum(amount_minor), sum(base_minor)
FROM receivables_posting GROUP BY seller_id, account, currency, posted_on;
"""

BOOK = """
DROP VIEW book_items_until;
DROP VIEW book_items;
CREATE VIEW book_items WITH (security_invoker = true) AS
SELECT seller_id, id AS item_id, customer_id, kind::text, number::text, document_id, instalment::int, issued_on, due_on,
       currency::text, amount_minor, base_minor, discount_on, discount_minor, settled_on, recorded_at
FROM receivables_item;
"""


class Migration(migrations.Migration):
    dependencies = [("receivables", "0004_pre_items_until")]
    operations = [
        migrations.CreateModel(
            name="AccountDay",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "seller", "account", "currency", "posted_on", "slot",
                        blank=True, editable=False, primary_key=True, serialize=False,
                    ),
                ),
                ("account", models.CharField(max_length=24)),
                ("currency", models.CharField(max_length=3)),
                ("posted_on", models.DateField()),
                ("slot", models.IntegerField()),
                ("amount_minor", models.BigIntegerField()),
                ("base_minor", models.BigIntegerField()),
                (
                    "seller",
                    models.ForeignKey(
                        db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT,
                        to="tenancy.seller",
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            "item",
            models.Index(
                condition=models.Q(open_minor__gt=0), fields=["seller", "customer", "due_on", "id"],
                name="item_open_customer",
            ),
        ),
        migrations.AddIndex("item", models.Index(fields=["seller", "settled_on"], name="item_settled")),
        migrations.RunSQL(KEEP),
        migrations.RunSQL(BOOK),
    ]  # fmt: skip
