"""Promises, strategies, the worklist."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('parties', '0001_initial'),
        ('receivables', '0001_initial'),
        ('tenancy', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Promise',
            fields=[
                ('id', models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ('seller', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='tenancy.seller')),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('customer', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to='parties.customer')),
                ('amount_minor', models.BigIntegerField()),
                ('currency', models.CharField(max_length=3)),
                ('promised_for', models.DateField()),
                ('made_on', models.DateField()),
                ('made_by', models.CharField(blank=True, max_length=200)),
                ('taken_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, to=settings.AUTH_USER_MODEL)),
                ('note', models.TextField(blank=True)),
                ('grace_days', models.SmallIntegerField(default=1)),
                ('state', models.CharField(choices=[('pending', 'Pending'), ('kept', 'Kept'), ('part_kept', 'Part kept'), ('broken', 'Broken'), ('withdrawn', 'Withdrawn'), ('renegotiated', 'Replaced by a later promise')], default='pending', max_length=12)),
                ('state_on', models.DateField()),
                ('external_id', models.CharField(blank=True, max_length=160)),
            ],
            options={
                'indexes': [models.Index(fields=['seller', 'state', 'promised_for'], name='promise_state')],
                'constraints': [models.CheckConstraint(condition=models.Q(('amount_minor__gt', 0)), name='promise_positive'), models.UniqueConstraint(fields=('seller', 'id'), name='promise_of_seller')],
            },
        ),
        migrations.CreateModel(
            name='StrategyVersion',
            fields=[
                ('id', models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ('seller', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='tenancy.seller')),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('version', models.IntegerField()),
                ('valid_from', models.DateField()),
                ('document', models.TextField()),
                ('digest', models.CharField(max_length=64)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('seller', 'version'), name='strategy_version')],
            },
        ),
        migrations.CreateModel(
            name='StepTaken',
            fields=[
                ('id', models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ('seller', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to='tenancy.seller')),
                ('customer', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to='parties.customer')),
                ('item', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to='receivables.item')),
                ('step', models.CharField(max_length=20)),
                ('cause', models.CharField(default='overdue', max_length=40)),
                ('taken_on', models.DateField()),
                ('work_item_id', models.UUIDField(null=True)),
                ('outcome', models.CharField(blank=True, max_length=24)),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'indexes': [models.Index(fields=['seller', 'customer', 'taken_on'], name='step_customer')],
                'constraints': [models.UniqueConstraint(fields=('item', 'step', 'cause'), name='step_once')],
            },
        ),
        migrations.CreateModel(
            name='WorkItem',
            fields=[
                ('id', models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ('seller', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to='tenancy.seller')),
                ('customer', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to='parties.customer')),
                ('collector', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, to=settings.AUTH_USER_MODEL)),
                ('currency', models.CharField(max_length=3)),
                ('step', models.CharField(max_length=20)),
                ('reasons', models.JSONField(default=list)),
                ('items', django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), default=list, size=None)),
                ('items_again', models.IntegerField(default=0)),
                ('amount_at_risk_minor', models.BigIntegerField()),
                ('collectable_overdue_minor', models.BigIntegerField(default=0)),
                ('listed_on', models.DateField()),
                ('first_listed_on', models.DateField()),
                ('state', models.CharField(default='open', max_length=8)),
                ('snoozed_until', models.DateField(null=True)),
                ('done_on', models.DateField(null=True)),
                ('done_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('state', 'open')), fields=['seller', '-amount_at_risk_minor', 'id'], name='work_item_open')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('state__in', ['open', 'snoozed'])), fields=('seller', 'customer', 'currency'), name='work_item_once'), models.UniqueConstraint(fields=('seller', 'id'), name='work_item_of_seller')],
            },
        ),
        migrations.CreateModel(
            name='PromiseState',
            fields=[
                ('promise', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to='collecting.promise')),
                ('number', models.IntegerField()),
                ('seller', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to='tenancy.seller')),
                ('state', models.CharField(choices=[('pending', 'Pending'), ('kept', 'Kept'), ('part_kept', 'Part kept'), ('broken', 'Broken'), ('withdrawn', 'Withdrawn'), ('renegotiated', 'Replaced by a later promise')], max_length=12)),
                ('state_on', models.DateField()),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('pk', models.CompositePrimaryKey('promise', 'number', blank=True, editable=False, primary_key=True, serialize=False)),
            ],
        ),
        migrations.CreateModel(
            name='PromiseItem',
            fields=[
                ('id', models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ('seller', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='tenancy.seller')),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('promise', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to='collecting.promise')),
                ('item', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to='receivables.item')),
                ('amount_minor', models.BigIntegerField()),
                ('open_before_minor', models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name='Activity',
            fields=[
                ('id', models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ('seller', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='tenancy.seller')),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('customer', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to='parties.customer')),
                ('work_item', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, to='collecting.workitem')),
                ('kind', models.CharField(choices=[('call', 'Call'), ('email', 'E-mail'), ('letter', 'Letter'), ('visit', 'Visit'), ('note', 'Note')], max_length=8)),
                ('contact', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, to='parties.contact')),
                ('person_reached', models.CharField(blank=True, max_length=200)),
                ('outcome', models.CharField(blank=True, choices=[('no_answer', 'No answer'), ('voicemail', 'Left a voicemail'), ('wrong_contact', 'Wrong contact'), ('not_received', 'Invoice not received'), ('copy_requested', 'Asked for a copy'), ('po_requested', 'Needs a purchase-order number'), ('awaiting_approval', 'Awaiting approval'), ('in_payment_run', 'In the next payment run'), ('promised', 'Promised to pay'), ('disputes', 'Disputes the amount'), ('already_paid', 'Says it is paid'), ('cannot_pay', 'Cannot pay'), ('refuses', 'Refuses to pay'), ('message_sent', 'Sent a message'), ('other', 'Other')], max_length=20)),
                ('note', models.TextField(blank=True)),
                ('next_on', models.DateField(null=True)),
                ('done_on', models.DateField()),
                ('user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, to=settings.AUTH_USER_MODEL)),
                ('struck_at', models.DateTimeField(null=True)),
            ],
            options={
                'indexes': [models.Index(fields=['seller', 'customer', '-done_on', '-id'], name='activity_customer')],
            },
        ),
    ]
