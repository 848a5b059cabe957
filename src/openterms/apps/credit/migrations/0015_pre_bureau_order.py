"""The order in which a seller's bureau accounts are asked."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("credit", "0014_pre_delegation")]

    operations = [
        migrations.AddField(
            model_name="bureauaccount", name="place", field=models.SmallIntegerField(db_default=0, default=0)
        ),
    ]
