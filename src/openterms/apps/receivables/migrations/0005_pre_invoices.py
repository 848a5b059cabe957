"""Invoices issued here, their numbers, what waits to be billed, and what they say of the seller."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

GUARDS = """
SELECT openterms_append_only('receivables_invoice');
ALTER TABLE receivables_invoice ADD CONSTRAINT invoice_customer_of_seller
    FOREIGN KEY (seller_id, customer_id) REFERENCES parties_customer (seller_id, id);
ALTER TABLE receivables_invoice ADD CONSTRAINT invoice_corrects_of_seller
    FOREIGN KEY (seller_id, corrects_id) REFERENCES receivables_invoice (seller_id, id);
CREATE TRIGGER of_item AFTER INSERT ON receivables_invoice REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION receivables_item_of_seller();
CREATE TRIGGER recorded_now AFTER INSERT ON receivables_invoice REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION openterms_recorded_now();
CREATE TRIGGER invoice_series_fixed BEFORE UPDATE OF id, seller_id, code, year, recorded_at
    ON receivables_invoiceseries FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER invoice_series_without_gap BEFORE UPDATE ON receivables_invoiceseries
    FOR EACH ROW WHEN (NEW.last <> OLD.last + 1) EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER invoice_series_kept BEFORE DELETE OR TRUNCATE ON receivables_invoiceseries
    FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER billing_cycle_fixed BEFORE UPDATE OF id, seller_id, customer_id, recorded_at
    ON receivables_billingcycle FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
ALTER TABLE receivables_billingcycle ADD CONSTRAINT billing_cycle_customer_of_seller
    FOREIGN KEY (seller_id, customer_id) REFERENCES parties_customer (seller_id, id);
ALTER TABLE receivables_billableline ADD CONSTRAINT billable_line_customer_of_seller
    FOREIGN KEY (seller_id, customer_id) REFERENCES parties_customer (seller_id, id);
ALTER TABLE receivables_billableline ADD CONSTRAINT billable_line_invoice_of_seller
    FOREIGN KEY (seller_id, invoice_id) REFERENCES receivables_invoice (seller_id, id);
CREATE TRIGGER billable_line_fixed BEFORE UPDATE OF id, seller_id, customer_id, currency, reference, place, supplied_on,
    order_ref, purchase_order, line, recorded_at
    ON receivables_billableline FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER billable_line_billed BEFORE UPDATE ON receivables_billableline
    FOR EACH ROW WHEN (OLD.invoice_id IS NOT NULL) EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER billable_line_kept BEFORE DELETE OR TRUNCATE ON receivables_billableline
    FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('parties', '0004_pre_recognition'),
        ('receivables', '0004_pre_cases'),
        ('tenancy', '0007_pre_rate_windows'),
    ]

    operations = [
        migrations.CreateModel(
            name='Invoice',
            fields=[
                ('id', models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('kind', models.CharField(max_length=12)),
                ('series', models.CharField(max_length=12)),
                ('year', models.SmallIntegerField()),
                ('sequence', models.IntegerField()),
                ('number', models.CharField(max_length=40)),
                ('issued_on', models.DateField()),
                ('currency', models.CharField(max_length=3)),
                ('net_minor', models.BigIntegerField()),
                ('vat_minor', models.BigIntegerField()),
                ('gross_minor', models.BigIntegerField()),
                ('content', models.JSONField()),
                ('request_key', models.CharField(blank=True, max_length=200)),
                ('request_digest', models.CharField(max_length=64)),
                (
                    'corrects',
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to='receivables.invoice',
                    ),
                ),
                (
                    'customer',
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to='parties.customer',
                    ),
                ),
                (
                    'item',
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to='receivables.item',
                    ),
                ),
                (
                    'seller',
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to='tenancy.seller',
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name='BillableLine',
            fields=[
                ('id', models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('currency', models.CharField(max_length=3)),
                ('reference', models.CharField(max_length=100)),
                ('place', models.SmallIntegerField()),
                ('supplied_on', models.DateField()),
                ('order_ref', models.CharField(blank=True, max_length=100)),
                ('purchase_order', models.CharField(blank=True, max_length=100)),
                ('line', models.JSONField()),
                (
                    'customer',
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to='parties.customer',
                    ),
                ),
                (
                    'seller',
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to='tenancy.seller',
                    ),
                ),
                (
                    'invoice',
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to='receivables.invoice',
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name='InvoiceSeries',
            fields=[
                ('id', models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('code', models.CharField(max_length=12)),
                ('year', models.SmallIntegerField()),
                ('last', models.IntegerField(default=0)),
                (
                    'seller',
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to='tenancy.seller',
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name='BillingCycle',
            fields=[
                ('id', models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('notation', models.CharField(max_length=20)),
                (
                    'customer',
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to='parties.customer',
                    ),
                ),
                (
                    'seller',
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to='tenancy.seller',
                    ),
                ),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('seller', 'customer'), name='billing_cycle_once')],
            },
        ),
        migrations.CreateModel(
            name='BillingIdentity',
            fields=[
                ('id', models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('street', models.CharField(blank=True, max_length=200)),
                ('postcode', models.CharField(blank=True, max_length=20)),
                ('city', models.CharField(blank=True, max_length=100)),
                ('vat_number', models.CharField(blank=True, max_length=40)),
                ('tax_number', models.CharField(blank=True, max_length=40)),
                ('register', models.CharField(blank=True, max_length=80)),
                ('email', models.CharField(blank=True, max_length=254)),
                ('phone', models.CharField(blank=True, max_length=40)),
                ('contact', models.CharField(blank=True, max_length=120)),
                ('endpoint', models.CharField(blank=True, max_length=80)),
                ('endpoint_scheme', models.CharField(blank=True, max_length=4)),
                ('iban', models.CharField(blank=True, max_length=34)),
                ('bic', models.CharField(blank=True, max_length=11)),
                ('bank', models.CharField(blank=True, max_length=120)),
                ('holder', models.CharField(blank=True, max_length=70)),
                ('late_charge', models.CharField(blank=True, max_length=500)),
                (
                    'languages',
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=2),
                        default=list,
                        size=None,
                    ),
                ),
                ('colour', models.CharField(blank=True, max_length=7)),
                ('logo', models.TextField(blank=True)),
                (
                    'seller',
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to='tenancy.seller',
                    ),
                ),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('seller',), name='billing_identity_once')],
            },
        ),
        migrations.AddIndex(
            model_name='invoice',
            index=models.Index(fields=['seller', 'customer', 'issued_on'], name='invoice_customer'),
        ),
        migrations.AddConstraint(
            model_name='invoice',
            constraint=models.UniqueConstraint(fields=('seller', 'number'), name='invoice_number'),
        ),
        migrations.AddConstraint(
            model_name='invoice',
            constraint=models.UniqueConstraint(
                fields=('seller', 'series', 'year', 'sequence'), name='invoice_sequence'
            ),
        ),
        migrations.AddConstraint(
            model_name='invoice',
            constraint=models.UniqueConstraint(
                condition=models.Q(('request_key', ''), _negated=True), fields=('seller', 'request_key'),
                name='invoice_request',
            ),
        ),
        migrations.AddConstraint(
            model_name='invoice',
            constraint=models.UniqueConstraint(fields=('seller', 'id'), name='invoice_of_seller'),
        ),
        migrations.AddConstraint(
            model_name='invoice',
            constraint=models.CheckConstraint(condition=models.Q(('gross_minor__gt', 0)), name='invoice_positive'),
        ),
        migrations.AddIndex(
            model_name='billableline',
            index=models.Index(
                condition=models.Q(('invoice__isnull', True)),
                fields=['seller', 'customer', 'currency', 'supplied_on'], name='billable_line_waits',
            ),
        ),
        migrations.AddConstraint(
            model_name='billableline',
            constraint=models.UniqueConstraint(fields=('seller', 'reference', 'place'), name='billable_line_once'),
        ),
        migrations.AddConstraint(
            model_name='invoiceseries',
            constraint=models.UniqueConstraint(fields=('seller', 'code', 'year'), name='invoice_series_once'),
        ),
        migrations.AddConstraint(
            model_name='invoiceseries',
            constraint=models.CheckConstraint(condition=models.Q(('last__gte', 0)), name='invoice_series_last'),
        ),
        migrations.RunSQL(GUARDS),
    ]
