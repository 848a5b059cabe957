"""Drafts of strategies, sendings and what they made of items and events, the six checks, experiments."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

KEYS = """
ALTER TABLE collecting_outreachrefusal ADD CONSTRAINT outreach_refusal_run_of_seller
    FOREIGN KEY (seller_id, run_id) REFERENCES collecting_outreachrun (seller_id, id);
ALTER TABLE collecting_outreachrefusal ADD CONSTRAINT outreach_refusal_customer_of_seller
    FOREIGN KEY (seller_id, customer_id) REFERENCES parties_customer (seller_id, id);
ALTER TABLE collecting_outreachhold ADD CONSTRAINT outreach_hold_customer_of_seller
    FOREIGN KEY (seller_id, customer_id) REFERENCES parties_customer (seller_id, id);
ALTER TABLE collecting_messageitem ADD CONSTRAINT message_item_message_of_seller
    FOREIGN KEY (seller_id, message_id) REFERENCES messaging_message (seller_id, id);
ALTER TABLE collecting_messageitem ADD CONSTRAINT message_item_customer_of_seller
    FOREIGN KEY (seller_id, customer_id) REFERENCES parties_customer (seller_id, id);
ALTER TABLE collecting_eventstep ADD CONSTRAINT event_step_customer_of_seller
    FOREIGN KEY (seller_id, customer_id) REFERENCES parties_customer (seller_id, id);
ALTER TABLE collecting_eventstep ADD CONSTRAINT event_step_message_of_seller
    FOREIGN KEY (seller_id, message_id) REFERENCES messaging_message (seller_id, id);
ALTER TABLE collecting_sixchecks ADD CONSTRAINT six_checks_customer_of_seller
    FOREIGN KEY (seller_id, customer_id) REFERENCES parties_customer (seller_id, id);
CREATE TRIGGER of_item AFTER INSERT ON collecting_messageitem REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION receivables_item_of_seller();
"""
GUARDS = """
SELECT openterms_append_only('collecting_outreachrun');
SELECT openterms_append_only('collecting_outreachrefusal');
SELECT openterms_append_only('collecting_messageitem');
SELECT openterms_append_only('collecting_sixchecks');
CREATE TRIGGER strategy_draft_fixed BEFORE UPDATE OF id, seller_id, number, drafted_at, recorded_at
    ON collecting_strategydraft FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER strategy_draft_waits BEFORE UPDATE OF text, digest ON collecting_strategydraft
    FOR EACH ROW WHEN (OLD.state <> 'draft') EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER strategy_draft_ended BEFORE UPDATE ON collecting_strategydraft
    FOR EACH ROW WHEN (OLD.state IN ('published', 'withdrawn')) EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER strategy_draft_kept BEFORE DELETE OR TRUNCATE ON collecting_strategydraft
    FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER outreach_hold_fixed BEFORE UPDATE OF id, seller_id, customer_id, date, reason, held_by_id, recorded_at
    ON collecting_outreachhold FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER outreach_hold_kept BEFORE DELETE OR TRUNCATE ON collecting_outreachhold
    FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER event_step_fixed BEFORE UPDATE OF id, seller_id, customer_id, code, cause, by, happened_on, taken_on,
    message_id, recorded_at
    ON collecting_eventstep FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER event_step_kept BEFORE DELETE OR TRUNCATE ON collecting_eventstep
    FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER experiment_fixed BEFORE UPDATE OF id, seller_id, code, document, digest, seed, challenger_bp,
    hold_out_bp, starts_on, ends_on, drafted_by_id, recorded_at
    ON collecting_experiment FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER experiment_ended BEFORE UPDATE ON collecting_experiment
    FOR EACH ROW WHEN (OLD.state = 'ended') EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER experiment_kept BEFORE DELETE OR TRUNCATE ON collecting_experiment
    FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
"""
# What comes back from messages is a touch of the customer: the strategy reads it as it reads calls.
BOOK = """
DROP VIEW book_touches;
CREATE VIEW book_touches WITH (security_invoker = true) AS
SELECT seller_id, customer_id, item_id, step::text AS kind, taken_on AS touched_on, recorded_at,
       NULL::timestamptz AS struck_at
FROM collecting_steptaken
UNION ALL
SELECT seller_id, customer_id, NULL::uuid, outcome::text, done_on, recorded_at, struck_at
FROM collecting_activity WHERE outcome <> ''
UNION ALL
SELECT r.seller_id, m.customer_id, NULL::uuid,
       CASE r.kind WHEN 'clicked' THEN 'opened' ELSE r.kind::text END,
       (r.at AT TIME ZONE s.timezone)::date, r.recorded_at, NULL::timestamptz
FROM messaging_messagereport r
    JOIN messaging_message m ON m.seller_id = r.seller_id AND m.id = r.message_id
    JOIN tenancy_seller s ON s.id = r.seller_id
WHERE r.kind IN ('delivered', 'opened', 'clicked', 'replied', 'bounced', 'complained');
"""


class Migration(migrations.Migration):
    dependencies = [
        ("collecting", "0008_pre_replies"),
        ("messaging", "0002_pre_replies"),
        ("parties", "0004_pre_recognition"),
        ("receivables", "0003_post_references"),
        ("tenancy", "0007_pre_rate_windows"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="OutreachRun",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("date", models.DateField()),
                ("strategy_version", models.IntegerField()),
                ("done_at", models.DateTimeField()),
                ("figures", models.JSONField(default=dict)),
                (
                    "done_by",
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
            name="OutreachRefusal",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("step", models.CharField(max_length=48)),
                ("channel", models.CharField(blank=True, max_length=10)),
                ("reasons", models.JSONField(default=list)),
                (
                    "items",
                    django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), default=list, size=None),
                ),
                ("not_before", models.DateTimeField(null=True)),
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
                (
                    "run",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="collecting.outreachrun",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="SixChecks",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("answers", models.JSONField()),
                ("answered_on", models.DateField()),
                (
                    "answered_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
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
        ),
        migrations.CreateModel(
            name="StrategyDraft",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("number", models.IntegerField()),
                ("text", models.TextField()),
                ("digest", models.CharField(max_length=64)),
                ("note", models.CharField(blank=True, default="", max_length=500)),
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
                        max_length=12,
                    ),
                ),
                ("revision", models.IntegerField(default=1)),
                (
                    "written_by",
                    django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), default=list, size=None),
                ),
                ("drafted_at", models.DateTimeField()),
                ("submitted_at", models.DateTimeField(null=True)),
                ("approved_at", models.DateTimeField(null=True)),
                ("version", models.IntegerField(null=True)),
                (
                    "approved_by",
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
                (
                    "submitted_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="EventStep",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("code", models.CharField(max_length=48)),
                ("cause", models.CharField(max_length=80)),
                ("by", models.CharField(max_length=16)),
                ("happened_on", models.DateField()),
                ("taken_on", models.DateField()),
                ("done_on", models.DateField(null=True)),
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
                    "done_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "message",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="messaging.message",
                    ),
                ),
                (
                    "seller",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="tenancy.seller"),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["seller", "customer", "-taken_on"], name="event_step_customer")],
                "constraints": [
                    models.UniqueConstraint(fields=("seller", "id"), name="event_step_of_seller"),
                    models.UniqueConstraint(fields=("seller", "code", "cause"), name="event_step_once"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Experiment",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("code", models.CharField(max_length=40)),
                ("document", models.TextField()),
                ("digest", models.CharField(max_length=64)),
                ("seed", models.CharField(max_length=40)),
                ("challenger_bp", models.IntegerField()),
                ("hold_out_bp", models.IntegerField(default=0)),
                ("starts_on", models.DateField()),
                ("ends_on", models.DateField()),
                (
                    "state",
                    models.CharField(
                        choices=[("draft", "Draft"), ("running", "Running"), ("ended", "Ended")],
                        default="draft",
                        max_length=8,
                    ),
                ),
                ("ended_on", models.DateField(null=True)),
                (
                    "drafted_by",
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
                (
                    "started_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("seller", "id"), name="experiment_of_seller"),
                    models.UniqueConstraint(fields=("seller", "code"), name="experiment_code"),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "running")), fields=("seller",), name="experiment_one"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("challenger_bp__gt", 0),
                            ("ends_on__gt", models.F("starts_on")),
                            ("hold_out_bp__gte", 0),
                            (
                                "challenger_bp__lte",
                                django.db.models.expressions.CombinedExpression(
                                    models.Value(10000), "-", models.F("hold_out_bp")
                                ),
                            ),
                        ),
                        name="experiment_shares",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("started_by__isnull", True),
                            ("drafted_by__isnull", True),
                            models.Q(("started_by", models.F("drafted_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="experiment_four_eyes",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="MessageItem",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("step", models.CharField(max_length=20)),
                ("cause", models.CharField(max_length=40)),
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
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="receivables.item",
                    ),
                ),
                (
                    "message",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="messaging.message",
                    ),
                ),
                (
                    "seller",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="tenancy.seller"),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["seller", "item"], name="message_item_item")],
                "constraints": [models.UniqueConstraint(fields=("message", "item", "step"), name="message_item_once")],
            },
        ),
        migrations.CreateModel(
            name="OutreachHold",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("date", models.DateField()),
                ("reason", models.CharField(max_length=500)),
                ("released_at", models.DateTimeField(null=True)),
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
                    "held_by",
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
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("released_at__isnull", True)),
                        fields=("seller", "customer", "date"),
                        name="outreach_hold_once",
                    )
                ],
            },
        ),
        migrations.AddIndex(
            model_name="outreachrun",
            index=models.Index(fields=["seller", "-date", "-id"], name="outreach_run_newest"),
        ),
        migrations.AddConstraint(
            model_name="outreachrun",
            constraint=models.UniqueConstraint(fields=("seller", "id"), name="outreach_run_of_seller"),
        ),
        migrations.AddIndex(
            model_name="outreachrefusal",
            index=models.Index(fields=["seller", "run", "customer"], name="outreach_refusal_run"),
        ),
        migrations.AddIndex(
            model_name="outreachrefusal",
            index=models.Index(fields=["seller", "customer", "-id"], name="outreach_refusal_customer"),
        ),
        migrations.AddIndex(
            model_name="sixchecks",
            index=models.Index(fields=["seller", "customer", "-answered_on", "-id"], name="six_checks_newest"),
        ),
        migrations.AddConstraint(
            model_name="strategydraft",
            constraint=models.UniqueConstraint(fields=("seller", "id"), name="strategy_draft_of_seller"),
        ),
        migrations.AddConstraint(
            model_name="strategydraft",
            constraint=models.UniqueConstraint(fields=("seller", "number"), name="strategy_draft_number"),
        ),
        migrations.AddConstraint(
            model_name="strategydraft",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "published"), _negated=True),
                    models.Q(("approved_by__isnull", False), ("version__isnull", False)),
                    _connector="OR",
                ),
                name="strategy_draft_published",
            ),
        ),
        migrations.AddConstraint(
            model_name="strategydraft",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("approved_by__isnull", True),
                    models.Q(("approved_by", models.F("submitted_by")), _negated=True),
                    _connector="OR",
                ),
                name="strategy_draft_four_eyes",
            ),
        ),
        migrations.RunSQL(KEYS),
        migrations.RunSQL(GUARDS),
        migrations.RunSQL(BOOK),
    ]
