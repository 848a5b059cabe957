"""Headroom held for orders: written once but for what becomes of it, and never about another seller's customer."""

from django.db import migrations

KEYS = """
ALTER TABLE credit_authorisation ADD CONSTRAINT authorisation_customer_of_seller
    FOREIGN KEY (seller_id, customer_id) REFERENCES parties_customer (seller_id, id);
ALTER TABLE credit_authorisation ADD CONSTRAINT authorisation_line_of_seller
    FOREIGN KEY (seller_id, line_id) REFERENCES credit_line (seller_id, id);
ALTER TABLE credit_authorisationcapture ADD CONSTRAINT capture_authorisation_of_seller
    FOREIGN KEY (seller_id, authorisation_id) REFERENCES credit_authorisation (seller_id, id);
ALTER TABLE credit_authorisationcapture ADD CONSTRAINT capture_line_of_seller
    FOREIGN KEY (seller_id, line_id) REFERENCES credit_line (seller_id, id);
ALTER TABLE credit_authorisationanswer ADD CONSTRAINT answer_authorisation_of_seller
    FOREIGN KEY (seller_id, authorisation_id) REFERENCES credit_authorisation (seller_id, id);
"""
GUARDS = """
CREATE TRIGGER authorisation_kept BEFORE DELETE OR TRUNCATE ON credit_authorisation
    FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER capture_fixed BEFORE UPDATE OF id, seller_id, authorisation_id, line_id, amount_minor, captured_at,
    recorded_at
    ON credit_authorisationcapture FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER capture_named BEFORE UPDATE OF invoice ON credit_authorisationcapture
    FOR EACH ROW WHEN (OLD.invoice <> '' AND NEW.invoice IS DISTINCT FROM OLD.invoice)
    EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER capture_kept BEFORE DELETE OR TRUNCATE ON credit_authorisationcapture
    FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
SELECT openterms_append_only('credit_authorisationanswer');
"""


class Migration(migrations.Migration):
    dependencies = [("credit", "0003_post_references")]
    operations = [migrations.RunSQL(KEYS), migrations.RunSQL(GUARDS)]
