"""The items of the book with the day from which nothing of them is open: a past date reads only what was open then."""

from django.db import migrations

BOOK = """
CREATE VIEW book_items_until WITH (security_invoker = true) AS
SELECT seller_id, id AS item_id, customer_id, kind::text, number::text, document_id, instalment::int, issued_on, due_on,
       currency::text, amount_minor, base_minor, discount_on, discount_minor, recorded_at, settled_on
FROM receivables_item;
"""


class Migration(migrations.Migration):
    dependencies = [("receivables", "0003_pre_written_once")]
    operations = [migrations.RunSQL(BOOK)]
