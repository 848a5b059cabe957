# ruff: noqa: E501
"""Plans, reported payments, and promises with lines."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

GUARDS = """
ALTER TABLE collecting_plan ADD CONSTRAINT plan_customer_of_seller
    FOREIGN KEY (seller_id, customer_id) REFERENCES parties_customer (seller_id, id);
ALTER TABLE collecting_planinstalment ADD CONSTRAINT planinstalment_plan_of_seller
    FOREIGN KEY (seller_id, plan_id) REFERENCES collecting_plan (seller_id, id);
ALTER TABLE collecting_planline ADD CONSTRAINT planline_plan_of_seller
    FOREIGN KEY (seller_id, plan_id) REFERENCES collecting_plan (seller_id, id);
ALTER TABLE collecting_reportedpayment ADD CONSTRAINT reported_customer_of_seller
    FOREIGN KEY (seller_id, customer_id) REFERENCES parties_customer (seller_id, id);
ALTER TABLE collecting_reportedpayment ADD CONSTRAINT reported_proof_of_seller
    FOREIGN KEY (seller_id, proof_id) REFERENCES parties_attachment (seller_id, id);
ALTER TABLE collecting_reportedpart ADD CONSTRAINT reportedpart_payment_of_seller
    FOREIGN KEY (seller_id, payment_id) REFERENCES collecting_reportedpayment (seller_id, id);
CREATE TRIGGER of_item AFTER INSERT ON collecting_planline REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION receivables_item_of_seller();
CREATE TRIGGER of_item AFTER INSERT ON collecting_reportedpart REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION receivables_item_of_seller();
-- What was offered, and under which name it was accepted, never changes.
CREATE TRIGGER plan_fixed BEFORE UPDATE ON collecting_plan FOR EACH ROW WHEN (
    (OLD.id, OLD.seller_id, OLD.customer_id, OLD.currency, OLD.principal_minor, OLD.interest_minor, OLD.interest_bp,
     OLD.way, OLD.grace_days, OLD.most_missed, OLD.agreement, OLD.agreement_hash, OLD.offered_on, OLD.answer_by)
    IS DISTINCT FROM
    (NEW.id, NEW.seller_id, NEW.customer_id, NEW.currency, NEW.principal_minor, NEW.interest_minor, NEW.interest_bp,
     NEW.way, NEW.grace_days, NEW.most_missed, NEW.agreement, NEW.agreement_hash, NEW.offered_on, NEW.answer_by)
    OR (OLD.accepted_at IS NOT NULL AND
        (OLD.accepted_at, OLD.accepted_on, OLD.accepted_name, OLD.accepted_from, OLD.accepted_by, OLD.accepted_hash)
        IS DISTINCT FROM
        (NEW.accepted_at, NEW.accepted_on, NEW.accepted_name, NEW.accepted_from, NEW.accepted_by, NEW.accepted_hash))
    OR (OLD.state NOT IN ('offered', 'running') AND OLD.state <> NEW.state)
) EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER plan_kept BEFORE DELETE OR TRUNCATE ON collecting_plan
    FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER plan_instalment_fixed BEFORE UPDATE OF id, seller_id, plan_id, number, due_on, principal_minor,
    interest_minor ON collecting_planinstalment FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER plan_instalment_kept BEFORE DELETE OR TRUNCATE ON collecting_planinstalment
    FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER plan_line_fixed BEFORE UPDATE OR DELETE OR TRUNCATE ON collecting_planline
    FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER reported_fixed BEFORE UPDATE OF id, seller_id, customer_id, amount_minor, currency, paid_on, way,
    reference, note, proof_id, channel, reported_by, reported_on, waits_until, recorded_at
    ON collecting_reportedpayment FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER reported_kept BEFORE DELETE OR TRUNCATE ON collecting_reportedpayment
    FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER reported_part_fixed BEFORE UPDATE OR DELETE OR TRUNCATE ON collecting_reportedpart
    FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('collecting', '0005_pre_guard'),
        ('parties', '0004_pre_recognition'),
        ('receivables', '0003_post_references'),
        ('tenancy', '0007_pre_rate_windows'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='promise',
            name='channel',
            field=models.CharField(choices=[('phone', 'Telephone'), ('page', 'Personal page'), ('portal', 'Portal'), ('api', 'API'), ('email', 'E-mail'), ('desk', 'In person or by post')], default='phone', max_length=8),
        ),
        migrations.AddField(
            model_name='promise',
            name='given_id',
            field=models.UUIDField(null=True),
        ),
        migrations.CreateModel(
            name='Plan',
            fields=[
                ('id', models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('currency', models.CharField(max_length=3)),
                ('principal_minor', models.BigIntegerField()),
                ('interest_minor', models.BigIntegerField(default=0)),
                ('interest_bp', models.IntegerField(default=0)),
                ('way', models.CharField(choices=[('link', 'A payment link before each date'), ('transfer', 'Bank transfer by the customer'), ('debit', 'Direct debit on each date')], default='link', max_length=10)),
                ('grace_days', models.SmallIntegerField()),
                ('most_missed', models.SmallIntegerField()),
                ('note', models.TextField(blank=True)),
                ('agreement', models.TextField()),
                ('agreement_hash', models.CharField(max_length=64)),
                ('offered_on', models.DateField()),
                ('answer_by', models.DateField()),
                ('state', models.CharField(choices=[('offered', 'Offered'), ('running', 'Running'), ('completed', 'Completed'), ('defaulted', 'Defaulted'), ('cancelled', 'Cancelled'), ('declined', 'Declined'), ('withdrawn', 'Withdrawn'), ('expired', 'Expired')], default='offered', max_length=10)),
                ('state_on', models.DateField()),
                ('accepted_at', models.DateTimeField(null=True)),
                ('accepted_on', models.DateField(null=True)),
                ('accepted_name', models.CharField(blank=True, max_length=200)),
                ('accepted_from', models.CharField(blank=True, max_length=64)),
                ('accepted_by', models.CharField(blank=True, choices=[('phone', 'Telephone'), ('page', 'Personal page'), ('portal', 'Portal'), ('api', 'API'), ('email', 'E-mail'), ('desk', 'In person or by post')], max_length=8)),
                ('accepted_hash', models.CharField(blank=True, max_length=64)),
                ('interest_item_id', models.UUIDField(null=True)),
                ('customer', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to='parties.customer')),
                ('offered_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, to=settings.AUTH_USER_MODEL)),
                ('seller', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='tenancy.seller')),
            ],
        ),
        migrations.CreateModel(
            name='PlanInstalment',
            fields=[
                ('id', models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('number', models.SmallIntegerField()),
                ('due_on', models.DateField()),
                ('principal_minor', models.BigIntegerField()),
                ('interest_minor', models.BigIntegerField(default=0)),
                ('passed_on', models.DateField(null=True)),
                ('plan', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='instalments', to='collecting.plan')),
                ('seller', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='tenancy.seller')),
            ],
        ),
        migrations.CreateModel(
            name='PlanLine',
            fields=[
                ('id', models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('number', models.SmallIntegerField()),
                ('amount_minor', models.BigIntegerField()),
                ('open_before_minor', models.BigIntegerField()),
                ('item', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to='receivables.item')),
                ('plan', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='collecting.plan')),
                ('seller', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='tenancy.seller')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='ReportedPayment',
            fields=[
                ('id', models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('amount_minor', models.BigIntegerField()),
                ('currency', models.CharField(max_length=3)),
                ('paid_on', models.DateField()),
                ('way', models.CharField(choices=[('transfer', 'Bank transfer'), ('card', 'Card'), ('cheque', 'Cheque'), ('cash', 'Cash'), ('other', 'Other')], max_length=10)),
                ('reference', models.CharField(blank=True, max_length=200)),
                ('note', models.TextField(blank=True)),
                ('channel', models.CharField(choices=[('phone', 'Telephone'), ('page', 'Personal page'), ('portal', 'Portal'), ('api', 'API'), ('email', 'E-mail'), ('desk', 'In person or by post')], max_length=8)),
                ('reported_by', models.CharField(blank=True, max_length=200)),
                ('reported_on', models.DateField()),
                ('waits_until', models.DateField()),
                ('state', models.CharField(choices=[('open', 'To be found'), ('arrived', 'Arrived'), ('not_found', 'Not found'), ('lapsed', 'Did not arrive in time'), ('withdrawn', 'Withdrawn')], default='open', max_length=10)),
                ('state_on', models.DateField()),
                ('answer', models.TextField(blank=True)),
                ('customer', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to='parties.customer')),
                ('proof', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='parties.attachment')),
                ('seller', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='tenancy.seller')),
            ],
        ),
        migrations.CreateModel(
            name='ReportedPart',
            fields=[
                ('id', models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('amount_minor', models.BigIntegerField()),
                ('item', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to='receivables.item')),
                ('seller', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='tenancy.seller')),
                ('payment', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='parts', to='collecting.reportedpayment')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.AddIndex(
            model_name='plan',
            index=models.Index(fields=['seller', 'state', 'id'], name='plan_state'),
        ),
        migrations.AddIndex(
            model_name='plan',
            index=models.Index(fields=['seller', 'customer', '-id'], name='plan_customer'),
        ),
        migrations.AddConstraint(
            model_name='plan',
            constraint=models.CheckConstraint(condition=models.Q(('principal_minor__gt', 0), ('interest_minor__gte', 0)), name='plan_positive'),
        ),
        migrations.AddConstraint(
            model_name='plan',
            constraint=models.UniqueConstraint(fields=('seller', 'id'), name='plan_of_seller'),
        ),
        migrations.AddConstraint(
            model_name='planinstalment',
            constraint=models.UniqueConstraint(fields=('plan', 'number'), name='plan_instalment'),
        ),
        migrations.AddConstraint(
            model_name='planinstalment',
            constraint=models.CheckConstraint(condition=models.Q(('principal_minor__gt', 0)), name='plan_instalment_positive'),
        ),
        migrations.AddIndex(
            model_name='reportedpayment',
            index=models.Index(fields=['seller', 'state', 'waits_until'], name='reported_state'),
        ),
        migrations.AddConstraint(
            model_name='reportedpayment',
            constraint=models.CheckConstraint(condition=models.Q(('amount_minor__gt', 0)), name='reported_positive'),
        ),
        migrations.AddConstraint(
            model_name='reportedpayment',
            constraint=models.UniqueConstraint(fields=('seller', 'id'), name='reported_of_seller'),
        ),
        migrations.RunSQL(GUARDS),
    ]
