"""Overrides that were taken back before their order came."""

from django.db import migrations

ENDS = """
ALTER TABLE credit_overrideend ADD CONSTRAINT override_end_of_seller
    FOREIGN KEY (seller_id, override_id) REFERENCES credit_override (seller_id, id);
SELECT openterms_append_only('credit_overrideend');
"""


class Migration(migrations.Migration):
    dependencies = [("credit", "0014_pre_delegation")]
    operations = [migrations.RunSQL(ENDS)]
