# ruff: noqa: E501
"""Dispute cases with their clock and evidence; what a plan makes of an item's dates."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

GUARDS = """
ALTER TABLE receivables_disputecase ADD CONSTRAINT dispute_case_customer_of_seller
    FOREIGN KEY (seller_id, customer_id) REFERENCES parties_customer (seller_id, id);
ALTER TABLE receivables_dispute ADD CONSTRAINT dispute_case_of_its_seller
    FOREIGN KEY (seller_id, case_id) REFERENCES receivables_disputecase (seller_id, id);
ALTER TABLE receivables_disputefile ADD CONSTRAINT dispute_file_case_of_seller
    FOREIGN KEY (seller_id, case_id) REFERENCES receivables_disputecase (seller_id, id);
ALTER TABLE receivables_disputefile ADD CONSTRAINT dispute_file_attachment_of_seller
    FOREIGN KEY (seller_id, attachment_id) REFERENCES parties_attachment (seller_id, id);
ALTER TABLE receivables_scheduledpart ADD CONSTRAINT scheduled_customer_of_seller
    FOREIGN KEY (seller_id, customer_id) REFERENCES parties_customer (seller_id, id);
CREATE TRIGGER dispute_case_fixed BEFORE UPDATE OF id, seller_id, customer_id, amount_minor, currency, reason, channel,
    raised_by, note, opened_on, recorded_at
    ON receivables_disputecase FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER dispute_case_kept BEFORE DELETE OR TRUNCATE ON receivables_disputecase
    FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER dispute_case_of_dispute BEFORE UPDATE OF case_id ON receivables_dispute
    FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER dispute_file_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON receivables_disputefile
    FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER of_item AFTER INSERT ON receivables_scheduledpart REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION receivables_item_of_seller();
CREATE TRIGGER recorded_now AFTER INSERT ON receivables_scheduledpart REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION openterms_recorded_now();
CREATE TRIGGER scheduled_fixed BEFORE UPDATE OF id, seller_id, customer_id, item_id, source_id, number, due_on,
    amount_minor, starts_on, recorded_at
    ON receivables_scheduledpart FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER scheduled_kept BEFORE DELETE OR TRUNCATE ON receivables_scheduledpart
    FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
"""
BOOK = """
CREATE VIEW book_schedules WITH (security_invoker = true) AS
SELECT seller_id, item_id, customer_id, number::int, due_on, amount_minor, starts_on, ends_on, recorded_at,
       ended_recorded_at
FROM receivables_scheduledpart;
-- What is open of each part of an item under a running plan: open and not contested meets the latest parts first.
CREATE VIEW receivables_unmet WITH (security_invoker = true) AS
SELECT p.seller_id, p.customer_id, p.item_id, p.number, p.due_on, p.open_minor
FROM (
    SELECT s.seller_id, s.customer_id, s.item_id, s.number, s.due_on,
        least(s.amount_minor, greatest(0, i.open_minor - i.contested_minor - coalesce(sum(s.amount_minor) OVER (
            PARTITION BY s.item_id ORDER BY s.number ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING), 0)))::bigint
            AS open_minor
    FROM receivables_scheduledpart s JOIN receivables_item i ON i.id = s.item_id
    WHERE s.ends_on IS NULL
) p WHERE p.open_minor > 0;
-- The due date that counts of an item all of which is planned: that of the first instalment that is not met.
CREATE VIEW receivables_due WITH (security_invoker = true) AS
SELECT u.seller_id, u.customer_id, u.item_id, min(u.due_on) AS due_on
FROM receivables_unmet u JOIN receivables_item i ON i.id = u.item_id
GROUP BY u.seller_id, u.customer_id, u.item_id, i.open_minor, i.contested_minor
HAVING sum(u.open_minor) >= i.open_minor - i.contested_minor;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('parties', '0004_pre_recognition'),
        ('receivables', '0003_post_references'),
        ('tenancy', '0007_pre_rate_windows'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='dispute',
            name='upheld_minor',
            field=models.BigIntegerField(null=True),
        ),
        migrations.CreateModel(
            name='DisputeCase',
            fields=[
                ('id', models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('amount_minor', models.BigIntegerField()),
                ('currency', models.CharField(max_length=3)),
                ('reason', models.CharField(choices=[('price', 'Price differs from the agreement'), ('quantity', 'Quantity differs from the delivery'), ('quality', 'Goods or work are faulty'), ('not_received', 'Goods or invoice not received'), ('purchase_order', 'Purchase-order number missing or wrong'), ('duplicate', 'Billed twice'), ('tax', 'Tax is wrong'), ('other', 'Other')], max_length=16)),
                ('department', models.CharField(choices=[('sales', 'Sales'), ('logistics', 'Logistics'), ('quality', 'Quality'), ('billing', 'Billing'), ('credit', 'Credit'), ('service', 'Customer service')], max_length=10)),
                ('channel', models.CharField(blank=True, max_length=8)),
                ('raised_by', models.CharField(blank=True, max_length=200)),
                ('note', models.TextField(blank=True)),
                ('state', models.CharField(choices=[('received', 'Received'), ('investigating', 'Being investigated'), ('waiting', 'Waiting for the customer'), ('decided', 'Decided'), ('closed', 'Closed')], default='received', max_length=14)),
                ('state_on', models.DateField()),
                ('opened_on', models.DateField()),
                ('due_on', models.DateField()),
                ('waiting_since', models.DateField(null=True)),
                ('decided_on', models.DateField(null=True)),
                ('resolution', models.CharField(blank=True, choices=[('credit_note', 'Credit note'), ('price_correction', 'Price correction'), ('settled', 'Settled in between'), ('written_off', 'Written off'), ('rejected', 'Rejected: the amount is owed'), ('withdrawn', 'Withdrawn')], max_length=16)),
                ('upheld_minor', models.BigIntegerField(default=0)),
                ('credit_item_id', models.UUIDField(null=True)),
                ('message', models.TextField(blank=True)),
                ('times_reopened', models.SmallIntegerField(default=0)),
                ('customer', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to='parties.customer')),
                ('owner', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, to=settings.AUTH_USER_MODEL)),
                ('seller', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='tenancy.seller')),
            ],
        ),
        migrations.AddField(
            model_name='dispute',
            name='case',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='receivables.disputecase'),
        ),
        migrations.CreateModel(
            name='DisputeFile',
            fields=[
                ('id', models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('attachment', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to='parties.attachment')),
                ('case', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='files', to='receivables.disputecase')),
                ('seller', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='tenancy.seller')),
            ],
        ),
        migrations.CreateModel(
            name='DisputeRoute',
            fields=[
                ('id', models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('reason', models.CharField(choices=[('price', 'Price differs from the agreement'), ('quantity', 'Quantity differs from the delivery'), ('quality', 'Goods or work are faulty'), ('not_received', 'Goods or invoice not received'), ('purchase_order', 'Purchase-order number missing or wrong'), ('duplicate', 'Billed twice'), ('tax', 'Tax is wrong'), ('other', 'Other')], max_length=16)),
                ('department', models.CharField(choices=[('sales', 'Sales'), ('logistics', 'Logistics'), ('quality', 'Quality'), ('billing', 'Billing'), ('credit', 'Credit'), ('service', 'Customer service')], max_length=10)),
                ('business_days', models.SmallIntegerField()),
                ('owner', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, to=settings.AUTH_USER_MODEL)),
                ('seller', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='tenancy.seller')),
            ],
        ),
        migrations.CreateModel(
            name='ScheduledPart',
            fields=[
                ('id', models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('source_id', models.UUIDField()),
                ('number', models.SmallIntegerField()),
                ('due_on', models.DateField()),
                ('amount_minor', models.BigIntegerField()),
                ('starts_on', models.DateField()),
                ('ends_on', models.DateField(null=True)),
                ('ended_recorded_at', models.DateTimeField(null=True)),
                ('customer', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to='parties.customer')),
                ('item', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to='receivables.item')),
                ('seller', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='tenancy.seller')),
            ],
        ),
        migrations.AddIndex(
            model_name='disputecase',
            index=models.Index(fields=['seller', 'state', 'due_on'], name='dispute_case_state'),
        ),
        migrations.AddIndex(
            model_name='disputecase',
            index=models.Index(fields=['seller', 'customer', '-id'], name='dispute_case_customer'),
        ),
        migrations.AddConstraint(
            model_name='disputecase',
            constraint=models.UniqueConstraint(fields=('seller', 'id'), name='dispute_case_of_seller'),
        ),
        migrations.AddConstraint(
            model_name='disputecase',
            constraint=models.CheckConstraint(condition=models.Q(('amount_minor__gt', 0), ('upheld_minor__gte', 0), ('upheld_minor__lte', models.F('amount_minor'))), name='dispute_case_amounts'),
        ),
        migrations.AddConstraint(
            model_name='disputefile',
            constraint=models.UniqueConstraint(fields=('case', 'attachment'), name='dispute_file_once'),
        ),
        migrations.AddConstraint(
            model_name='disputeroute',
            constraint=models.UniqueConstraint(fields=('seller', 'reason'), name='dispute_route'),
        ),
        migrations.AddConstraint(
            model_name='disputeroute',
            constraint=models.CheckConstraint(condition=models.Q(('business_days__gte', 1)), name='dispute_route_days'),
        ),
        migrations.AddIndex(
            model_name='scheduledpart',
            index=models.Index(fields=['source_id'], name='scheduled_source'),
        ),
        migrations.AddIndex(
            model_name='scheduledpart',
            index=models.Index(condition=models.Q(('ends_on__isnull', True)), fields=['seller', 'customer'], name='scheduled_customer'),
        ),
        migrations.AddConstraint(
            model_name='scheduledpart',
            constraint=models.CheckConstraint(condition=models.Q(('amount_minor__gt', 0)), name='scheduled_positive'),
        ),
        migrations.AddConstraint(
            model_name='scheduledpart',
            constraint=models.UniqueConstraint(condition=models.Q(('ends_on__isnull', True)), fields=('item', 'number'), name='scheduled_once'),
        ),
        migrations.RunSQL(GUARDS),
        migrations.RunSQL(BOOK),
    ]
