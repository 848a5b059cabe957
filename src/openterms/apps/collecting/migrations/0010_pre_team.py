"""What work moves a minute and who has it before them; rules of assignment, and absences."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

GUARDS = """
SELECT openterms_append_only('collecting_assignmentrules');
CREATE TRIGGER absence_fixed BEFORE UPDATE OF id, seller_id, collector_id, cover_id, first, last, reason, made_by_id,
    recorded_at
    ON collecting_absence FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER absence_ended BEFORE UPDATE ON collecting_absence
    FOR EACH ROW WHEN (OLD.ended_on IS NOT NULL) EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER absence_kept BEFORE DELETE OR TRUNCATE ON collecting_absence
    FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("collecting", "0009_pre_outreach"),
        ("parties", "0004_pre_recognition"),
        ("tenancy", "0007_pre_rate_windows"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Absence",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("first", models.DateField()),
                ("last", models.DateField()),
                ("reason", models.CharField(max_length=500)),
                ("ended_on", models.DateField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="AssignmentRules",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("version", models.IntegerField()),
                ("document", models.JSONField()),
                ("reason", models.CharField(max_length=500)),
                ("made_on", models.DateField()),
            ],
        ),
        migrations.RemoveIndex(
            model_name="workitem",
            name="work_item_open",
        ),
        migrations.AddField(
            model_name="workitem",
            name="held_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="workitem",
            name="held_by",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="workitem",
            name="held_until",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="workitem",
            name="moved_minor",
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="workitem",
            name="per_minute_base_minor",
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="workitem",
            name="waiting_minor",
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="workitem",
            name="work_seconds",
            field=models.IntegerField(db_default=0, default=0),
        ),
        migrations.AddIndex(
            model_name="workitem",
            index=models.Index(
                condition=models.Q(("state", "open")),
                fields=["seller", "-per_minute_base_minor", "id"],
                name="work_item_ranked",
            ),
        ),
        migrations.AddField(
            model_name="absence",
            name="collector",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="absence",
            name="cover",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="absence",
            name="ended_by",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="absence",
            name="made_by",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="absence",
            name="seller",
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="tenancy.seller"),
        ),
        migrations.AddField(
            model_name="assignmentrules",
            name="made_by",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="assignmentrules",
            name="seller",
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="tenancy.seller"),
        ),
        migrations.AddIndex(
            model_name="absence",
            index=models.Index(fields=["seller", "last", "first"], name="absence_days"),
        ),
        migrations.AddConstraint(
            model_name="absence",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("collector", models.F("cover")), _negated=True), ("last__gte", models.F("first"))
                ),
                name="absence_makes_sense",
            ),
        ),
        migrations.AddConstraint(
            model_name="assignmentrules",
            constraint=models.UniqueConstraint(fields=("seller", "version"), name="assignment_rules_version"),
        ),
        migrations.RunSQL(GUARDS),
    ]
