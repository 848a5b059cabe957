"""A file of a customer can be referred to together with its seller."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("parties", "0005_pre_recognition")]
    operations = [
        migrations.AddConstraint(
            "attachment", models.UniqueConstraint(fields=("seller", "id"), name="attachment_of_seller")
        ),
    ]
