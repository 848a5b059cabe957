"""Headroom held for orders: written once but for what becomes of it, and never about another seller's customer."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

KEYS = """
ALTER TABLE credit_authorisation ADD CONSTRAINT authorisation_customer_of_seller
    FOREIGN KEY (seller_id, customer_id) REFERENCES parties_customer (seller_id, id);
ALTER TABLE credit_authorisation ADD CONSTRAINT authorisation_line_of_seller
    FOREIGN KEY (seller_id, line_id) REFERENCES credit_line (seller_id, id);
ALTER TABLE credit_authorisationcapture ADD CONSTRAINT capture_authorisation_of_seller
    FOREIGN KEY (seller_id, authorisation_id) REFERENCES credit_authorisation (seller_id, id);
ALTER TABLE credit_authorisationcapture ADD CONSTRAINT capture_line_of_seller
    FOREIGN KEY (seller_id, line_id) REFERENCES credit_line (seller_id, id);
ALTER TABLE credit_authorisationanswer ADD CONSTRAINT answer_authorisation_of_seller
    FOREIGN KEY (seller_id, authorisation_id) REFERENCES credit_authorisation (seller_id, id);
"""
GUARDS = """
CREATE TRIGGER authorisation_fixed BEFORE UPDATE OF id, seller_id, line_id, customer_id, purchaser, order_ref,
    purchase_order, lines, currency, requested_minor, approved_minor, tolerance_bp, allows_partial_capture,
    authorised_at, most_until, limit_minor, is_unlimited, headroom_minor, seen, rules, reasons, idempotency_key,
    recorded_at
    ON credit_authorisation FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER authorisation_kept BEFORE DELETE OR TRUNCATE ON credit_authorisation
    FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER capture_fixed BEFORE UPDATE OF id, seller_id, authorisation_id, line_id, amount_minor, captured_at,
    recorded_at
    ON credit_authorisationcapture FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER capture_named BEFORE UPDATE OF invoice ON credit_authorisationcapture
    FOR EACH ROW WHEN (OLD.invoice <> '' AND NEW.invoice IS DISTINCT FROM OLD.invoice)
    EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER capture_kept BEFORE DELETE OR TRUNCATE ON credit_authorisationcapture
    FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
SELECT openterms_append_only('credit_authorisationanswer');
"""


class Migration(migrations.Migration):
    dependencies = [
        ("credit", "0003_post_references"),
        ("parties", "0003_post_references"),
        ("receivables", "0003_post_references"),
        ("tenancy", "0004_pre_api_keys"),
    ]

    operations = [
        migrations.CreateModel(
            name="Authorisation",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("purchaser", models.CharField(blank=True, max_length=200)),
                ("order_ref", models.CharField(max_length=100)),
                ("purchase_order", models.CharField(blank=True, max_length=100)),
                ("lines", models.JSONField(default=list)),
                ("currency", models.CharField(max_length=3)),
                ("requested_minor", models.BigIntegerField()),
                ("approved_minor", models.BigIntegerField()),
                ("tolerance_bp", models.IntegerField()),
                ("allows_partial_capture", models.BooleanField(default=True)),
                ("authorised_at", models.DateTimeField()),
                ("most_until", models.DateTimeField()),
                ("limit_minor", models.BigIntegerField(null=True)),
                ("is_unlimited", models.BooleanField()),
                ("headroom_minor", models.BigIntegerField(null=True)),
                ("seen", models.JSONField()),
                ("rules", models.JSONField()),
                ("reasons", models.JSONField()),
                ("idempotency_key", models.CharField(blank=True, max_length=200)),
                ("captured_minor", models.BigIntegerField(default=0)),
                ("released_minor", models.BigIntegerField(default=0)),
                ("lapsed_minor", models.BigIntegerField(default=0)),
                ("state", models.CharField(max_length=16)),
                ("expires_at", models.DateTimeField()),
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
                    "line",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="credit.line",
                    ),
                ),
                (
                    "seller",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="tenancy.seller"),
                ),
            ],
        ),
        migrations.CreateModel(
            name="AuthorisationAnswer",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("key", models.CharField(max_length=200)),
                ("verb", models.CharField(max_length=16)),
                ("body", models.JSONField()),
                ("answer", models.JSONField()),
                (
                    "authorisation",
                    models.ForeignKey(
                        db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to="credit.authorisation"
                    ),
                ),
                (
                    "seller",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="tenancy.seller"),
                ),
            ],
        ),
        migrations.CreateModel(
            name="AuthorisationCapture",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("amount_minor", models.BigIntegerField()),
                ("invoice", models.CharField(blank=True, max_length=100)),
                ("captured_at", models.DateTimeField()),
                (
                    "authorisation",
                    models.ForeignKey(
                        db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to="credit.authorisation"
                    ),
                ),
                (
                    "line",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="credit.line",
                    ),
                ),
                (
                    "seller",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="tenancy.seller"),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="authorisation",
            index=models.Index(
                condition=models.Q(("state__in", ("approved", "partly_approved"))),
                fields=["line", "expires_at"],
                name="authorisation_held",
            ),
        ),
        migrations.AddIndex(
            model_name="authorisation",
            index=models.Index(
                condition=models.Q(("state__in", ("approved", "partly_approved"))),
                fields=["seller", "expires_at"],
                name="authorisation_due",
            ),
        ),
        migrations.AddIndex(
            model_name="authorisation",
            index=models.Index(fields=["seller", "customer", "order_ref"], name="authorisation_order"),
        ),
        migrations.AddConstraint(
            model_name="authorisation",
            constraint=models.UniqueConstraint(fields=("seller", "id"), name="authorisation_of_seller"),
        ),
        migrations.AddConstraint(
            model_name="authorisation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("requested_minor__gt", 0),
                    ("approved_minor__gte", 0),
                    ("approved_minor__lte", models.F("requested_minor")),
                    ("captured_minor__gte", 0),
                    ("lapsed_minor__gte", 0),
                    ("released_minor__gte", models.F("lapsed_minor")),
                    ("released_minor__lte", models.F("approved_minor")),
                ),
                name="authorisation_amounts",
            ),
        ),
        migrations.AddConstraint(
            model_name="authorisation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("approved_minor", 0),
                    ("is_unlimited", True),
                    ("headroom_minor__gte", models.F("approved_minor")),
                    _connector="OR",
                ),
                name="authorisation_within",
            ),
        ),
        migrations.AddConstraint(
            model_name="authorisation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("expires_at__lte", models.F("most_until")), ("expires_at__gte", models.F("authorised_at"))
                ),
                name="authorisation_dates",
            ),
        ),
        migrations.AddConstraint(
            model_name="authorisationanswer",
            constraint=models.UniqueConstraint(fields=("seller", "key"), name="answer_once"),
        ),
        migrations.AddIndex(
            model_name="authorisationcapture",
            index=models.Index(fields=["line", "invoice"], name="capture_invoice"),
        ),
        migrations.AddConstraint(
            model_name="authorisationcapture",
            constraint=models.CheckConstraint(condition=models.Q(("amount_minor__gt", 0)), name="capture_positive"),
        ),
        migrations.RunSQL(KEYS),
        migrations.RunSQL(GUARDS),
    ]
