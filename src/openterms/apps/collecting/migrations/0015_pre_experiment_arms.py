# ruff: noqa: E501
"""The arm that each customer was drawn into when an experiment started."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

GUARDS = """
ALTER TABLE collecting_experimentarm ADD CONSTRAINT experiment_arm_experiment_of_seller
    FOREIGN KEY (seller_id, experiment_id) REFERENCES collecting_experiment (seller_id, id);
ALTER TABLE collecting_experimentarm ADD CONSTRAINT experiment_arm_customer_of_seller
    FOREIGN KEY (seller_id, customer_id) REFERENCES parties_customer (seller_id, id);
SELECT openterms_append_only('collecting_experimentarm');
"""


class Migration(migrations.Migration):

    dependencies = [
        ('collecting', '0014_pre_pauses_in_book'),
        ('parties', '0004_pre_recognition'),
        ('tenancy', '0007_pre_rate_windows'),
    ]

    operations = [
        migrations.CreateModel(
            name='ExperimentArm',
            fields=[
                ('id', models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('arm', models.CharField(max_length=10)),
                ('stratum', models.CharField(max_length=40)),
                ('customer', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to='parties.customer')),
                ('experiment', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to='collecting.experiment')),
                ('seller', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='tenancy.seller')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('experiment', 'customer'), name='experiment_arm_once'), models.CheckConstraint(condition=models.Q(('arm__in', ('champion', 'challenger', 'hold_out'))), name='experiment_arm_known')],
            },
        ),
        migrations.RunSQL(GUARDS),
    ]
