"""What papers say of a seller: its address and how it is registered."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("tenancy", "0008_pre_rate_windows"),
    ]

    operations = [
        migrations.AddField(
            model_name="seller",
            name="address",
            field=models.CharField(blank=True, db_default="", default="", max_length=500),
        ),
        migrations.AddField(
            model_name="seller",
            name="registration",
            field=models.CharField(blank=True, db_default="", default="", max_length=300),
        ),
    ]
