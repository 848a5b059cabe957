"""How a seller is to be paid, as its messages and pages say it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tenancy", "0007_pre_rate_windows")]
    operations = [
        migrations.AddField(
            "seller", "payment_details", models.CharField(max_length=500, blank=True, db_default="", default="")
        ),
    ]
