"""Customers and the people and papers around them."""

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
            name='Group',
            fields=[
                ('id', models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ('seller', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='tenancy.seller')),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('code', models.CharField(max_length=80)),
                ('name', models.CharField(max_length=200)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('seller', 'code'), name='group_code'), models.UniqueConstraint(fields=('seller', 'id'), name='group_of_seller')],
            },
        ),
        migrations.CreateModel(
            name='SavedView',
            fields=[
                ('id', models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ('seller', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='tenancy.seller')),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('owner', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, to=settings.AUTH_USER_MODEL)),
                ('page', models.CharField(max_length=32)),
                ('name', models.CharField(max_length=80)),
                ('query', models.CharField(max_length=1000)),
            ],
        ),
        migrations.CreateModel(
            name='Customer',
            fields=[
                ('id', models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ('seller', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='tenancy.seller')),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('number', models.CharField(max_length=100)),
                ('name', models.CharField(max_length=200)),
                ('search_name', models.CharField(db_collation='C', max_length=300)),
                ('group', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='parties.group')),
                ('country', models.CharField(blank=True, max_length=2)),
                ('currency', models.CharField(max_length=3)),
                ('locale', models.CharField(default='en', max_length=8)),
                ('timezone', models.CharField(default='UTC', max_length=64)),
                ('terms', models.CharField(blank=True, max_length=120)),
                ('collector', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, to=settings.AUTH_USER_MODEL)),
                ('is_sole_trader', models.BooleanField(default=False)),
                ('insolvent_on', models.DateField(blank=True, null=True)),
                ('paused_until', models.DateField(blank=True, null=True)),
                ('created_on', models.DateField()),
                ('attributes', models.JSONField(blank=True, default=dict)),
                ('batch_id', models.UUIDField(null=True)),
            ],
            options={
                'indexes': [models.Index(fields=['seller', 'search_name', 'id'], name='customer_search'), models.Index(fields=['seller', 'collector', 'search_name'], name='customer_collector')],
                'constraints': [models.UniqueConstraint(fields=('seller', 'number'), name='customer_number'), models.UniqueConstraint(fields=('seller', 'id'), name='customer_of_seller')],
            },
        ),
        migrations.CreateModel(
            name='CustomerToken',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('seller', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to='tenancy.seller')),
                ('customer', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, to='parties.customer')),
                ('token', models.CharField(db_collation='C', max_length=80)),
            ],
            options={
                'indexes': [models.Index(fields=['seller', 'token', 'customer'], name='customer_token')],
            },
        ),
        migrations.CreateModel(
            name='Identifier',
            fields=[
                ('id', models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ('seller', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='tenancy.seller')),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('customer', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, to='parties.customer')),
                ('scheme', models.CharField(max_length=16)),
                ('value', models.CharField(max_length=80)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('customer', 'scheme', 'value'), name='identifier_once')],
            },
        ),
        migrations.CreateModel(
            name='Site',
            fields=[
                ('id', models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ('seller', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='tenancy.seller')),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('customer', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, to='parties.customer')),
                ('purpose', models.CharField(choices=[('registered', 'Registered office'), ('billing', 'Billing'), ('delivery', 'Delivery')], max_length=12)),
                ('street', models.CharField(blank=True, max_length=200)),
                ('postcode', models.CharField(blank=True, max_length=20)),
                ('city', models.CharField(blank=True, max_length=100)),
                ('region', models.CharField(blank=True, max_length=100)),
                ('country', models.CharField(blank=True, max_length=2)),
            ],
        ),
        migrations.CreateModel(
            name='Contact',
            fields=[
                ('id', models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ('seller', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='tenancy.seller')),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('customer', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, to='parties.customer')),
                ('name', models.CharField(max_length=200)),
                ('role', models.CharField(choices=[('accounts_payable', 'Accounts payable'), ('buyer', 'Buyer'), ('finance', 'Finance manager'), ('owner', 'Owner or director'), ('other', 'Other')], default='accounts_payable', max_length=20)),
                ('email', models.EmailField(blank=True, max_length=254)),
                ('phone', models.CharField(blank=True, max_length=40)),
                ('channel', models.CharField(choices=[('email', 'E-mail'), ('phone', 'Telephone'), ('sms', 'SMS'), ('whatsapp', 'WhatsApp'), ('post', 'Post'), ('portal', 'Portal')], default='email', max_length=10)),
                ('locale', models.CharField(blank=True, max_length=8)),
                ('do_not_contact', models.BooleanField(default=False)),
                ('is_active', models.BooleanField(default=True)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('seller', 'id'), name='contact_of_seller')],
            },
        ),
        migrations.CreateModel(
            name='Purchaser',
            fields=[
                ('id', models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ('seller', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='tenancy.seller')),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('customer', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, to='parties.customer')),
                ('name', models.CharField(max_length=200)),
                ('email', models.EmailField(blank=True, max_length=254)),
                ('limit_minor', models.BigIntegerField(blank=True, null=True)),
                ('month_limit_minor', models.BigIntegerField(blank=True, null=True)),
                ('is_active', models.BooleanField(default=True)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('seller', 'id'), name='purchaser_of_seller'), models.CheckConstraint(condition=models.Q(models.Q(('limit_minor__isnull', True), ('limit_minor__gte', 0), _connector='OR'), models.Q(('month_limit_minor__isnull', True), ('month_limit_minor__gte', 0), _connector='OR')), name='purchaser_limits')],
            },
        ),
        migrations.CreateModel(
            name='BillingProfile',
            fields=[
                ('id', models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ('seller', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='tenancy.seller')),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('customer', models.OneToOneField(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, to='parties.customer')),
                ('recipients', models.JSONField(default=list)),
                ('channel', models.CharField(choices=[('email', 'E-mail'), ('phone', 'Telephone'), ('sms', 'SMS'), ('whatsapp', 'WhatsApp'), ('post', 'Post'), ('portal', 'Portal')], default='email', max_length=10)),
                ('needs_purchase_order', models.BooleanField(default=False)),
                ('only_purchasers', models.BooleanField(default=False)),
                ('pay_run_days', models.JSONField(default=list)),
                ('note', models.TextField(blank=True)),
            ],
        ),
        migrations.CreateModel(
            name='Note',
            fields=[
                ('id', models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ('seller', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='tenancy.seller')),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('customer', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, to='parties.customer')),
                ('author', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, to=settings.AUTH_USER_MODEL)),
                ('text', models.TextField()),
            ],
        ),
        migrations.CreateModel(
            name='Attachment',
            fields=[
                ('id', models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ('seller', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='tenancy.seller')),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('customer', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, to='parties.customer')),
                ('kind', models.CharField(blank=True, choices=[('', 'Other'), ('register', 'Register extract'), ('licence', 'Licence or permit'), ('tax', 'Tax certificate'), ('statements', 'Financial statements'), ('security', 'Guarantee or insurance'), ('identity', 'Proof of identity')], default='', max_length=12)),
                ('valid_until', models.DateField(blank=True, null=True)),
                ('author', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, to=settings.AUTH_USER_MODEL)),
                ('name', models.CharField(max_length=200)),
                ('media_type', models.CharField(max_length=100)),
                ('size', models.BigIntegerField()),
                ('digest', models.CharField(max_length=64)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('seller', 'id'), name='attachment_of_seller')],
            },
        ),
    ]
