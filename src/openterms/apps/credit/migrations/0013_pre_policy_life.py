"""Back-tests as a step of a policy's life, and drafts that cannot be read yet."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

GUARDS = """
SELECT openterms_append_only('credit_policybacktest');
ALTER TABLE credit_policyversion ADD CONSTRAINT policy_back_test_of_seller
    FOREIGN KEY (seller_id, back_test_id) REFERENCES credit_policybacktest (seller_id, id);
CREATE OR REPLACE FUNCTION credit_policy_guarded() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    fixed text[] := '{id,seller_id,code,number,drafted_by_id,drafted_at,recorded_at}';
    was constant jsonb := to_jsonb(OLD);
    is_ constant jsonb := to_jsonb(NEW);
    name text;
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'draft' THEN
            RAISE EXCEPTION 'a policy begins as a draft' USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF NOT OLD.state || ' ' || NEW.state = ANY ('{draft draft,draft submitted,draft withdrawn,submitted draft,'
        'submitted published,submitted withdrawn,published withdrawn}'::text[])
    THEN
        RAISE EXCEPTION 'a policy that is % does not become %', OLD.state, NEW.state
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.state <> 'draft' OR NEW.state <> 'draft' THEN
        fixed := fixed || '{name,currency,text,hash,is_readable,revision,written_by}'::text[];
    END IF;
    IF NEW.state <> 'published' OR OLD.state = 'published' THEN
        fixed := fixed || '{back_test_id,untested}'::text[];
    END IF;
    IF OLD.state = 'published' THEN
        fixed := fixed
            || '{note,submitted_by_id,submitted_at,approved_by_id,approved_at,effective_from}'::text[];
    END IF;
    FOREACH name IN ARRAY fixed LOOP
        IF was -> name IS DISTINCT FROM is_ -> name THEN
            RAISE EXCEPTION '% of a policy that is % does not change', name, OLD.state
                USING ERRCODE = 'restrict_violation';
        END IF;
    END LOOP;
    RETURN NEW;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("credit", "0012_pre_offers"),
        ("tenancy", "0006_pre_roles"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="PolicyBackTest",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("code", models.CharField(max_length=40)),
                ("hash", models.CharField(max_length=64)),
                ("currency", models.CharField(max_length=3)),
                ("against", models.CharField(max_length=80)),
                ("source", models.CharField(max_length=10)),
                ("first", models.DateField()),
                ("last", models.DateField()),
                ("figures", models.JSONField()),
                ("run_id", models.UUIDField(null=True)),
                (
                    "tested_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("tested_at", models.DateTimeField()),
                (
                    "seller",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="tenancy.seller"),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("seller", "id"), name="policy_back_test_of_seller"),
                ],
                "indexes": [models.Index(fields=["seller", "code", "hash", "-id"], name="policy_back_test_newest")],
            },
        ),
        migrations.AddField(
            model_name="policyversion", name="is_readable", field=models.BooleanField(db_default=True, default=True)
        ),
        migrations.AddField(
            model_name="policyversion",
            name="back_test",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="credit.policybacktest",
            ),
        ),
        migrations.AddField(
            model_name="policyversion",
            name="untested",
            field=models.CharField(blank=True, db_default="", max_length=500),
        ),
        migrations.AddConstraint(
            model_name="policyversion",
            constraint=models.CheckConstraint(
                condition=models.Q(("is_readable", True), ("state__in", ("draft", "withdrawn")), _connector="OR"),
                name="policy_readable",
            ),
        ),
        migrations.RunSQL(GUARDS),
    ]
