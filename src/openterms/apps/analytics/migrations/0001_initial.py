"""Runs and what they found."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

from openterms.apps.tenancy.first_tables import FirstTables


class Migration(FirstTables):

    initial = True

    dependencies = [
        ('tenancy', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='DayRun',
            fields=[
                ('id', models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ('seller', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='tenancy.seller')),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('date', models.DateField()),
                ('phase', models.CharField(max_length=16)),
                ('started_at', models.DateTimeField()),
                ('finished_at', models.DateTimeField(null=True)),
                ('strategy_version', models.IntegerField()),
                ('figures', models.JSONField(default=dict)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('seller', 'date'), name='day_once')],
            },
        ),
        migrations.CreateModel(
            name='DailyTotal',
            fields=[
                ('pk', models.CompositePrimaryKey('seller', 'date', 'currency', blank=True, editable=False, primary_key=True, serialize=False)),
                ('seller', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to='tenancy.seller')),
                ('date', models.DateField()),
                ('currency', models.CharField(max_length=3)),
                ('figures', models.JSONField()),
            ],
        ),
        migrations.CreateModel(
            name='DailyCustomer',
            fields=[
                ('pk', models.CompositePrimaryKey('seller', 'date', 'customer_id', 'currency', blank=True, editable=False, primary_key=True, serialize=False)),
                ('seller', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to='tenancy.seller')),
                ('date', models.DateField()),
                ('customer_id', models.UUIDField()),
                ('currency', models.CharField(max_length=3)),
                ('current_minor', models.BigIntegerField()),
                ('days_1_30_minor', models.BigIntegerField()),
                ('days_31_60_minor', models.BigIntegerField()),
                ('days_61_90_minor', models.BigIntegerField()),
                ('over_90_minor', models.BigIntegerField()),
                ('unapplied_minor', models.BigIntegerField()),
                ('total_minor', models.BigIntegerField()),
                ('segment', models.CharField(max_length=16)),
                ('step', models.CharField(blank=True, max_length=20)),
            ],
        ),
        migrations.CreateModel(
            name='ImportRun',
            fields=[
                ('id', models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ('seller', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='tenancy.seller')),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('kind', models.CharField(max_length=16)),
                ('file_name', models.CharField(max_length=255)),
                ('file_digest', models.CharField(max_length=64)),
                ('state', models.CharField(max_length=10)),
                ('is_partial', models.BooleanField(default=False)),
                ('rows_read', models.BigIntegerField(default=0)),
                ('rows_loaded', models.BigIntegerField(default=0)),
                ('rows_unchanged', models.BigIntegerField(default=0)),
                ('rows_refused', models.BigIntegerField(default=0)),
                ('mapping', models.JSONField(default=dict)),
                ('errors', models.JSONField(default=list)),
                ('warnings', models.JSONField(default=list)),
                ('user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, to=settings.AUTH_USER_MODEL)),
                ('started_at', models.DateTimeField()),
                ('finished_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='BackTestRun',
            fields=[
                ('id', models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ('seller', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='tenancy.seller')),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('label', models.CharField(max_length=80)),
                ('text', models.TextField()),
                ('against', models.CharField(max_length=80)),
                ('source', models.CharField(max_length=10)),
                ('first', models.DateField()),
                ('last', models.DateField()),
                ('state', models.CharField(max_length=10)),
                ('answer', models.JSONField(default=dict)),
                ('fault', models.JSONField(default=dict)),
                ('user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, to=settings.AUTH_USER_MODEL)),
                ('started_at', models.DateTimeField()),
                ('finished_at', models.DateTimeField(null=True)),
            ],
        ),
    ]
