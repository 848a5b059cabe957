"""Cover of customers: insured limits, guarantees, deposits. Written once; what ends is said once."""

from django.db import migrations

KEYS = """
ALTER TABLE credit_cover ADD CONSTRAINT cover_customer_of_seller
    FOREIGN KEY (seller_id, customer_id) REFERENCES parties_customer (seller_id, id);
ALTER TABLE credit_cover ADD CONSTRAINT cover_document_of_seller
    FOREIGN KEY (seller_id, document_id) REFERENCES parties_attachment (seller_id, id);
CREATE TRIGGER cover_fixed BEFORE UPDATE OF id, seller_id, customer_id, kind, amount_minor, currency, share_bp,
    valid_from, valid_until, issuer, reference, document_id, actor_id, recorded_at
    ON credit_cover FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER cover_ended BEFORE UPDATE ON credit_cover
    FOR EACH ROW WHEN (OLD.ended_on IS NOT NULL) EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER cover_kept BEFORE DELETE OR TRUNCATE ON credit_cover
    FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
"""


class Migration(migrations.Migration):
    dependencies = [("credit", "0009_pre_application")]
    operations = [migrations.RunSQL(KEYS)]
