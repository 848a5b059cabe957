"""An activity that was logged by mistake is struck out and kept. The book's touches say how contacts ended."""

from django.db import migrations, models

BOOK = """
DROP VIEW book_touches;
CREATE VIEW book_touches WITH (security_invoker = true) AS
SELECT seller_id, customer_id, item_id, step::text AS kind, taken_on AS touched_on, recorded_at,
       NULL::timestamptz AS struck_at
FROM collecting_steptaken
UNION ALL
SELECT seller_id, customer_id, NULL::uuid, outcome::text, done_on, recorded_at, struck_at
FROM collecting_activity WHERE outcome <> '';
"""


class Migration(migrations.Migration):
    dependencies = [("collecting", "0003_pre_promise_states")]
    operations = [
        migrations.AddField("activity", "struck_at", models.DateTimeField(null=True)),
        migrations.RunSQL(BOOK),
    ]
