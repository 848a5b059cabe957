# ruff: noqa: E501
"""What programs asked of promises, disputes, plans and payments under a key, with the first answer."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

GUARDS = "SELECT openterms_append_only('collecting_claimask');"


class Migration(migrations.Migration):

    dependencies = [
        ("collecting", "0010_pre_team"),
        ('tenancy', '0007_pre_rate_windows'),
    ]

    operations = [
        migrations.CreateModel(
            name='ClaimAsk',
            fields=[
                ('id', models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('key', models.CharField(max_length=200)),
                ('verb', models.CharField(max_length=80)),
                ('body', models.JSONField()),
                ('status', models.SmallIntegerField()),
                ('answer', models.JSONField()),
                ('seller', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='tenancy.seller')),
            ],
        ),
        migrations.AddConstraint(
            model_name='claimask',
            constraint=models.UniqueConstraint(fields=('seller', 'key'), name='claimask_key'),
        ),
        migrations.RunSQL(GUARDS),
    ]
