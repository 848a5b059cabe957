"""Overrides and purchasers of orders stay inside a seller; what an order was answered on is fixed."""

from django.db import migrations

KEYS = """
ALTER TABLE credit_override ADD CONSTRAINT override_customer_of_seller
    FOREIGN KEY (seller_id, customer_id) REFERENCES parties_customer (seller_id, id);
ALTER TABLE credit_override ADD CONSTRAINT override_authorisation_of_seller
    FOREIGN KEY (seller_id, authorisation_id) REFERENCES credit_authorisation (seller_id, id);
ALTER TABLE credit_authorisation ADD CONSTRAINT authorisation_override_of_seller
    FOREIGN KEY (seller_id, override_id) REFERENCES credit_override (seller_id, id);
ALTER TABLE credit_authorisation ADD CONSTRAINT authorisation_person_of_seller
    FOREIGN KEY (seller_id, person_id) REFERENCES parties_purchaser (seller_id, id);
ALTER TABLE credit_authorisation ADD CONSTRAINT authorisation_successor_of_seller
    FOREIGN KEY (seller_id, successor_id) REFERENCES credit_authorisation (seller_id, id);
SELECT openterms_append_only('credit_override');
CREATE TRIGGER authorisation_fixed BEFORE UPDATE OF id, seller_id, line_id, customer_id, purchaser, person_id,
    order_ref, purchase_order, lines, currency, requested_minor, prepaid_minor, approved_minor, tolerance_bp,
    allows_partial_capture, authorised_at, most_until, limit_minor, is_unlimited, headroom_minor, seen, rules, reasons,
    override_id, overridden, idempotency_key, recorded_at
    ON credit_authorisation FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER authorisation_followed BEFORE UPDATE OF successor_id ON credit_authorisation
    FOR EACH ROW WHEN (OLD.successor_id IS NOT NULL AND NEW.successor_id IS DISTINCT FROM OLD.successor_id)
    EXECUTE FUNCTION openterms_refuse();
"""


class Migration(migrations.Migration):
    dependencies = [("credit", "0007_pre_decision")]
    operations = [migrations.RunSQL(KEYS)]
