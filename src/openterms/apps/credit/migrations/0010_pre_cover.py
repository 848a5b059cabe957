"""Cover of customers: insured limits, guarantees, deposits. Written once; what ends is said once."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

PROTECTED = {"on_delete": django.db.models.deletion.PROTECT}

KEYS = """
ALTER TABLE credit_cover ADD CONSTRAINT cover_customer_of_seller
    FOREIGN KEY (seller_id, customer_id) REFERENCES parties_customer (seller_id, id);
ALTER TABLE credit_cover ADD CONSTRAINT cover_document_of_seller
    FOREIGN KEY (seller_id, document_id) REFERENCES parties_attachment (seller_id, id);
CREATE TRIGGER cover_fixed BEFORE UPDATE OF id, seller_id, customer_id, kind, amount_minor, currency, share_bp,
    valid_from, valid_until, issuer, reference, document_id, actor_id, recorded_at
    ON credit_cover FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER cover_ended BEFORE UPDATE ON credit_cover
    FOR EACH ROW WHEN (OLD.ended_on IS NOT NULL) EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER cover_kept BEFORE DELETE OR TRUNCATE ON credit_cover
    FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("credit", "0009_pre_application"),
        ("parties", "0006_pre_attachment_key"),
        ("tenancy", "0006_pre_roles"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Cover",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "kind",
                    models.CharField(
                        choices=[("insured", "Insured limit"), ("guarantee", "Guarantee"), ("deposit", "Deposit")],
                        max_length=10,
                    ),
                ),
                ("amount_minor", models.BigIntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("share_bp", models.IntegerField()),
                ("valid_from", models.DateField()),
                ("valid_until", models.DateField(null=True)),
                ("ended_on", models.DateField(null=True)),
                ("ended_reason", models.CharField(blank=True, max_length=500)),
                ("issuer", models.CharField(blank=True, max_length=200)),
                ("reference", models.CharField(blank=True, max_length=100)),
                ("actor", models.ForeignKey(db_index=False, null=True, to=settings.AUTH_USER_MODEL, **PROTECTED)),
                (
                    "customer",
                    models.ForeignKey(db_constraint=False, db_index=False, to="parties.customer", **PROTECTED),
                ),
                (
                    "document",
                    models.ForeignKey(
                        db_constraint=False, db_index=False, null=True, to="parties.attachment", **PROTECTED
                    ),
                ),
                ("seller", models.ForeignKey(db_index=False, to="tenancy.seller", **PROTECTED)),
            ],
            options={"db_table": "credit_cover"},
        ),
        migrations.AddConstraint(
            "cover",
            models.CheckConstraint(
                condition=models.Q(("kind__in", ["insured", "guarantee", "deposit"]))
                & models.Q(("amount_minor__gte", 0))
                & models.Q(share_bp__gt=0, share_bp__lte=10_000),
                name="cover_amounts",
            ),
        ),
        migrations.AddConstraint(
            "cover",
            models.CheckConstraint(
                condition=models.Q(("valid_until__isnull", True))
                | models.Q(("valid_until__gte", models.F("valid_from"))),
                name="cover_days",
            ),
        ),
        migrations.AddIndex(
            "cover", models.Index(fields=["seller", "customer", "currency", "kind"], name="cover_customer")
        ),
        migrations.AddIndex(
            "cover",
            models.Index(
                fields=["seller", "valid_until"],
                condition=models.Q(("ended_on__isnull", True), ("valid_until__isnull", False)),
                name="cover_lapsing",
            ),
        ),
        migrations.RunSQL(KEYS),
    ]
