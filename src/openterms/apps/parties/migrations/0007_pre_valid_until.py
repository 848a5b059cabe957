"""Files kept with a customer say what they are and until when they are good."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("parties", "0006_pre_attachment_key"),
    ]

    operations = [
        migrations.AddField(
            model_name="attachment",
            name="kind",
            field=models.CharField(
                blank=True,
                choices=[
                    ("", "Other"),
                    ("register", "Register extract"),
                    ("licence", "Licence or permit"),
                    ("tax", "Tax certificate"),
                    ("statements", "Financial statements"),
                    ("security", "Guarantee or insurance"),
                    ("identity", "Proof of identity"),
                ],
                default="",
                max_length=12,
            ),
        ),
        migrations.AddField(
            model_name="attachment",
            name="valid_until",
            field=models.DateField(blank=True, null=True),
        ),
    ]
