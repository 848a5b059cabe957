"""The journal: events, seals, idempotency keys, what waits to be told."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

from openterms.apps.tenancy.first_tables import FirstTables


class Migration(FirstTables):

    initial = True

    dependencies = [
        ('tenancy', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Event',
            fields=[
                ('id', models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ('seller', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to='tenancy.seller')),
                ('at', models.DateTimeField()),
                ('actor_id', models.UUIDField(null=True)),
                ('actor', models.CharField(max_length=200)),
                ('kind', models.CharField(max_length=48)),
                ('subject_type', models.CharField(max_length=32)),
                ('subject_id', models.UUIDField(null=True)),
                ('customer_id', models.UUIDField(null=True)),
                ('data', models.JSONField(default=dict)),
                ('content_hash', models.BinaryField()),
            ],
            options={
                'indexes': [models.Index(fields=['seller', 'id'], name='event_seller'), models.Index(fields=['seller', 'customer_id', 'id'], name='event_customer'), models.Index(fields=['seller', 'kind', 'id'], name='event_kind')],
            },
        ),
        migrations.CreateModel(
            name='Seal',
            fields=[
                ('seller', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to='tenancy.seller')),
                ('number', models.BigIntegerField()),
                ('event_id', models.UUIDField(unique=True)),
                ('chain_hash', models.BinaryField()),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('pk', models.CompositePrimaryKey('seller', 'number', blank=True, editable=False, primary_key=True, serialize=False)),
            ],
        ),
    ]
