"""Matters of accounts that reminders do not move: with their items, their steps, and the agencies."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

KEYS = """
ALTER TABLE collecting_matter ADD CONSTRAINT matter_customer_of_seller
    FOREIGN KEY (seller_id, customer_id) REFERENCES parties_customer (seller_id, id);
ALTER TABLE collecting_matter ADD CONSTRAINT matter_agency_of_seller
    FOREIGN KEY (seller_id, agency_id) REFERENCES collecting_agency (seller_id, id);
ALTER TABLE collecting_matteritem ADD CONSTRAINT matteritem_matter_of_seller
    FOREIGN KEY (seller_id, matter_id) REFERENCES collecting_matter (seller_id, id);
ALTER TABLE collecting_matterstep ADD CONSTRAINT matterstep_matter_of_seller
    FOREIGN KEY (seller_id, matter_id) REFERENCES collecting_matter (seller_id, id);
CREATE TRIGGER of_item AFTER INSERT ON collecting_matteritem REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION receivables_item_of_seller();
SELECT openterms_append_only('collecting_matteritem');
SELECT openterms_append_only('collecting_matterstep');
CREATE TRIGGER matter_fixed BEFORE UPDATE OF id, seller_id, customer_id, kind, number, currency, amount_minor,
    opened_on, agency_id, terms, opened_by_id, recorded_at
    ON collecting_matter FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER matter_kept BEFORE DELETE OR TRUNCATE ON collecting_matter
    FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER agency_fixed BEFORE UPDATE OF id, seller_id, code, recorded_at
    ON collecting_agency FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("collecting", "0006_pre_plans"),
        ("parties", "0004_pre_recognition"),
        ("receivables", "0003_post_references"),
        ("tenancy", "0007_pre_rate_windows"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Agency",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("code", models.CharField(max_length=40)),
                ("name", models.CharField(max_length=200)),
                ("countries", models.JSONField(default=list)),
                ("specialities", models.JSONField(default=list)),
                ("fees", models.JSONField(default=list)),
                ("email", models.EmailField(blank=True, max_length=254)),
                ("reference", models.CharField(blank=True, max_length=120)),
                ("is_active", models.BooleanField(default=True)),
                (
                    "seller",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="tenancy.seller"),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Matter",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("review", "Account review"),
                            ("demand", "Demand letter"),
                            ("settlement", "Settlement offer"),
                            ("placement", "Agency placement"),
                            ("legal", "Legal case"),
                            ("insolvency", "Insolvency"),
                            ("tracing", "Tracing"),
                            ("write_off", "Write-off"),
                        ],
                        max_length=12,
                    ),
                ),
                ("number", models.IntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("amount_minor", models.BigIntegerField()),
                ("opened_on", models.DateField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "Open"),
                            ("proposed", "Proposed"),
                            ("decided", "Decided"),
                            ("issued", "Issued"),
                            ("delivered", "Delivered"),
                            ("offered", "Offered"),
                            ("accepted", "Accepted"),
                            ("paid", "Paid"),
                            ("broken", "Broken"),
                            ("expired", "Expired"),
                            ("declined", "Declined"),
                            ("placed", "Placed"),
                            ("acknowledged", "Acknowledged"),
                            ("recalled", "Recalled"),
                            ("filed", "Filed"),
                            ("judgment", "Judgment"),
                            ("enforcing", "Enforcement"),
                            ("stayed", "Stayed"),
                            ("booked", "Booked"),
                            ("reversed", "Taken back"),
                            ("found", "Found"),
                            ("not_found", "Not found"),
                            ("closed", "Closed"),
                            ("withdrawn", "Withdrawn"),
                        ],
                        max_length=12,
                    ),
                ),
                ("state_on", models.DateField()),
                ("due_on", models.DateField(null=True)),
                ("terms", models.JSONField(default=dict)),
                (
                    "agency",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="collecting.agency",
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
                    "opened_by",
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
            name="MatterItem",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("amount_minor", models.BigIntegerField()),
                (
                    "item",
                    models.ForeignKey(
                        db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to="receivables.item"
                    ),
                ),
                (
                    "matter",
                    models.ForeignKey(
                        db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to="collecting.matter"
                    ),
                ),
                (
                    "seller",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="tenancy.seller"),
                ),
            ],
        ),
        migrations.CreateModel(
            name="MatterStep",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("number", models.IntegerField()),
                ("kind", models.CharField(max_length=20)),
                ("on", models.DateField()),
                ("amount_minor", models.BigIntegerField(null=True)),
                ("reference", models.CharField(blank=True, max_length=120)),
                ("note", models.CharField(blank=True, max_length=2000)),
                ("data", models.JSONField(default=dict)),
                ("digest", models.CharField(blank=True, max_length=64)),
                ("person_name", models.CharField(max_length=200)),
                ("role", models.CharField(blank=True, max_length=16)),
                ("authority_minor", models.BigIntegerField(null=True)),
                ("key", models.CharField(blank=True, max_length=160)),
                (
                    "matter",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="collecting.matter",
                    ),
                ),
                (
                    "person",
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
        migrations.AddConstraint(
            model_name="agency",
            constraint=models.UniqueConstraint(fields=("seller", "code"), name="agency_code"),
        ),
        migrations.AddConstraint(
            model_name="agency",
            constraint=models.UniqueConstraint(fields=("seller", "id"), name="agency_of_seller"),
        ),
        migrations.AddIndex(
            model_name="matter",
            index=models.Index(fields=["seller", "kind", "state", "due_on", "id"], name="matter_due"),
        ),
        migrations.AddIndex(
            model_name="matter",
            index=models.Index(fields=["seller", "customer", "kind"], name="matter_customer"),
        ),
        migrations.AddConstraint(
            model_name="matter",
            constraint=models.UniqueConstraint(fields=("seller", "kind", "number"), name="matter_number"),
        ),
        migrations.AddConstraint(
            model_name="matter",
            constraint=models.UniqueConstraint(fields=("seller", "id"), name="matter_of_seller"),
        ),
        migrations.AddConstraint(
            model_name="matter",
            constraint=models.CheckConstraint(condition=models.Q(("amount_minor__gte", 0)), name="matter_amount"),
        ),
        migrations.AddConstraint(
            model_name="matter",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "kind__in",
                        ["review", "demand", "settlement", "placement", "legal", "insolvency", "tracing", "write_off"],
                    )
                ),
                name="matter_kind",
            ),
        ),
        migrations.AddConstraint(
            model_name="matter",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "state__in",
                        [
                            "open",
                            "proposed",
                            "decided",
                            "issued",
                            "delivered",
                            "offered",
                            "accepted",
                            "paid",
                            "broken",
                            "expired",
                            "declined",
                            "placed",
                            "acknowledged",
                            "recalled",
                            "filed",
                            "judgment",
                            "enforcing",
                            "stayed",
                            "booked",
                            "reversed",
                            "found",
                            "not_found",
                            "closed",
                            "withdrawn",
                        ],
                    )
                ),
                name="matter_state",
            ),
        ),
        migrations.AddConstraint(
            model_name="matteritem",
            constraint=models.UniqueConstraint(fields=("matter", "item"), name="matter_item_once"),
        ),
        migrations.AddConstraint(
            model_name="matteritem",
            constraint=models.CheckConstraint(condition=models.Q(("amount_minor__gt", 0)), name="matter_item_positive"),
        ),
        migrations.AddConstraint(
            model_name="matterstep",
            constraint=models.UniqueConstraint(fields=("matter", "number"), name="matter_step_number"),
        ),
        migrations.AddConstraint(
            model_name="matterstep",
            constraint=models.UniqueConstraint(
                condition=models.Q(("key", ""), _negated=True), fields=("seller", "key"), name="matter_step_key"
            ),
        ),
        migrations.RunSQL(KEYS),
    ]
