"""What the members of a group are told of a change of its line."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("credit", "0020_pre_letter_mail")]
    operations = [
        migrations.AddField(
            "grouplinechange", "message", models.CharField(blank=True, db_default="", default="", max_length=2000)
        ),
        migrations.AddField("grouplinechange", "told", models.JSONField(db_default=[], default=list)),
    ]
