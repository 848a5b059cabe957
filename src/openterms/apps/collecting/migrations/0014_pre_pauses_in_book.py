"""Pauses of single items in the book: the day's reading of steps sees them."""

from django.db import migrations, models

BOOK = """
CREATE VIEW book_pauses WITH (security_invoker = true) AS
SELECT p.seller_id, i.item_id, p.customer_id, p.starts_on, p.until, p.ended_on, p.recorded_at, p.ended_recorded_at
FROM collecting_pauseitem i JOIN collecting_pause p ON p.id = i.pause_id;
"""


class Migration(migrations.Migration):
    dependencies = [("collecting", "0013_pre_timetable")]
    operations = [
        migrations.AddField("pause", "ended_recorded_at", models.DateTimeField(null=True)),
        migrations.RunSQL(BOOK),
    ]
