"""Accounts with bureaus, purchases, tries and reports: written once but for what becomes of a purchase."""

from django.db import migrations

KEYS = """
ALTER TABLE credit_bureaupurchase ADD CONSTRAINT bureau_purchase_account_of_seller
    FOREIGN KEY (seller_id, account_id) REFERENCES credit_bureauaccount (seller_id, id);
ALTER TABLE credit_bureaupurchase ADD CONSTRAINT bureau_purchase_customer_of_seller
    FOREIGN KEY (seller_id, customer_id) REFERENCES parties_customer (seller_id, id);
ALTER TABLE credit_bureauattempt ADD CONSTRAINT bureau_attempt_purchase_of_seller
    FOREIGN KEY (seller_id, purchase_id) REFERENCES credit_bureaupurchase (seller_id, id);
ALTER TABLE credit_bureaureportrow ADD CONSTRAINT bureau_report_customer_of_seller
    FOREIGN KEY (seller_id, customer_id) REFERENCES parties_customer (seller_id, id);
ALTER TABLE credit_bureaureportrow ADD CONSTRAINT bureau_report_account_of_seller
    FOREIGN KEY (seller_id, account_id) REFERENCES credit_bureauaccount (seller_id, id);
ALTER TABLE credit_bureaureportrow ADD CONSTRAINT bureau_report_purchase_of_seller
    FOREIGN KEY (seller_id, purchase_id) REFERENCES credit_bureaupurchase (seller_id, id);
"""
GUARDS = """
CREATE TRIGGER bureau_purchase_fixed BEFORE UPDATE OF id, seller_id, account_id, customer_id, bought_on, cost_minor,
    reason, recorded_at ON credit_bureaupurchase FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER bureau_purchase_ended BEFORE UPDATE ON credit_bureaupurchase
    FOR EACH ROW WHEN (OLD.state <> 'reserved') EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER bureau_purchase_stays BEFORE DELETE OR TRUNCATE ON credit_bureaupurchase
    FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
SELECT openterms_append_only('credit_bureauattempt');
SELECT openterms_append_only('credit_bureaureportrow');
"""


class Migration(migrations.Migration):
    dependencies = [("credit", "0005_pre_policy")]
    operations = [migrations.RunSQL(KEYS), migrations.RunSQL(GUARDS)]
