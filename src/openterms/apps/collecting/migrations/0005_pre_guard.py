"""Pauses, consents, late charges with their waivers, and reference rates that sellers add."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

KEYS = """
ALTER TABLE collecting_pause ADD CONSTRAINT pause_customer_of_seller
    FOREIGN KEY (seller_id, customer_id) REFERENCES parties_customer (seller_id, id);
ALTER TABLE collecting_pauseitem ADD CONSTRAINT pauseitem_pause_of_seller
    FOREIGN KEY (seller_id, pause_id) REFERENCES collecting_pause (seller_id, id);
ALTER TABLE collecting_consent ADD CONSTRAINT consent_customer_of_seller
    FOREIGN KEY (seller_id, customer_id) REFERENCES parties_customer (seller_id, id);
ALTER TABLE collecting_consent ADD CONSTRAINT consent_contact_of_seller
    FOREIGN KEY (seller_id, contact_id) REFERENCES parties_contact (seller_id, id);
ALTER TABLE collecting_latecharge ADD CONSTRAINT late_charge_customer_of_seller
    FOREIGN KEY (seller_id, customer_id) REFERENCES parties_customer (seller_id, id);
ALTER TABLE collecting_waiver ADD CONSTRAINT waiver_charge_of_seller
    FOREIGN KEY (seller_id, charge_id) REFERENCES collecting_latecharge (seller_id, id);
CREATE TRIGGER of_item AFTER INSERT ON collecting_pauseitem REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION receivables_item_of_seller();
CREATE TRIGGER of_item AFTER INSERT ON collecting_latecharge REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION receivables_item_of_seller();
"""
GUARDS = """
SELECT openterms_append_only('collecting_latecharge');
SELECT openterms_append_only('collecting_waiver');
SELECT openterms_append_only('collecting_referencerate');
SELECT openterms_append_only('collecting_pauseitem');
-- Of a pause and of a consent only the end changes, once.
CREATE TRIGGER pause_fixed BEFORE UPDATE OF id, seller_id, customer_id, kind, reason, starts_on, until, made_by_id,
    recorded_at
    ON collecting_pause FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER pause_ended BEFORE UPDATE ON collecting_pause
    FOR EACH ROW WHEN (OLD.ended_on IS NOT NULL) EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER pause_kept BEFORE DELETE OR TRUNCATE ON collecting_pause
    FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER consent_fixed BEFORE UPDATE OF id, seller_id, customer_id, contact_id, channel, given_on, source,
    recorded_at
    ON collecting_consent FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER consent_ended BEFORE UPDATE ON collecting_consent
    FOR EACH ROW WHEN (OLD.withdrawn_on IS NOT NULL) EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER consent_kept BEFORE DELETE OR TRUNCATE ON collecting_consent
    FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("collecting", "0004_post_references"),
        ("parties", "0004_pre_recognition"),
        ("receivables", "0003_post_references"),
        ("tenancy", "0007_pre_rate_windows"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="LateCharge",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("charged_item_id", models.UUIDField()),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("invoice", "Invoice"),
                            ("late_fee", "Late fee"),
                            ("late_interest", "Late interest"),
                            ("charity", "Charity undertaking"),
                            ("credit_note", "Credit note"),
                            ("receipt", "Receipt"),
                        ],
                        max_length=16,
                    ),
                ),
                ("starts_on", models.DateField()),
                ("through", models.DateField()),
                ("amount_minor", models.BigIntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("basis", models.CharField(max_length=12)),
                ("policy", models.CharField(blank=True, max_length=80)),
                ("explanation", models.JSONField(default=dict)),
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
                    "item",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="receivables.item",
                    ),
                ),
                (
                    "seller",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="tenancy.seller"),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Pause",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("query", "We look into a question"),
                            ("goodwill", "Goodwill"),
                            ("hardship", "Hardship"),
                            ("other", "Another reason"),
                        ],
                        max_length=12,
                    ),
                ),
                ("reason", models.CharField(max_length=500)),
                ("starts_on", models.DateField()),
                ("until", models.DateField()),
                ("ended_on", models.DateField(null=True)),
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
                    "made_by",
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
        ),
        migrations.CreateModel(
            name="PauseItem",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "item",
                    models.ForeignKey(
                        db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to="receivables.item"
                    ),
                ),
                (
                    "pause",
                    models.ForeignKey(
                        db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to="collecting.pause"
                    ),
                ),
                (
                    "seller",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="tenancy.seller"),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="ReferenceRate",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("reference", models.CharField(max_length=40)),
                ("half_year", models.CharField(max_length=6)),
                ("rate_bp", models.IntegerField()),
                ("source", models.CharField(max_length=300)),
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
                    "seller",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="tenancy.seller"),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Waiver",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("credit_item_id", models.UUIDField()),
                ("amount_minor", models.BigIntegerField()),
                ("reason", models.CharField(max_length=500)),
                ("waived_on", models.DateField()),
                (
                    "charge",
                    models.ForeignKey(
                        db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to="collecting.latecharge"
                    ),
                ),
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
                    "seller",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="tenancy.seller"),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Consent",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "channel",
                    models.CharField(
                        choices=[
                            ("email", "E-mail"),
                            ("phone", "Telephone"),
                            ("sms", "SMS"),
                            ("whatsapp", "WhatsApp"),
                            ("post", "Post"),
                            ("portal", "Portal"),
                        ],
                        max_length=10,
                    ),
                ),
                ("given_on", models.DateField()),
                ("source", models.CharField(max_length=300)),
                ("withdrawn_on", models.DateField(null=True)),
                (
                    "contact",
                    models.ForeignKey(
                        db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to="parties.contact"
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
                    "seller",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="tenancy.seller"),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("withdrawn_on__isnull", True)),
                        fields=("contact", "channel"),
                        name="consent_once",
                    )
                ],
            },
        ),
        migrations.AddIndex(
            model_name="latecharge",
            index=models.Index(fields=["seller", "customer", "-id"], name="late_charge_customer"),
        ),
        migrations.AddConstraint(
            model_name="latecharge",
            constraint=models.UniqueConstraint(fields=("seller", "id"), name="late_charge_of_seller"),
        ),
        migrations.AddConstraint(
            model_name="latecharge",
            constraint=models.UniqueConstraint(fields=("item", "kind", "starts_on"), name="late_charge_once"),
        ),
        migrations.AddConstraint(
            model_name="latecharge",
            constraint=models.UniqueConstraint(fields=("charged_item_id",), name="late_charge_item"),
        ),
        migrations.AddConstraint(
            model_name="latecharge",
            constraint=models.UniqueConstraint(
                condition=models.Q(("kind", "late_interest"), _negated=True),
                fields=("item", "kind"),
                name="late_charge_single",
            ),
        ),
        migrations.AddConstraint(
            model_name="latecharge",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("amount_minor__gt", 0),
                    ("through__gte", models.F("starts_on")),
                    ("kind__in", ["late_fee", "late_interest", "charity"]),
                ),
                name="late_charge_shape",
            ),
        ),
        migrations.AddIndex(
            model_name="pause",
            index=models.Index(fields=["seller", "customer", "-until"], name="pause_customer"),
        ),
        migrations.AddConstraint(
            model_name="pause",
            constraint=models.UniqueConstraint(fields=("seller", "id"), name="pause_of_seller"),
        ),
        migrations.AddConstraint(
            model_name="pause",
            constraint=models.CheckConstraint(
                condition=models.Q(("until__gte", models.F("starts_on"))), name="pause_days"
            ),
        ),
        migrations.AddConstraint(
            model_name="waiver",
            constraint=models.CheckConstraint(condition=models.Q(("amount_minor__gt", 0)), name="waiver_positive"),
        ),
        migrations.RunSQL(KEYS),
        migrations.RunSQL(GUARDS),
    ]
