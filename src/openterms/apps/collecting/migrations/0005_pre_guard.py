"""Pauses, consents, late charges with their waivers, and reference rates that sellers add."""

from django.db import migrations

KEYS = """
ALTER TABLE collecting_pause ADD CONSTRAINT pause_customer_of_seller
    FOREIGN KEY (seller_id, customer_id) REFERENCES parties_customer (seller_id, id);
ALTER TABLE collecting_pauseitem ADD CONSTRAINT pauseitem_pause_of_seller
    FOREIGN KEY (seller_id, pause_id) REFERENCES collecting_pause (seller_id, id);
ALTER TABLE collecting_consent ADD CONSTRAINT consent_customer_of_seller
    FOREIGN KEY (seller_id, customer_id) REFERENCES parties_customer (seller_id, id);
ALTER TABLE collecting_consent ADD CONSTRAINT consent_contact_of_seller
    FOREIGN KEY (seller_id, contact_id) REFERENCES parties_contact (seller_id, id);
ALTER TABLE collecting_latecharge ADD CONSTRAINT late_charge_customer_of_seller
    FOREIGN KEY (seller_id, customer_id) REFERENCES parties_customer (seller_id, id);
ALTER TABLE collecting_waiver ADD CONSTRAINT waiver_charge_of_seller
    FOREIGN KEY (seller_id, charge_id) REFERENCES collecting_latecharge (seller_id, id);
CREATE TRIGGER of_item AFTER INSERT ON collecting_pauseitem REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION receivables_item_of_seller();
CREATE TRIGGER of_item AFTER INSERT ON collecting_latecharge REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION receivables_item_of_seller();
"""
GUARDS = """
SELECT openterms_append_only('collecting_latecharge');
SELECT openterms_append_only('collecting_waiver');
SELECT openterms_append_only('collecting_referencerate');
SELECT openterms_append_only('collecting_pauseitem');
-- Of a pause and of a consent only the end changes, once.
CREATE TRIGGER pause_fixed BEFORE UPDATE OF id, seller_id, customer_id, kind, reason, starts_on, until, made_by_id,
    recorded_at
    ON collecting_pause FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER pause_ended BEFORE UPDATE ON collecting_pause
    FOR EACH ROW WHEN (OLD.ended_on IS NOT NULL) EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER pause_kept BEFORE DELETE OR TRUNCATE ON collecting_pause
    FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER consent_fixed BEFORE UPDATE OF id, seller_id, customer_id, contact_id, channel, given_on, source,
    recorded_at
    ON collecting_consent FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER consent_ended BEFORE UPDATE ON collecting_consent
    FOR EACH ROW WHEN (OLD.withdrawn_on IS NOT NULL) EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER consent_kept BEFORE DELETE OR TRUNCATE ON collecting_consent
    FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("collecting", "0004_post_references"),
        ("parties", "0004_pre_recognition"),
        ("receivables", "0003_post_references"),
        ("tenancy", "0007_pre_rate_windows"),
    ]
    operations = [migrations.RunSQL(KEYS), migrations.RunSQL(GUARDS)]
