"""Reviews of credit lines, and what they ask of decisions."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

KEYS = """
ALTER TABLE credit_review ADD CONSTRAINT review_customer_of_seller
    FOREIGN KEY (seller_id, customer_id) REFERENCES parties_customer (seller_id, id);
ALTER TABLE credit_review ADD CONSTRAINT review_policy_of_seller
    FOREIGN KEY (seller_id, policy_version_id) REFERENCES credit_policyversion (seller_id, id);
ALTER TABLE credit_review ADD CONSTRAINT review_case_of_seller
    FOREIGN KEY (seller_id, case_id) REFERENCES credit_creditcase (seller_id, id);
ALTER TABLE credit_reviewstep ADD CONSTRAINT review_step_of_seller
    FOREIGN KEY (seller_id, review_id) REFERENCES credit_review (seller_id, id);
ALTER TABLE credit_reviewstep ADD CONSTRAINT review_step_case_of_seller
    FOREIGN KEY (seller_id, case_id) REFERENCES credit_creditcase (seller_id, id);
"""
GUARDS = """
SELECT openterms_append_only('credit_reviewstep');
CREATE TRIGGER review_fixed BEFORE UPDATE OF id, seller_id, customer_id, currency, opened_on, opened_at,
    policy_version_id, recorded_at
    ON credit_review FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER review_ended BEFORE UPDATE ON credit_review
    FOR EACH ROW WHEN (OLD.state <> 'open') EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER review_kept BEFORE DELETE OR TRUNCATE ON credit_review
    FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
"""
# What reviews of very many lines ask of a decision, without reading the whole of what was kept.
ANSWERS = """
ALTER TABLE credit_decision ADD COLUMN review_months smallint
    GENERATED ALWAYS AS (CASE WHEN left(kept, 1) = '{'
        THEN ((kept::jsonb) #>> '{outcome,review_months}')::smallint END) STORED;
ALTER TABLE credit_decision ADD COLUMN risk_class text
    GENERATED ALWAYS AS (CASE WHEN left(kept, 1) = '{' THEN (kept::jsonb) #>> '{outcome,risk_class}' END) STORED;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("credit", "0016_pre_override_ends"),
        ("parties", "0007_pre_valid_until"),
        ("tenancy", "0006_pre_roles"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Review",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("currency", models.CharField(max_length=3)),
                ("opened_on", models.DateField()),
                ("opened_at", models.DateTimeField()),
                ("due_on", models.DateField()),
                ("act", models.CharField(max_length=10)),
                (
                    "triggers",
                    django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), size=None),
                ),
                ("reasons", models.JSONField()),
                ("state", models.CharField(default="open", max_length=6)),
                (
                    "ended_as",
                    models.CharField(
                        blank=True,
                        choices=[("case", "Decided"), ("renewed", "Renewed"), ("dismissed", "Dismissed")],
                        max_length=10,
                    ),
                ),
                ("closed_at", models.DateTimeField(null=True)),
                ("closed_on", models.DateField(null=True)),
                (
                    "case",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="credit.creditcase",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to="parties.customer"
                    ),
                ),
                (
                    "policy_version",
                    models.ForeignKey(
                        db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to="credit.policyversion"
                    ),
                ),
                (
                    "seller",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="tenancy.seller"),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ReviewStep",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("number", models.IntegerField()),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("open", "Opened"),
                            ("add", "Reason added"),
                            ("begin", "Case opened"),
                            ("return", "Case withdrawn"),
                            ("case", "Decided"),
                            ("renew", "Renewed by the policy"),
                            ("dismiss", "Dismissed"),
                        ],
                        max_length=8,
                    ),
                ),
                (
                    "acts_for",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("person_name", models.CharField(max_length=200)),
                ("role", models.CharField(blank=True, max_length=60)),
                ("authority_minor", models.BigIntegerField(null=True)),
                ("reason", models.CharField(blank=True, max_length=1000)),
                (
                    "triggers",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=40), default=list, size=None
                    ),
                ),
                ("case_id", models.UUIDField(null=True)),
                ("at", models.DateTimeField()),
                (
                    "person",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "review",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="credit.review",
                    ),
                ),
                (
                    "seller",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="tenancy.seller"),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="review",
            index=models.Index(
                condition=models.Q(("state", "open")), fields=["seller", "due_on", "id"], name="review_due"
            ),
        ),
        migrations.AddIndex(
            model_name="review",
            index=models.Index(
                condition=models.Q(("state", "closed")), fields=["seller", "closed_at", "id"], name="review_past"
            ),
        ),
        migrations.AddConstraint(
            model_name="review",
            constraint=models.UniqueConstraint(fields=("seller", "id"), name="review_of_seller"),
        ),
        migrations.AddConstraint(
            model_name="review",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "open")),
                fields=("seller", "customer", "currency"),
                name="review_open_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="review",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("closed_at__isnull", True), ("closed_on__isnull", True), ("ended_as", ""), ("state", "open")
                    ),
                    models.Q(
                        ("closed_at__isnull", False),
                        ("closed_on__isnull", False),
                        ("state", "closed"),
                        ("ended_as__in", ["case", "renewed", "dismissed"]),
                    ),
                    _connector="OR",
                ),
                name="review_state",
            ),
        ),
        migrations.AddConstraint(
            model_name="reviewstep",
            constraint=models.UniqueConstraint(fields=("review", "number"), name="review_step_number"),
        ),
        migrations.RunSQL(KEYS),
        migrations.RunSQL(GUARDS),
        migrations.RunSQL(ANSWERS),
    ]
