"""An activity that was logged by mistake is struck out and kept."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("collecting", "0003_pre_promise_states")]
    operations = [
        migrations.AddField("activity", "struck_at", models.DateTimeField(null=True)),
    ]
