# ruff: noqa: E501
"""What replies propose and which items they name."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

GUARDS = """
ALTER TABLE collecting_replyproposal ADD CONSTRAINT replyproposal_mail_of_seller
    FOREIGN KEY (seller_id, mail_id) REFERENCES messaging_incomingmail (seller_id, id);
ALTER TABLE collecting_replyitem ADD CONSTRAINT replyitem_mail_of_seller
    FOREIGN KEY (seller_id, mail_id) REFERENCES messaging_incomingmail (seller_id, id);
CREATE TRIGGER of_item AFTER INSERT ON collecting_replyitem REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION receivables_item_of_seller();
SELECT openterms_append_only('collecting_replyitem');
-- What was proposed, with its evidence, is kept as it was; what was decided is decided once.
CREATE TRIGGER proposal_fixed BEFORE UPDATE OF id, seller_id, mail_id, kind, confidence_bp, start, "end", in_subject,
    quote, proposed, recorded_at ON collecting_replyproposal FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER proposal_decided BEFORE UPDATE ON collecting_replyproposal
    FOR EACH ROW WHEN (OLD.state <> 'open' AND (OLD.state, OLD.decided_at, OLD.result_id)
    IS DISTINCT FROM (NEW.state, NEW.decided_at, NEW.result_id)) EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER proposal_stays BEFORE DELETE OR TRUNCATE ON collecting_replyproposal
    FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('messaging', '0002_pre_replies'),
        ('tenancy', '0007_pre_rate_windows'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("collecting", "0007_pre_escalation"),
        ('receivables', '0004_pre_cases'),
    ]

    operations = [
        migrations.CreateModel(
            name='ReplyProposal',
            fields=[
                ('id', models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('kind', models.CharField(choices=[('promise', 'Promises to pay'), ('dispute', 'Contests an amount'), ('paid', 'Says it is paid'), ('remittance', 'Remittance'), ('out_of_office', 'Out of office'), ('wrong_person', 'Wrong person'), ('copy', 'Asks for a copy or an order number'), ('cannot_pay', 'Cannot pay'), ('complaint', 'Complains'), ('stop', 'Wants no more messages')], max_length=14)),
                ('confidence_bp', models.IntegerField()),
                ('start', models.IntegerField()),
                ('end', models.IntegerField()),
                ('in_subject', models.BooleanField(default=False)),
                ('quote', models.TextField(blank=True)),
                ('proposed', models.JSONField(default=dict)),
                ('state', models.CharField(choices=[('open', 'To decide'), ('confirmed', 'Confirmed'), ('edited', 'Confirmed with changes'), ('rejected', 'Rejected')], default='open', max_length=9)),
                ('decided', models.JSONField(default=dict)),
                ('decided_at', models.DateTimeField(null=True)),
                ('result_type', models.CharField(blank=True, default='', max_length=20)),
                ('result_id', models.UUIDField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='ReplyItem',
            fields=[
                ('id', models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('start', models.IntegerField(default=0)),
                ('end', models.IntegerField(default=0)),
                ('in_subject', models.BooleanField(default=False)),
                ('item', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to='receivables.item')),
            ],
        ),
        migrations.AddField(
            model_name='replyitem',
            name='mail',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to='messaging.incomingmail'),
        ),
        migrations.AddField(
            model_name='replyitem',
            name='seller',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='tenancy.seller'),
        ),
        migrations.AddField(
            model_name='replyproposal',
            name='decided_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='replyproposal',
            name='mail',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to='messaging.incomingmail'),
        ),
        migrations.AddField(
            model_name='replyproposal',
            name='seller',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='tenancy.seller'),
        ),
        migrations.AddConstraint(
            model_name='replyitem',
            constraint=models.UniqueConstraint(fields=('seller', 'mail', 'item'), name='reply_item_once'),
        ),
        migrations.AddIndex(
            model_name='replyproposal',
            index=models.Index(fields=['seller', 'state', 'kind'], name='reply_proposal_state'),
        ),
        migrations.AddConstraint(
            model_name='replyproposal',
            constraint=models.UniqueConstraint(fields=('seller', 'mail', 'kind'), name='reply_proposal_kind'),
        ),
        migrations.AddConstraint(
            model_name='replyproposal',
            constraint=models.CheckConstraint(condition=models.Q(('confidence_bp__gte', 0), ('confidence_bp__lte', 10000)), name='reply_proposal_confidence'),
        ),
        migrations.AddConstraint(
            model_name='replyproposal',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('decided_at__isnull', True), ('state', 'open')), models.Q(models.Q(('state', 'open'), _negated=True), ('decided_at__isnull', False)), _connector='OR'), name='reply_proposal_decided'),
        ),
        migrations.RunSQL(GUARDS),
    ]
