"""Overrides that were taken back before their order came."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

ENDS = """
ALTER TABLE credit_overrideend ADD CONSTRAINT override_end_of_seller
    FOREIGN KEY (seller_id, override_id) REFERENCES credit_override (seller_id, id);
SELECT openterms_append_only('credit_overrideend');
"""
# The one reading for orders looks for overrides; those that have ended are none. The function is taken as it stands
# and gets one more condition, so that whatever else was changed in it stays.
READ = """
DO $do$
DECLARE
    was constant text := 'AND NOT EXISTS (SELECT 1 FROM credit_authorisation x WHERE x.override_id = o.id)';
    also constant text := ' AND NOT EXISTS (SELECT 1 FROM credit_overrideend e WHERE e.override_id = o.id)';
    body constant text := pg_get_functiondef('credit_orders_seen(jsonb, timestamptz, boolean)'::regprocedure);
BEGIN
    IF position(was IN body) = 0 THEN
        RAISE EXCEPTION 'credit_orders_seen does not look for overrides as expected';
    END IF;
    IF position(also IN body) = 0 THEN
        EXECUTE replace(body, was, was || also);
    END IF;
END $do$;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("credit", "0015_pre_bureau_order"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="OverrideEnd",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("reason", models.CharField(blank=True, max_length=500)),
                ("ended_at", models.DateTimeField()),
                (
                    "override",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="credit.override",
                    ),
                ),
                (
                    "ended_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "seller",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="tenancy.seller"),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("override",), name="override_ends_once")],
            },
        ),
        migrations.RunSQL(ENDS),
        migrations.RunSQL(READ),
    ]
