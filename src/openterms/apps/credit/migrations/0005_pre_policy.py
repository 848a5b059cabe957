"""Versions of credit policies: written, submitted, approved by a second person, and from then on unchanged."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

GUARDS = """
ALTER TABLE credit_policyversion ADD CONSTRAINT policy_not_by_a_writer
    CHECK (approved_by_id IS NULL OR approved_by_id <> ALL (written_by));
CREATE FUNCTION credit_policy_guarded() RETURNS trigger LANGUAGE plpgsql
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
        fixed := fixed || '{name,currency,text,hash,revision,written_by}'::text[];
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
CREATE TRIGGER policy_guarded BEFORE INSERT OR UPDATE ON credit_policyversion
    FOR EACH ROW EXECUTE FUNCTION credit_policy_guarded();
CREATE TRIGGER policy_kept BEFORE DELETE OR TRUNCATE ON credit_policyversion
    FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
"""
ANSWERED = """
ALTER TABLE credit_authorisation ADD CONSTRAINT authorisation_policy_of_seller
    FOREIGN KEY (seller_id, policy_version_id) REFERENCES credit_policyversion (seller_id, id);
CREATE TRIGGER authorisation_policy_fixed BEFORE UPDATE OF policy_version_id
    ON credit_authorisation FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
"""


def person():
    return models.ForeignKey(
        db_index=False,
        null=True,
        on_delete=django.db.models.deletion.PROTECT,
        related_name="+",
        to=settings.AUTH_USER_MODEL,
    )


class Migration(migrations.Migration):
    dependencies = [
        ("credit", "0004_pre_authorisation"),
        ("tenancy", "0004_pre_api_keys"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="PolicyVersion",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("code", models.CharField(max_length=40)),
                ("number", models.IntegerField()),
                ("name", models.TextField()),
                ("currency", models.CharField(max_length=3)),
                ("text", models.TextField()),
                ("hash", models.CharField(max_length=64)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "Draft"),
                            ("submitted", "Submitted"),
                            ("published", "Published"),
                            ("withdrawn", "Withdrawn"),
                        ],
                        default="draft",
                        max_length=16,
                    ),
                ),
                ("revision", models.IntegerField(default=1)),
                (
                    "written_by",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.UUIDField(), default=list, size=None
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=500)),
                ("drafted_at", models.DateTimeField()),
                ("submitted_at", models.DateTimeField(null=True)),
                ("approved_at", models.DateTimeField(null=True)),
                ("effective_from", models.DateField(null=True)),
                ("withdrawn_at", models.DateTimeField(null=True)),
                ("drafted_by", person()),
                ("submitted_by", person()),
                ("approved_by", person()),
                ("withdrawn_by", person()),
                (
                    "seller",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="tenancy.seller"),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("seller", "id"), name="policy_of_seller"),
                    models.UniqueConstraint(fields=("seller", "code", "number"), name="policy_number"),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "published")),
                        fields=("seller", "currency", "effective_from"),
                        name="policy_effective_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("number__gte", 1), ("revision__gte", 1)), name="policy_counts"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["draft", "submitted", "published", "withdrawn"])),
                        name="policy_state",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "submitted"), _negated=True),
                            models.Q(
                                ("approved_by__isnull", True),
                                ("submitted_at__isnull", False),
                                ("submitted_by__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="policy_submitted",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "published"), _negated=True),
                            models.Q(
                                ("approved_at__isnull", False),
                                ("approved_by__isnull", False),
                                ("effective_from__isnull", False),
                                ("submitted_by__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="policy_published",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("approved_by__isnull", True),
                            models.Q(("approved_by", models.F("submitted_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="policy_four_eyes",
                    ),
                ],
            },
        ),
        migrations.AddField(
            model_name="authorisation",
            name="policy_version",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                to="credit.policyversion",
            ),
        ),
        migrations.AddIndex(
            model_name="authorisation",
            index=models.Index(
                condition=models.Q(("policy_version__isnull", False)),
                fields=["policy_version", "id"],
                name="authorisation_policy",
            ),
        ),
        migrations.RunSQL(GUARDS),
        migrations.RunSQL(ANSWERED),
    ]
