# ruff: noqa: E501
"""When runs are planned by the clock, and which of them wait for release."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

GUARDS = """
ALTER TABLE collecting_plannedrun ADD CONSTRAINT planned_run_run_of_seller
    FOREIGN KEY (seller_id, run_id) REFERENCES collecting_outreachrun (seller_id, id);
SELECT openterms_append_only('collecting_outreachtimetable');
CREATE TRIGGER planned_run_fixed BEFORE UPDATE OF id, seller_id, date, planned_at, recorded_at
    ON collecting_plannedrun FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER planned_run_ended BEFORE UPDATE ON collecting_plannedrun
    FOR EACH ROW WHEN (OLD.state <> 'waiting') EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER planned_run_kept BEFORE DELETE OR TRUNCATE ON collecting_plannedrun
    FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('collecting', '0012_pre_page_touches'),
        ('tenancy', '0007_pre_rate_windows'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='OutreachTimetable',
            fields=[
                ('id', models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('mode', models.CharField(choices=[('hand', 'By hand'), ('waits', "By the clock, once a person releases it"), ('itself', 'By the clock, by itself')], default='waits', max_length=6)),
                ('at', models.TimeField()),
                ('set_at', models.DateTimeField()),
                ('seller', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='tenancy.seller')),
                ('set_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(fields=['seller', '-id'], name='outreach_timetable_newest')],
                'constraints': [models.CheckConstraint(condition=models.Q(('mode__in', ('hand', 'waits', 'itself'))), name='outreach_mode')],
            },
        ),
        migrations.CreateModel(
            name='PlannedRun',
            fields=[
                ('id', models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('date', models.DateField()),
                ('planned_at', models.DateTimeField()),
                ('state', models.CharField(choices=[('waiting', 'Waits for release'), ('sent', 'Sent'), ('lapsed', 'Not released')], default='waiting', max_length=8)),
                ('figures', models.JSONField(default=dict)),
                ('ended_at', models.DateTimeField(null=True)),
                ('run', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='collecting.outreachrun')),
                ('seller', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='tenancy.seller')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('seller', 'date'), name='planned_run_once'), models.CheckConstraint(condition=models.Q(models.Q(('ended_at__isnull', True), ('run__isnull', True), ('state', 'waiting')), models.Q(('ended_at__isnull', False), ('run__isnull', False), ('state', 'sent')), models.Q(('ended_at__isnull', False), ('run__isnull', True), ('state', 'lapsed')), _connector='OR'), name='planned_run_states')],
            },
        ),
        migrations.RunSQL(GUARDS),
    ]
