"""Offers that a customer answers by a personal link, and changes of many lines as they were looked at."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

PROTECTED = {"on_delete": django.db.models.deletion.PROTECT}

KEYS = """
ALTER TABLE credit_offer ADD CONSTRAINT offer_customer_of_seller
    FOREIGN KEY (seller_id, customer_id) REFERENCES parties_customer (seller_id, id);
ALTER TABLE credit_offer ADD CONSTRAINT offer_decision_of_seller
    FOREIGN KEY (seller_id, decision_id) REFERENCES credit_decision (seller_id, id);
ALTER TABLE credit_masschangerow ADD CONSTRAINT masschangerow_change_of_seller
    FOREIGN KEY (seller_id, change_id) REFERENCES credit_masschange (seller_id, id);
ALTER TABLE credit_masschangerow ADD CONSTRAINT masschangerow_customer_of_seller
    FOREIGN KEY (seller_id, customer_id) REFERENCES parties_customer (seller_id, id);
CREATE TRIGGER offer_fixed BEFORE UPDATE OF id, seller_id, customer_id, currency, limit_minor, before_minor, terms,
    until, reason, message, language, decision_id, offered_on, answer_by, offered_by_id, recorded_at
    ON credit_offer FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER offer_answered BEFORE UPDATE ON credit_offer
    FOR EACH ROW WHEN (OLD.state <> 'open') EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER offer_kept BEFORE DELETE OR TRUNCATE ON credit_offer
    FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER masschange_kept BEFORE DELETE OR TRUNCATE ON credit_masschange
    FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER masschangerow_fixed BEFORE UPDATE OF id, seller_id, change_id, customer_id, place, currency, stamp,
    before_minor, after_minor, exposure_minor, marks
    ON credit_masschangerow FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER masschangerow_tried BEFORE UPDATE ON credit_masschangerow
    FOR EACH ROW WHEN (OLD.outcome <> '') EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER masschangerow_kept BEFORE DELETE OR TRUNCATE ON credit_masschangerow
    FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
"""
# By a link's digest one offer shows, and nothing else.
BY_LINK = """
SELECT openterms_policy('credit_offer', 'by_link', 'SELECT', 'PUBLIC',
    '''offer:'' || digest = (SELECT openterms_key())', NULL);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("credit", "0011_pre_lines"),
        ("parties", "0006_pre_attachment_key"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Offer",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("currency", models.CharField(max_length=3)),
                ("limit_minor", models.BigIntegerField()),
                ("before_minor", models.BigIntegerField(null=True)),
                ("terms", models.CharField(blank=True, max_length=120)),
                ("until", models.DateField(null=True)),
                ("reason", models.CharField(max_length=500)),
                ("message", models.CharField(blank=True, max_length=2000)),
                ("language", models.CharField(default="en", max_length=2)),
                ("decision_id", models.UUIDField(null=True)),
                ("digest", models.CharField(max_length=64, unique=True)),
                ("offered_on", models.DateField()),
                ("answer_by", models.DateField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "Waits for the customer"),
                            ("accepted", "Accepted"),
                            ("declined", "Declined"),
                            ("expired", "Expired"),
                            ("withdrawn", "Withdrawn"),
                        ],
                        default="open",
                        max_length=10,
                    ),
                ),
                ("answered_at", models.DateTimeField(null=True)),
                ("answered_name", models.CharField(blank=True, max_length=200)),
                ("answered_from", models.CharField(blank=True, max_length=64)),
                ("answer_note", models.CharField(blank=True, max_length=500)),
                ("customer", models.ForeignKey(db_constraint=False, to="parties.customer", **PROTECTED)),
                (
                    "offered_by",
                    models.ForeignKey(
                        db_index=False, null=True, related_name="+", to=settings.AUTH_USER_MODEL, **PROTECTED
                    ),
                ),
                ("seller", models.ForeignKey(db_index=False, to="tenancy.seller", **PROTECTED)),
            ],
        ),
        migrations.CreateModel(
            name="MassChange",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "verb",
                    models.CharField(
                        choices=[
                            ("suspend", "Suspend"),
                            ("resume", "Resume"),
                            ("limit", "Reduce to an amount"),
                            ("percent", "Change by a share"),
                            ("until", "Set the last day"),
                            ("set", "As the file says"),
                        ],
                        max_length=10,
                    ),
                ),
                ("amount_minor", models.BigIntegerField(null=True)),
                ("currency", models.CharField(blank=True, max_length=3)),
                ("change_bp", models.IntegerField(null=True)),
                ("until", models.DateField(null=True)),
                ("reason", models.CharField(max_length=500)),
                ("message", models.CharField(blank=True, max_length=2000)),
                (
                    "state",
                    models.CharField(
                        choices=[("preview", "Looked at"), ("running", "Running"), ("done", "Done")],
                        default="preview",
                        max_length=10,
                    ),
                ),
                ("made_at", models.DateTimeField()),
                ("confirmed_at", models.DateTimeField(null=True)),
                ("seller", models.ForeignKey(db_index=False, to="tenancy.seller", **PROTECTED)),
                ("user", models.ForeignKey(db_index=False, null=True, to=settings.AUTH_USER_MODEL, **PROTECTED)),
            ],
        ),
        migrations.CreateModel(
            name="MassChangeRow",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("place", models.IntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("stamp", models.CharField(max_length=200)),
                ("before_minor", models.BigIntegerField(null=True)),
                ("after_minor", models.BigIntegerField(null=True)),
                ("exposure_minor", models.BigIntegerField(default=0)),
                (
                    "marks",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=20), default=list, size=None
                    ),
                ),
                ("fault", models.JSONField(null=True)),
                ("outcome", models.CharField(blank=True, max_length=10)),
                (
                    "change",
                    models.ForeignKey(db_constraint=False, db_index=False, to="credit.masschange", **PROTECTED),
                ),
                (
                    "customer",
                    models.ForeignKey(db_constraint=False, db_index=False, to="parties.customer", **PROTECTED),
                ),
                (
                    "seller",
                    models.ForeignKey(db_constraint=False, db_index=False, to="tenancy.seller", **PROTECTED),
                ),
            ],
        ),
        migrations.AddConstraint(
            "offer", models.UniqueConstraint(fields=("seller", "id"), name="offer_of_seller")
        ),
        migrations.AddConstraint(
            "offer",
            models.UniqueConstraint(
                condition=models.Q(("state", "open")), fields=("seller", "customer", "currency"), name="offer_open_once"
            ),
        ),
        migrations.AddConstraint(
            "offer",
            models.CheckConstraint(
                condition=models.Q(("limit_minor__gte", 0)) & models.Q(("answer_by__gte", models.F("offered_on"))),
                name="offer_amounts",
            ),
        ),
        migrations.AddIndex(
            "offer",
            models.Index(condition=models.Q(("state", "open")), fields=["seller", "answer_by"], name="offer_due"),
        ),
        migrations.AddConstraint(
            "masschange", models.UniqueConstraint(fields=("seller", "id"), name="masschange_of_seller")
        ),
        migrations.AddConstraint(
            "masschangerow",
            models.UniqueConstraint(fields=("change", "customer", "currency"), name="masschange_once"),
        ),
        migrations.AddIndex(
            "masschangerow", models.Index(fields=["change", "place"], name="masschange_place")
        ),
        migrations.RunSQL(KEYS),
        migrations.RunSQL(BY_LINK),
    ]
