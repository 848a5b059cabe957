"""What customers are recognised by: numbers, telephones and mail domains in one form each, kept by the database.

Columns, because row-level security keeps expressions from using an index.
"""

from django.db import migrations

KEYS = r"""
ALTER TABLE parties_identifier ADD COLUMN value_key text COLLATE "C"
    GENERATED ALWAYS AS (upper(regexp_replace(value, '[^0-9A-Za-z]', '', 'g'))) STORED;
ALTER TABLE parties_contact ADD COLUMN phone_key text COLLATE "C"
    GENERATED ALWAYS AS (right(regexp_replace(phone, '[^0-9]', '', 'g'), 9)) STORED;
ALTER TABLE parties_contact ADD COLUMN domain_key text COLLATE "C"
    GENERATED ALWAYS AS (lower(split_part(email, '@', 2))) STORED;
CREATE INDEX identifier_value_key ON parties_identifier (seller_id, value_key);
CREATE INDEX contact_phone_key ON parties_contact (seller_id, phone_key);
CREATE INDEX contact_domain_key ON parties_contact (seller_id, domain_key);
"""


class Migration(migrations.Migration):
    dependencies = [("parties", "0003_post_references")]
    operations = [migrations.RunSQL(KEYS)]
