"""Accounts with bureaus, purchases, tries and reports: written once but for what becomes of a purchase."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

KEYS = """
ALTER TABLE credit_bureaupurchase ADD CONSTRAINT bureau_purchase_account_of_seller
    FOREIGN KEY (seller_id, account_id) REFERENCES credit_bureauaccount (seller_id, id);
ALTER TABLE credit_bureaupurchase ADD CONSTRAINT bureau_purchase_customer_of_seller
    FOREIGN KEY (seller_id, customer_id) REFERENCES parties_customer (seller_id, id);
ALTER TABLE credit_bureauattempt ADD CONSTRAINT bureau_attempt_purchase_of_seller
    FOREIGN KEY (seller_id, purchase_id) REFERENCES credit_bureaupurchase (seller_id, id);
ALTER TABLE credit_bureaureportrow ADD CONSTRAINT bureau_report_customer_of_seller
    FOREIGN KEY (seller_id, customer_id) REFERENCES parties_customer (seller_id, id);
ALTER TABLE credit_bureaureportrow ADD CONSTRAINT bureau_report_account_of_seller
    FOREIGN KEY (seller_id, account_id) REFERENCES credit_bureauaccount (seller_id, id);
ALTER TABLE credit_bureaureportrow ADD CONSTRAINT bureau_report_purchase_of_seller
    FOREIGN KEY (seller_id, purchase_id) REFERENCES credit_bureaupurchase (seller_id, id);
"""
GUARDS = """
CREATE TRIGGER bureau_purchase_fixed BEFORE UPDATE OF id, seller_id, account_id, customer_id, bought_on, cost_minor,
    reason, recorded_at ON credit_bureaupurchase FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER bureau_purchase_ended BEFORE UPDATE ON credit_bureaupurchase
    FOR EACH ROW WHEN (OLD.state <> 'reserved') EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER bureau_purchase_stays BEFORE DELETE OR TRUNCATE ON credit_bureaupurchase
    FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
SELECT openterms_append_only('credit_bureauattempt');
SELECT openterms_append_only('credit_bureaureportrow');
"""


class Migration(migrations.Migration):
    dependencies = [
        ("credit", "0005_pre_policy"),
        ("parties", "0003_post_references"),
        ("tenancy", "0004_pre_api_keys"),
    ]

    operations = [
        migrations.CreateModel(
            name="BureauAccount",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("code", models.CharField(max_length=40)),
                ("adapter", models.CharField(max_length=16)),
                ("product", models.CharField(max_length=40)),
                ("base_url", models.CharField(max_length=200)),
                ("credentials", models.CharField(max_length=120)),
                ("options", models.JSONField(default=dict)),
                ("cost_minor", models.BigIntegerField()),
                ("age_days", models.IntegerField()),
                ("budget_minor", models.BigIntegerField(null=True)),
                ("timeout_seconds", models.IntegerField(default=15)),
                ("is_active", models.BooleanField(default=True)),
                (
                    "seller",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="tenancy.seller"),
                ),
            ],
        ),
        migrations.CreateModel(
            name="BureauPurchase",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("bought_on", models.DateField()),
                ("cost_minor", models.BigIntegerField()),
                ("reason", models.CharField(max_length=500)),
                ("state", models.CharField(default="reserved", max_length=8)),
                ("reserved_until", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                ("fault", models.CharField(blank=True, max_length=500)),
                (
                    "account",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="credit.bureauaccount",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to="parties.customer"
                    ),
                ),
                (
                    "seller",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="tenancy.seller"),
                ),
            ],
        ),
        migrations.CreateModel(
            name="BureauAttempt",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("step", models.CharField(max_length=8)),
                ("number", models.IntegerField()),
                ("at", models.DateTimeField()),
                ("status", models.IntegerField()),
                ("milliseconds", models.IntegerField()),
                ("error", models.CharField(blank=True, max_length=500)),
                ("digest", models.CharField(blank=True, max_length=64)),
                (
                    "seller",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="tenancy.seller"),
                ),
                (
                    "purchase",
                    models.ForeignKey(
                        db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to="credit.bureaupurchase"
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="BureauReportRow",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("bureau", models.CharField(max_length=40)),
                ("product", models.CharField(max_length=40)),
                ("identifiers", models.JSONField(default=dict)),
                ("name", models.CharField(max_length=200)),
                ("as_of", models.DateField()),
                ("received_on", models.DateField()),
                ("received_at", models.DateTimeField()),
                ("cost_minor", models.BigIntegerField()),
                ("raw", models.TextField()),
                ("digest", models.CharField(max_length=64)),
                ("figures", models.JSONField()),
                ("unused", models.JSONField(default=list)),
                (
                    "account",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="credit.bureauaccount",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="parties.customer",
                    ),
                ),
                (
                    "purchase",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="credit.bureaupurchase",
                    ),
                ),
                (
                    "seller",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="tenancy.seller"),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="bureauaccount",
            constraint=models.UniqueConstraint(fields=("seller", "code"), name="bureau_account_code"),
        ),
        migrations.AddConstraint(
            model_name="bureauaccount",
            constraint=models.UniqueConstraint(fields=("seller", "id"), name="bureau_account_of_seller"),
        ),
        migrations.AddConstraint(
            model_name="bureauaccount",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("cost_minor__gte", 0),
                    ("age_days__gte", 0),
                    ("timeout_seconds__gte", 1),
                    models.Q(("budget_minor__isnull", True), ("budget_minor__gte", 0), _connector="OR"),
                ),
                name="bureau_account_figures",
            ),
        ),
        migrations.AddIndex(
            model_name="bureaupurchase",
            index=models.Index(fields=["account", "bought_on"], name="bureau_purchase_month"),
        ),
        migrations.AddConstraint(
            model_name="bureaupurchase",
            constraint=models.UniqueConstraint(fields=("seller", "id"), name="bureau_purchase_of_seller"),
        ),
        migrations.AddConstraint(
            model_name="bureaupurchase",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ("reserved", "kept", "spent"))),
                fields=("seller", "account", "customer", "bought_on"),
                name="bureau_purchase_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="bureaupurchase",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ("reserved", "kept", "spent", "failed")), ("cost_minor__gte", 0)),
                name="bureau_purchase_state",
            ),
        ),
        migrations.AddIndex(
            model_name="bureaureportrow",
            index=models.Index(fields=["seller", "customer", "-as_of"], name="bureau_report_newest"),
        ),
        migrations.AddConstraint(
            model_name="bureaureportrow",
            constraint=models.UniqueConstraint(fields=("purchase",), name="bureau_report_once"),
        ),
        migrations.AddConstraint(
            model_name="bureaureportrow",
            constraint=models.UniqueConstraint(
                condition=models.Q(("purchase__isnull", True)),
                fields=("seller", "customer", "bureau", "product", "digest"),
                name="bureau_report_of_file_once",
            ),
        ),
        migrations.RunSQL(KEYS),
        migrations.RunSQL(GUARDS),
    ]
