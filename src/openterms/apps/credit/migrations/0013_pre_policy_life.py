"""Back-tests as a step of a policy's life, and drafts that cannot be read yet."""

from django.db import migrations

GUARDS = """
SELECT openterms_append_only('credit_policybacktest');
ALTER TABLE credit_policyversion ADD CONSTRAINT policy_back_test_of_seller
    FOREIGN KEY (seller_id, back_test_id) REFERENCES credit_policybacktest (seller_id, id);
"""


class Migration(migrations.Migration):
    dependencies = [("credit", "0012_pre_offers")]
    operations = [migrations.RunSQL(GUARDS)]
