"""No claim, dispute or standing refers to another seller's customer or item."""

from django.db import migrations

KEYS = """
-- Items are many and large statements write them: what names one is checked a statement at a time, and never renamed.
CREATE FUNCTION receivables_item_of_seller() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp SET enable_nestloop = on AS $$
DECLARE fault record;
BEGIN
    PERFORM openterms_many((SELECT count(*) FROM added));
    EXECUTE 'SELECT a.item_id FROM added a LEFT JOIN receivables_item i
        ON i.id = a.item_id AND i.seller_id = a.seller_id
    WHERE i.id IS NULL LIMIT 1' INTO fault;
    IF fault.item_id IS NOT NULL THEN
        RAISE EXCEPTION '% names item %, which its seller does not have', TG_TABLE_NAME, fault.item_id
            USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER of_item AFTER INSERT ON receivables_claim REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION receivables_item_of_seller();
CREATE TRIGGER claim_fixed BEFORE UPDATE OF id, seller_id, customer_id, item_id, kind, amount_minor, starts_on,
    source_type, source_id, recorded_at
    ON receivables_claim FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER of_item AFTER INSERT ON receivables_dispute REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION receivables_item_of_seller();
CREATE TRIGGER dispute_fixed BEFORE UPDATE OF id, seller_id, customer_id, item_id, amount_minor, currency, opened_on,
    recorded_at
    ON receivables_dispute FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER of_customer AFTER INSERT ON receivables_standing REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION receivables_of_customer();
CREATE TRIGGER standing_fixed BEFORE UPDATE OF seller_id, customer_id, currency
    ON receivables_standing FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
ALTER TABLE receivables_claim ADD CONSTRAINT claim_customer_of_seller
    FOREIGN KEY (seller_id, customer_id) REFERENCES parties_customer (seller_id, id);
ALTER TABLE receivables_dispute ADD CONSTRAINT dispute_customer_of_seller
    FOREIGN KEY (seller_id, customer_id) REFERENCES parties_customer (seller_id, id);
"""


class Migration(migrations.Migration):
    dependencies = [("receivables", "0002_pre_guards"), ("parties", "0003_post_references")]
    operations = [migrations.RunSQL(KEYS)]
