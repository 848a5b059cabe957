"""Reasons of the product's own for steps of cases, by code and values."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("credit", "0020_pre_letter_mail")]
    operations = [migrations.AddField("casestep", "said", models.JSONField(null=True))]
