# ruff: noqa: E501
"""Mailboxes, mails as they were received, their files."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

GUARDS = """
ALTER TABLE messaging_incomingmail ADD CONSTRAINT incoming_mailbox_of_seller
    FOREIGN KEY (seller_id, mailbox_id) REFERENCES messaging_mailbox (seller_id, id);
ALTER TABLE messaging_incomingmail ADD CONSTRAINT incoming_customer_of_seller
    FOREIGN KEY (seller_id, customer_id) REFERENCES parties_customer (seller_id, id);
ALTER TABLE messaging_incomingmail ADD CONSTRAINT incoming_contact_of_seller
    FOREIGN KEY (seller_id, contact_id) REFERENCES parties_contact (seller_id, id);
ALTER TABLE messaging_incomingmail ADD CONSTRAINT incoming_answers_of_seller
    FOREIGN KEY (seller_id, answers_id) REFERENCES messaging_message (seller_id, id);
ALTER TABLE messaging_incomingfile ADD CONSTRAINT incomingfile_mail_of_seller
    FOREIGN KEY (seller_id, mail_id) REFERENCES messaging_incomingmail (seller_id, id);
SELECT openterms_append_only('messaging_incomingfile');
CREATE TRIGGER incoming_fixed BEFORE UPDATE OF id, seller_id, mailbox_id, key, message_id, in_reply_to, thread_ids,
    sender_address, sender_name, reply_to, subject, text, own, sent_at, received_at, size, digest, is_automatic,
    is_bounce, is_list, faults, answers_id, recorded_at
    ON messaging_incomingmail FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER incoming_whose BEFORE UPDATE OF customer_id ON messaging_incomingmail
    FOR EACH ROW WHEN (OLD.customer_id IS NOT NULL AND OLD.customer_id IS DISTINCT FROM NEW.customer_id)
    EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER incoming_stays BEFORE DELETE OR TRUNCATE ON messaging_incomingmail
    FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('messaging', '0001_pre_messaging'),
        ('parties', '0004_pre_recognition'),
        ('tenancy', '0007_pre_rate_windows'),
    ]

    operations = [
        migrations.CreateModel(
            name='Mailbox',
            fields=[
                ('id', models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('code', models.CharField(max_length=40)),
                ('address', models.CharField(max_length=300)),
                ('folder', models.CharField(default='INBOX', max_length=200)),
                ('credentials', models.CharField(blank=True, default='', max_length=120)),
                ('timeout_seconds', models.IntegerField(default=30)),
                ('marks_seen', models.BooleanField(default=False)),
                ('is_active', models.BooleanField(default=True)),
                ('uid_validity', models.BigIntegerField(null=True)),
                ('last_uid', models.BigIntegerField(default=0)),
                ('read_at', models.DateTimeField(null=True)),
                ('fault', models.CharField(blank=True, default='', max_length=500)),
                ('claimed_until', models.DateTimeField(null=True)),
                ('seller', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='tenancy.seller')),
            ],
        ),
        migrations.CreateModel(
            name='IncomingMail',
            fields=[
                ('id', models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('key', models.CharField(max_length=64)),
                ('message_id', models.CharField(blank=True, max_length=410)),
                ('in_reply_to', models.JSONField(default=list)),
                ('thread_ids', models.JSONField(default=list)),
                ('sender_address', models.CharField(blank=True, max_length=320)),
                ('sender_name', models.CharField(blank=True, max_length=200)),
                ('reply_to', models.CharField(blank=True, max_length=320)),
                ('subject', models.CharField(blank=True, max_length=1000)),
                ('text', models.TextField(blank=True)),
                ('own', models.TextField(blank=True)),
                ('sent_at', models.DateTimeField(null=True)),
                ('received_at', models.DateTimeField()),
                ('size', models.BigIntegerField()),
                ('digest', models.CharField(max_length=64)),
                ('is_automatic', models.BooleanField(default=False)),
                ('is_bounce', models.BooleanField(default=False)),
                ('is_list', models.BooleanField(default=False)),
                ('faults', models.JSONField(default=list)),
                ('state', models.CharField(choices=[('new', 'New'), ('read', 'Read')], default='new', max_length=4)),
                ('matched_by', models.CharField(blank=True, default='', max_length=10)),
                ('candidates', models.JSONField(default=list)),
                ('answers', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='messaging.message')),
                ('contact', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='parties.contact')),
                ('customer', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='parties.customer')),
                ('seller', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='tenancy.seller')),
                ('mailbox', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='messaging.mailbox')),
            ],
        ),
        migrations.CreateModel(
            name='IncomingFile',
            fields=[
                ('id', models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('place', models.SmallIntegerField()),
                ('name', models.CharField(max_length=200)),
                ('media_type', models.CharField(max_length=100)),
                ('size', models.BigIntegerField()),
                ('digest', models.CharField(blank=True, max_length=64)),
                ('seller', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='tenancy.seller')),
                ('mail', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to='messaging.incomingmail')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('mail', 'place'), name='incoming_file_place')],
            },
        ),
        migrations.AddConstraint(
            model_name='mailbox',
            constraint=models.UniqueConstraint(fields=('seller', 'id'), name='mailbox_of_seller'),
        ),
        migrations.AddConstraint(
            model_name='mailbox',
            constraint=models.UniqueConstraint(fields=('seller', 'code'), name='mailbox_code'),
        ),
        migrations.AddConstraint(
            model_name='mailbox',
            constraint=models.CheckConstraint(condition=models.Q(('timeout_seconds__gte', 1), ('timeout_seconds__lte', 120)), name='mailbox_timeout'),
        ),
        migrations.AddConstraint(
            model_name='mailbox',
            constraint=models.CheckConstraint(condition=models.Q(('last_uid__gte', 0)), name='mailbox_uid'),
        ),
        migrations.AddIndex(
            model_name='incomingmail',
            index=models.Index(fields=['seller', '-id'], name='incoming_latest'),
        ),
        migrations.AddIndex(
            model_name='incomingmail',
            index=models.Index(condition=models.Q(('state', 'new')), fields=['seller', 'id'], name='incoming_new'),
        ),
        migrations.AddIndex(
            model_name='incomingmail',
            index=models.Index(fields=['seller', 'customer', '-id'], name='incoming_customer'),
        ),
        migrations.AddIndex(
            model_name='incomingmail',
            index=models.Index(fields=['seller', 'message_id'], name='incoming_message_id'),
        ),
        migrations.AddConstraint(
            model_name='incomingmail',
            constraint=models.UniqueConstraint(fields=('seller', 'id'), name='incoming_of_seller'),
        ),
        migrations.AddConstraint(
            model_name='incomingmail',
            constraint=models.UniqueConstraint(fields=('seller', 'key'), name='incoming_key'),
        ),
        migrations.AddConstraint(
            model_name='incomingmail',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ('new', 'read'))), name='incoming_state'),
        ),
        migrations.RunSQL(GUARDS),
    ]
