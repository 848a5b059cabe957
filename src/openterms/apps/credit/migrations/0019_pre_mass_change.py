"""Changes of many lines that the worker looks at and carries out a few at a time."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# What was seen of a line is fixed once it was seen.
FIXED = """
DROP TRIGGER masschangerow_fixed ON credit_masschangerow;
CREATE TRIGGER masschangerow_fixed BEFORE UPDATE OF id, seller_id, change_id, customer_id, place, currency,
    exposure_minor, marks
    ON credit_masschangerow FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER masschangerow_looked BEFORE UPDATE OF stamp, before_minor, after_minor, is_looked
    ON credit_masschangerow FOR EACH ROW WHEN (OLD.is_looked) EXECUTE FUNCTION openterms_refuse();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("credit", "0018_pre_group_line"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            "masschange",
            "state",
            models.CharField(
                choices=[
                    ("looking", "Being looked at"), ("preview", "Looked at"), ("running", "Running"), ("done", "Done"),
                    ("cancelled", "Cancelled"),
                ],
                default="preview", max_length=10,
            ),
        ),
        migrations.AddField(
            "masschange",
            "confirmed_by",
            models.ForeignKey(
                db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField("masschange", "started_at", models.DateTimeField(null=True)),
        migrations.AddField("masschangerow", "is_looked", models.BooleanField(db_default=True, default=True)),
        migrations.AddIndex(
            "masschangerow",
            models.Index(
                condition=models.Q(("fault__isnull", True), ("is_looked", True), ("outcome", "")),
                fields=["change", "place"], name="masschange_waiting",
            ),
        ),
        migrations.RunSQL(FIXED),
    ]
