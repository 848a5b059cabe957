"""Line changes are written once; publishes the lines of the book."""

from django.db import migrations

BOOK = """
SELECT openterms_append_only('credit_linechange');
CREATE VIEW book_lines WITH (security_invoker = true) AS
SELECT seller_id, customer_id, currency::text, limit_minor, is_unlimited, valid_from,
       lead(valid_from) OVER (PARTITION BY line_id ORDER BY valid_from, id) AS valid_to, recorded_at
FROM credit_linechange;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("credit", "0001_initial"),
        ("journal", "0002_pre_append_only"),
        ("parties", "0004_pre_recognition"),
        ("receivables", "0003_post_references"),
        ("tenancy", "0007_pre_rate_windows"),
    ]
    operations = [migrations.RunSQL(BOOK)]
