"""Publishes the customers of the book."""

from django.db import migrations

BOOK = """
CREATE VIEW book_customers WITH (security_invoker = true) AS
SELECT seller_id, id AS customer_id, number::text, name::text, group_id, country::text, currency::text, collector_id,
       insolvent_on, paused_until, created_on, recorded_at
FROM parties_customer;
"""


class Migration(migrations.Migration):
    dependencies = [("parties", "0001_initial")]
    operations = [migrations.RunSQL(BOOK)]
