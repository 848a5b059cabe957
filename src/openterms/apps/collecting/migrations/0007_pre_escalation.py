"""Matters of accounts that reminders do not move: with their items, their steps, and the agencies."""

from django.db import migrations

KEYS = """
ALTER TABLE collecting_matter ADD CONSTRAINT matter_customer_of_seller
    FOREIGN KEY (seller_id, customer_id) REFERENCES parties_customer (seller_id, id);
ALTER TABLE collecting_matter ADD CONSTRAINT matter_agency_of_seller
    FOREIGN KEY (seller_id, agency_id) REFERENCES collecting_agency (seller_id, id);
ALTER TABLE collecting_matteritem ADD CONSTRAINT matteritem_matter_of_seller
    FOREIGN KEY (seller_id, matter_id) REFERENCES collecting_matter (seller_id, id);
ALTER TABLE collecting_matterstep ADD CONSTRAINT matterstep_matter_of_seller
    FOREIGN KEY (seller_id, matter_id) REFERENCES collecting_matter (seller_id, id);
CREATE TRIGGER of_item AFTER INSERT ON collecting_matteritem REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION receivables_item_of_seller();
SELECT openterms_append_only('collecting_matteritem');
SELECT openterms_append_only('collecting_matterstep');
CREATE TRIGGER matter_fixed BEFORE UPDATE OF id, seller_id, customer_id, kind, number, currency, amount_minor,
    opened_on, agency_id, terms, opened_by_id, recorded_at
    ON collecting_matter FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER matter_kept BEFORE DELETE OR TRUNCATE ON collecting_matter
    FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER agency_fixed BEFORE UPDATE OF id, seller_id, code, recorded_at
    ON collecting_agency FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("collecting", "0006_pre_plans"),
        ("parties", "0004_pre_recognition"),
        ("receivables", "0003_post_references"),
        ("tenancy", "0007_pre_rate_windows"),
    ]
    operations = [migrations.RunSQL(KEYS)]
