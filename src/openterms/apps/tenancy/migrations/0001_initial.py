"""Sellers, users, memberships, keys."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

from openterms.apps.tenancy.first_tables import FirstTables


class Migration(FirstTables):

    initial = True

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
    ]

    operations = [
        migrations.CreateModel(
            name='Seller',
            fields=[
                ('id', models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ('code', models.CharField(max_length=32, unique=True)),
                ('name', models.CharField(max_length=200)),
                ('currency', models.CharField(max_length=3)),
                ('country', models.CharField(max_length=2)),
                ('timezone', models.CharField(default='UTC', max_length=64)),
                ('weekend', django.contrib.postgres.fields.ArrayField(base_field=models.SmallIntegerField(), default=list, size=None)),
                ('terms', models.CharField(default='net 30', max_length=120)),
                ('locked_through', models.DateField(blank=True, null=True)),
                ('small_difference_minor', models.BigIntegerField(default=500)),
                ('address', models.CharField(blank=True, db_default='', default='', max_length=500)),
                ('registration', models.CharField(blank=True, db_default='', default='', max_length=300)),
                ('payment_details', models.CharField(blank=True, db_default='', default='', max_length=500)),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
        ),
        migrations.CreateModel(
            name='User',
            fields=[
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                ('is_superuser', models.BooleanField(default=False, help_text='Designates that this user has all permissions without explicitly assigning them.', verbose_name='superuser status')),
                ('id', models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ('email', models.EmailField(max_length=254, unique=True)),
                ('name', models.CharField(max_length=200)),
                ('locale', models.CharField(default='en', max_length=8)),
                ('numerals', models.CharField(choices=[('latn', '123'), ('arab', '١٢٣')], default='latn', max_length=8)),
                ('calendar', models.CharField(choices=[('gregorian', 'Gregorian'), ('hijri', 'Hijri')], default='gregorian', max_length=16)),
                ('theme', models.CharField(choices=[('auto', 'As the device'), ('light', 'Light'), ('dark', 'Dark')], default='auto', max_length=8)),
                ('is_active', models.BooleanField(default=True)),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('groups', models.ManyToManyField(blank=True, help_text='The groups this user belongs to. A user will get all permissions granted to each of their groups.', related_name='user_set', related_query_name='user', to='auth.group', verbose_name='groups')),
                ('user_permissions', models.ManyToManyField(blank=True, help_text='Specific permissions for this user.', related_name='user_set', related_query_name='user', to='auth.permission', verbose_name='user permissions')),
            ],
        ),
        migrations.CreateModel(
            name='ContextKey',
            fields=[
                ('id', models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                ('inner_pad', models.BinaryField()),
                ('outer_pad', models.BinaryField()),
            ],
        ),
        migrations.CreateModel(
            name='ApiKey',
            fields=[
                ('id', models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ('seller', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='tenancy.seller')),
                ('name', models.CharField(max_length=80)),
                ('prefix', models.CharField(max_length=16)),
                ('digest', models.CharField(max_length=64, unique=True)),
                ('scopes', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=16), size=None)),
                ('per_minute', models.IntegerField(default=120000)),
                ('revoked_at', models.DateTimeField(null=True)),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
        ),
        migrations.CreateModel(
            name='Membership',
            fields=[
                ('id', models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ('seller', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='tenancy.seller')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL)),
                ('role', models.CharField(choices=[('credit_manager', 'Credit manager'), ('analyst', 'Credit analyst'), ('collector', 'Collector'), ('cash_clerk', 'Cash clerk'), ('sales', 'Sales'), ('sales_director', 'Sales director'), ('cfo', 'Chief financial officer'), ('board', 'Board'), ('auditor', 'Auditor'), ('admin', 'Administrator')], max_length=16)),
                ('authority_minor', models.BigIntegerField(default=0)),
                ('is_active', models.BooleanField(default=True)),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('seller', 'user'), name='membership_once'), models.CheckConstraint(condition=models.Q(('authority_minor__gte', 0)), name='membership_authority')],
            },
        ),
    ]
