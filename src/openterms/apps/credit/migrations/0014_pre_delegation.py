"""Delegations of authority, and steps of cases that were taken for somebody else."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

GUARDS = """
CREATE TRIGGER delegation_fixed BEFORE UPDATE OF id, seller_id, giver_id, holder_id, first, last, authority_minor,
    reason, given_by_id, given_at, recorded_at
    ON credit_delegation FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER delegation_over BEFORE UPDATE ON credit_delegation
    FOR EACH ROW WHEN (OLD.ended_at IS NOT NULL) EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER delegation_kept BEFORE DELETE OR TRUNCATE ON credit_delegation
    FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
"""


def person(**more):
    return models.ForeignKey(
        db_index=False,
        on_delete=django.db.models.deletion.PROTECT,
        related_name="+",
        to=settings.AUTH_USER_MODEL,
        **more,
    )


class Migration(migrations.Migration):
    dependencies = [
        ("credit", "0013_pre_policy_life"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Delegation",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("first", models.DateField()),
                ("last", models.DateField()),
                ("authority_minor", models.BigIntegerField()),
                ("reason", models.CharField(max_length=500)),
                ("given_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                ("giver", person()),
                ("holder", person()),
                ("given_by", person()),
                ("ended_by", person(null=True)),
                (
                    "seller",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="tenancy.seller"),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("giver", models.F("holder")), _negated=True),
                            ("last__gte", models.F("first")),
                            ("authority_minor__gte", 0),
                        ),
                        name="delegation_makes_sense",
                    ),
                ],
                "indexes": [
                    models.Index(fields=["seller", "holder", "last"], name="delegation_of_holder"),
                    models.Index(fields=["seller", "giver", "last"], name="delegation_of_giver"),
                ],
            },
        ),
        migrations.AddField(model_name="casestep", name="acts_for", field=person(null=True)),
        migrations.AddField(
            model_name="casestep",
            name="acts_for_name",
            field=models.CharField(blank=True, db_default="", max_length=200),
        ),
        migrations.AlterField(
            model_name="casestep",
            name="kind",
            field=models.CharField(
                choices=[
                    ("recommend", "Recommended"),
                    ("override", "Overridden"),
                    ("approve", "Approved"),
                    ("reject", "Rejected"),
                    ("escalate", "Escalated"),
                    ("take", "Taken on"),
                    ("withdraw", "Withdrawn"),
                    ("hand_on", "Handed on"),
                    ("lapse", "Approval lapsed"),
                ],
                max_length=10,
            ),
        ),
        migrations.RunSQL(GUARDS),
    ]
