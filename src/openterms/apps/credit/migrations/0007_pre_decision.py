"""Credit cases, their decisions and what people did about them; temporary limits, and changes that name a decision."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

KEYS = """
ALTER TABLE credit_creditcase ADD CONSTRAINT case_customer_of_seller
    FOREIGN KEY (seller_id, customer_id) REFERENCES parties_customer (seller_id, id);
ALTER TABLE credit_decision ADD CONSTRAINT decision_case_of_seller
    FOREIGN KEY (seller_id, case_id) REFERENCES credit_creditcase (seller_id, id);
ALTER TABLE credit_decision ADD CONSTRAINT decision_customer_of_seller
    FOREIGN KEY (seller_id, customer_id) REFERENCES parties_customer (seller_id, id);
ALTER TABLE credit_decision ADD CONSTRAINT decision_policy_of_seller
    FOREIGN KEY (seller_id, policy_version_id) REFERENCES credit_policyversion (seller_id, id);
ALTER TABLE credit_casestep ADD CONSTRAINT step_case_of_seller
    FOREIGN KEY (seller_id, case_id) REFERENCES credit_creditcase (seller_id, id);
ALTER TABLE credit_casestep ADD CONSTRAINT step_decision_of_seller
    FOREIGN KEY (seller_id, decision_id) REFERENCES credit_decision (seller_id, id);
ALTER TABLE credit_givenfact ADD CONSTRAINT given_customer_of_seller
    FOREIGN KEY (seller_id, customer_id) REFERENCES parties_customer (seller_id, id);
ALTER TABLE credit_givenfact ADD CONSTRAINT given_case_of_seller
    FOREIGN KEY (seller_id, case_id) REFERENCES credit_creditcase (seller_id, id);
ALTER TABLE credit_financialstatement ADD CONSTRAINT statement_customer_of_seller
    FOREIGN KEY (seller_id, customer_id) REFERENCES parties_customer (seller_id, id);
ALTER TABLE credit_linechange ADD CONSTRAINT linechange_decision_of_seller
    FOREIGN KEY (seller_id, decision_id) REFERENCES credit_decision (seller_id, id);
"""
GUARDS = """
SELECT openterms_append_only('credit_decision');
SELECT openterms_append_only('credit_casestep');
SELECT openterms_append_only('credit_givenfact');
SELECT openterms_append_only('credit_financialstatement');
CREATE TRIGGER case_fixed BEFORE UPDATE OF id, seller_id, customer_id, currency, limit_minor, terms, until, reason,
    source, source_ref, opened_by_id, opened_at, answer_by, recorded_at
    ON credit_creditcase FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER case_ended BEFORE UPDATE ON credit_creditcase
    FOR EACH ROW WHEN (OLD.state <> 'open') EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER case_kept BEFORE DELETE OR TRUNCATE ON credit_creditcase
    FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("credit", "0006_pre_bureau"),
        ("parties", "0003_post_references"),
        ("tenancy", "0006_pre_roles"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="CaseStep",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("number", models.IntegerField()),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("recommend", "Recommended"),
                            ("override", "Overridden"),
                            ("approve", "Approved"),
                            ("reject", "Rejected"),
                            ("escalate", "Escalated"),
                            ("take", "Taken on"),
                            ("withdraw", "Withdrawn"),
                        ],
                        max_length=10,
                    ),
                ),
                ("person_name", models.CharField(max_length=200)),
                ("role", models.CharField(blank=True, max_length=60)),
                ("authority_minor", models.BigIntegerField(null=True)),
                ("limit_minor", models.BigIntegerField(null=True)),
                ("terms", models.CharField(blank=True, max_length=120)),
                ("until", models.DateField(null=True)),
                ("reason", models.CharField(blank=True, max_length=1000)),
                ("exposure_minor", models.BigIntegerField(null=True)),
                ("need", models.JSONField(null=True)),
                ("at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="CreditCase",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("currency", models.CharField(max_length=3)),
                ("limit_minor", models.BigIntegerField(null=True)),
                ("terms", models.CharField(blank=True, max_length=120)),
                ("until", models.DateField(null=True)),
                ("reason", models.CharField(blank=True, max_length=500)),
                (
                    "source",
                    models.CharField(
                        choices=[("request", "Request"), ("review", "Review"), ("application", "Application")],
                        max_length=12,
                    ),
                ),
                ("source_ref", models.CharField(blank=True, max_length=100)),
                ("opened_at", models.DateTimeField()),
                ("answer_by", models.DateField()),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "Open"), ("decided", "Decided"), ("withdrawn", "Withdrawn")],
                        default="open",
                        max_length=10,
                    ),
                ),
                ("queue", models.CharField(max_length=60)),
                ("level", models.SmallIntegerField(default=0)),
                ("can_escalate", models.BooleanField(default=True)),
                (
                    "waits_for",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=60), default=list, size=None
                    ),
                ),
                ("due_at", models.DateTimeField()),
                ("outcome", models.CharField(blank=True, max_length=10)),
                ("closed_at", models.DateTimeField(null=True)),
                ("closed_minor", models.BigIntegerField(null=True)),
                ("closed_terms", models.CharField(blank=True, max_length=120)),
            ],
        ),
        migrations.CreateModel(
            name="Decision",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("currency", models.CharField(max_length=3)),
                ("number", models.IntegerField()),
                ("policy_hash", models.CharField(max_length=64)),
                ("kept", models.TextField()),
                ("sources", models.JSONField()),
                ("outcome", models.CharField(max_length=16)),
                ("rule", models.CharField(max_length=80)),
                ("suggested_minor", models.BigIntegerField(null=True)),
                ("granted_minor", models.BigIntegerField(null=True)),
                ("decided_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="FinancialStatement",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("currency", models.CharField(max_length=3)),
                ("ends_on", models.DateField()),
                ("months", models.SmallIntegerField(default=12)),
                ("kind", models.CharField(blank=True, max_length=10)),
                ("business", models.CharField(default="other", max_length=16)),
                ("is_listed", models.BooleanField(default=False)),
                ("is_emerging", models.BooleanField(default=False)),
                ("figures", models.JSONField()),
                ("source", models.CharField(blank=True, max_length=80)),
            ],
        ),
        migrations.CreateModel(
            name="GivenFact",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("currency", models.CharField(max_length=3)),
                ("name", models.CharField(max_length=60)),
                ("value", models.JSONField()),
                ("source", models.CharField(max_length=80)),
                ("as_of", models.DateField()),
            ],
        ),
        migrations.AddField(
            model_name="line",
            name="after_is_unlimited",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="line",
            name="after_minor",
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="line",
            name="temporary_until",
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name="linechange",
            name="decision_id",
            field=models.UUIDField(null=True),
        ),
        migrations.AddField(
            model_name="linechange",
            name="until",
            field=models.DateField(null=True),
        ),
        migrations.AddIndex(
            model_name="line",
            index=models.Index(
                condition=models.Q(("temporary_until__isnull", False)),
                fields=["seller", "temporary_until"],
                name="line_temporary",
            ),
        ),
        migrations.AddField(
            model_name="casestep",
            name="person",
            field=models.ForeignKey(
                db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="casestep",
            name="seller",
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="tenancy.seller"),
        ),
        migrations.AddField(
            model_name="creditcase",
            name="customer",
            field=models.ForeignKey(
                db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to="parties.customer"
            ),
        ),
        migrations.AddField(
            model_name="creditcase",
            name="handler",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="creditcase",
            name="opened_by",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="creditcase",
            name="seller",
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="tenancy.seller"),
        ),
        migrations.AddField(
            model_name="casestep",
            name="case",
            field=models.ForeignKey(
                db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to="credit.creditcase"
            ),
        ),
        migrations.AddField(
            model_name="decision",
            name="actor",
            field=models.ForeignKey(
                db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="decision",
            name="case",
            field=models.ForeignKey(
                db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to="credit.creditcase"
            ),
        ),
        migrations.AddField(
            model_name="decision",
            name="customer",
            field=models.ForeignKey(
                db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to="parties.customer"
            ),
        ),
        migrations.AddField(
            model_name="decision",
            name="policy_version",
            field=models.ForeignKey(
                db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to="credit.policyversion"
            ),
        ),
        migrations.AddField(
            model_name="decision",
            name="seller",
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="tenancy.seller"),
        ),
        migrations.AddField(
            model_name="casestep",
            name="decision",
            field=models.ForeignKey(
                db_constraint=False, null=True, on_delete=django.db.models.deletion.PROTECT, to="credit.decision"
            ),
        ),
        migrations.AddField(
            model_name="financialstatement",
            name="actor",
            field=models.ForeignKey(
                db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="financialstatement",
            name="customer",
            field=models.ForeignKey(
                db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to="parties.customer"
            ),
        ),
        migrations.AddField(
            model_name="financialstatement",
            name="seller",
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="tenancy.seller"),
        ),
        migrations.AddField(
            model_name="givenfact",
            name="actor",
            field=models.ForeignKey(
                db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="givenfact",
            name="case",
            field=models.ForeignKey(
                db_constraint=False, null=True, on_delete=django.db.models.deletion.PROTECT, to="credit.creditcase"
            ),
        ),
        migrations.AddField(
            model_name="givenfact",
            name="customer",
            field=models.ForeignKey(
                db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to="parties.customer"
            ),
        ),
        migrations.AddField(
            model_name="givenfact",
            name="seller",
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="tenancy.seller"),
        ),
        migrations.AddIndex(
            model_name="creditcase",
            index=models.Index(
                condition=models.Q(("state", "open")), fields=["seller", "due_at", "id"], name="case_due"
            ),
        ),
        migrations.AddIndex(
            model_name="creditcase",
            index=models.Index(fields=["seller", "closed_at", "id"], name="case_past"),
        ),
        migrations.AddConstraint(
            model_name="creditcase",
            constraint=models.UniqueConstraint(fields=("seller", "id"), name="case_of_seller"),
        ),
        migrations.AddConstraint(
            model_name="creditcase",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "open")), fields=("seller", "customer", "currency"), name="case_open_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="creditcase",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["open", "decided", "withdrawn"]), ("level__gte", 0)),
                name="case_state",
            ),
        ),
        migrations.AddConstraint(
            model_name="creditcase",
            constraint=models.CheckConstraint(
                condition=models.Q(("limit_minor__isnull", True), ("limit_minor__gte", 0), _connector="OR"),
                name="case_limit",
            ),
        ),
        migrations.AddConstraint(
            model_name="creditcase",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("closed_at__isnull", True), ("state", "open")),
                    models.Q(models.Q(("state", "open"), _negated=True), ("closed_at__isnull", False)),
                    _connector="OR",
                ),
                name="case_closed",
            ),
        ),
        migrations.AddConstraint(
            model_name="decision",
            constraint=models.UniqueConstraint(fields=("seller", "id"), name="decision_of_seller"),
        ),
        migrations.AddConstraint(
            model_name="decision",
            constraint=models.UniqueConstraint(fields=("case", "number"), name="decision_number"),
        ),
        migrations.AddConstraint(
            model_name="casestep",
            constraint=models.UniqueConstraint(fields=("case", "number"), name="step_number"),
        ),
        migrations.AddIndex(
            model_name="financialstatement",
            index=models.Index(fields=["seller", "customer", "-ends_on"], name="statement_newest"),
        ),
        migrations.AddIndex(
            model_name="givenfact",
            index=models.Index(fields=["seller", "customer", "name", "as_of"], name="given_newest"),
        ),
        migrations.RunSQL(KEYS),
        migrations.RunSQL(GUARDS),
    ]
