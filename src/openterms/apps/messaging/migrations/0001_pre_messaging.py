"""Templates by version, channels, messages with their tries and reports, bad addresses, batches of post."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

KEYS = """
ALTER TABLE messaging_message ADD CONSTRAINT message_customer_of_seller
    FOREIGN KEY (seller_id, customer_id) REFERENCES parties_customer (seller_id, id);
ALTER TABLE messaging_message ADD CONSTRAINT message_contact_of_seller
    FOREIGN KEY (seller_id, contact_id) REFERENCES parties_contact (seller_id, id);
ALTER TABLE messaging_message ADD CONSTRAINT message_template_of_seller
    FOREIGN KEY (seller_id, template_version_id) REFERENCES messaging_templateversion (seller_id, id);
ALTER TABLE messaging_message ADD CONSTRAINT message_repairs_of_seller
    FOREIGN KEY (seller_id, repairs_id) REFERENCES messaging_message (seller_id, id);
ALTER TABLE messaging_message ADD CONSTRAINT message_post_batch_of_seller
    FOREIGN KEY (seller_id, post_batch_id) REFERENCES messaging_postbatch (seller_id, id);
ALTER TABLE messaging_messageattempt ADD CONSTRAINT attempt_message_of_seller
    FOREIGN KEY (seller_id, message_id) REFERENCES messaging_message (seller_id, id);
ALTER TABLE messaging_messagereport ADD CONSTRAINT report_message_of_seller
    FOREIGN KEY (seller_id, message_id) REFERENCES messaging_message (seller_id, id);
ALTER TABLE messaging_messageattachment ADD CONSTRAINT attachment_message_of_seller
    FOREIGN KEY (seller_id, message_id) REFERENCES messaging_message (seller_id, id);
ALTER TABLE messaging_badaddress ADD CONSTRAINT bad_address_message_of_seller
    FOREIGN KEY (seller_id, message_id) REFERENCES messaging_message (seller_id, id);
"""
GUARDS = """
CREATE TRIGGER message_fixed BEFORE UPDATE OF id, seller_id, customer_id, channel, purpose, language, key, batch_id,
    repairs_id, queued_at, recorded_at ON messaging_message FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER message_said BEFORE UPDATE OF contact_id, address, template_version_id, template_hash, variables,
    subject, text, html, thread_key ON messaging_message
    FOR EACH ROW WHEN (OLD.state NOT IN ('queued', 'held')) EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER message_stays BEFORE DELETE OR TRUNCATE ON messaging_message
    FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER template_fixed BEFORE UPDATE OF id, seller_id, purpose, language, tone, segment, number, recorded_at
    ON messaging_templateversion FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER template_published BEFORE UPDATE OF subject, text, short, hash, drafted_by_id, drafted_at,
    published_by_id, published_at ON messaging_templateversion
    FOR EACH ROW WHEN (OLD.state <> 'draft') EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER template_never_a_draft_again BEFORE UPDATE OF state ON messaging_templateversion
    FOR EACH ROW WHEN (OLD.state <> 'draft' AND NEW.state = 'draft' OR OLD.state = 'withdrawn')
    EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER template_stays BEFORE DELETE ON messaging_templateversion
    FOR EACH ROW WHEN (OLD.state <> 'draft') EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER template_kept BEFORE TRUNCATE ON messaging_templateversion
    FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER bad_address_fixed BEFORE UPDATE OF id, seller_id, channel, address, cause, message_id, what, marked_at
    ON messaging_badaddress FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
SELECT openterms_append_only('messaging_messageattempt');
SELECT openterms_append_only('messaging_messagereport');
SELECT openterms_append_only('messaging_messageattachment');
SELECT openterms_append_only('messaging_postbatch');
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("parties", "0004_pre_recognition"),
        ("tenancy", "0007_pre_rate_windows"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Message",
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
                ("address", models.CharField(max_length=600)),
                ("purpose", models.CharField(blank=True, default="", max_length=32)),
                ("template_hash", models.CharField(blank=True, default="", max_length=64)),
                ("language", models.CharField(max_length=2)),
                ("tone", models.CharField(blank=True, default="", max_length=8)),
                ("segment", models.CharField(blank=True, default="", max_length=20)),
                ("variables", models.JSONField(default=dict)),
                ("subject", models.CharField(blank=True, default="", max_length=300)),
                ("text", models.TextField(blank=True, default="")),
                ("html", models.TextField(blank=True, default="")),
                ("key", models.CharField(max_length=200)),
                ("batch_id", models.UUIDField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("queued", "Waiting"),
                            ("held", "Held"),
                            ("sending", "Being sent"),
                            ("sent", "Sent"),
                            ("delivered", "Delivered"),
                            ("bounced", "Bounced"),
                            ("complained", "Complaint"),
                            ("failed", "Failed"),
                            ("cancelled", "Cancelled"),
                            ("dry", "Kept, not sent"),
                        ],
                        default="queued",
                        max_length=10,
                    ),
                ),
                ("is_dry", models.BooleanField(default=False)),
                ("reason", models.JSONField(default=dict)),
                ("provider", models.CharField(blank=True, default="", max_length=16)),
                ("provider_key", models.CharField(blank=True, default="", max_length=200)),
                ("thread_key", models.CharField(blank=True, default="", max_length=200)),
                ("send_not_before", models.DateTimeField(null=True)),
                ("next_try_at", models.DateTimeField()),
                ("claimed_until", models.DateTimeField(null=True)),
                ("attempts", models.IntegerField(default=0)),
                ("queued_at", models.DateTimeField()),
                ("sent_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "contact",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="parties.contact",
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
                    "repairs",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="messaging.message",
                    ),
                ),
                (
                    "seller",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="tenancy.seller"),
                ),
            ],
        ),
        migrations.CreateModel(
            name="MessageAttempt",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("number", models.IntegerField()),
                ("at", models.DateTimeField()),
                ("outcome", models.CharField(max_length=12)),
                ("what", models.CharField(blank=True, max_length=500)),
                ("milliseconds", models.IntegerField(default=0)),
                (
                    "message",
                    models.ForeignKey(
                        db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to="messaging.message"
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
            name="PostBatch",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("number", models.IntegerField()),
                ("made_at", models.DateTimeField()),
                ("letters", models.IntegerField()),
                ("pages", models.IntegerField()),
                ("digest", models.CharField(max_length=64)),
                ("size", models.BigIntegerField()),
                ("manifest_digest", models.CharField(max_length=64)),
                ("manifest_size", models.BigIntegerField()),
                (
                    "seller",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="tenancy.seller"),
                ),
            ],
        ),
        migrations.AddField(
            model_name="message",
            name="post_batch",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                to="messaging.postbatch",
            ),
        ),
        migrations.CreateModel(
            name="TemplateVersion",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("purpose", models.CharField(max_length=32)),
                ("language", models.CharField(max_length=2)),
                ("tone", models.CharField(max_length=8)),
                ("segment", models.CharField(blank=True, default="", max_length=20)),
                ("number", models.IntegerField()),
                ("subject", models.CharField(max_length=500)),
                ("text", models.TextField()),
                ("short", models.TextField(blank=True, default="")),
                ("hash", models.CharField(max_length=64)),
                (
                    "state",
                    models.CharField(
                        choices=[("draft", "Draft"), ("published", "Published"), ("withdrawn", "Withdrawn")],
                        default="draft",
                        max_length=10,
                    ),
                ),
                ("drafted_at", models.DateTimeField()),
                ("published_at", models.DateTimeField(null=True)),
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
                    "published_by",
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
        migrations.AddField(
            model_name="message",
            name="template_version",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                to="messaging.templateversion",
            ),
        ),
        migrations.CreateModel(
            name="BadAddress",
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
                ("address", models.CharField(max_length=600)),
                ("cause", models.CharField(max_length=12)),
                ("what", models.CharField(blank=True, max_length=500)),
                ("marked_at", models.DateTimeField()),
                ("cleared_at", models.DateTimeField(null=True)),
                (
                    "seller",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="tenancy.seller"),
                ),
                (
                    "message",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="messaging.message",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("cleared_at__isnull", True)),
                        fields=("seller", "channel", "address"),
                        name="bad_address_once",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="MessageAttachment",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("place", models.SmallIntegerField()),
                ("name", models.CharField(max_length=200)),
                ("media_type", models.CharField(max_length=100)),
                ("size", models.BigIntegerField()),
                ("digest", models.CharField(max_length=64)),
                (
                    "message",
                    models.ForeignKey(
                        db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to="messaging.message"
                    ),
                ),
                (
                    "seller",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="tenancy.seller"),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("message", "place"), name="message_attachment_place")],
            },
        ),
        migrations.CreateModel(
            name="MessageChannel",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "kind",
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
                ("adapter", models.CharField(max_length=16)),
                ("address", models.CharField(blank=True, default="", max_length=300)),
                ("sender", models.CharField(blank=True, default="", max_length=320)),
                ("sender_name", models.CharField(blank=True, default="", max_length=200)),
                ("reply_to", models.CharField(blank=True, default="", max_length=320)),
                ("credentials", models.CharField(blank=True, default="", max_length=120)),
                ("options", models.JSONField(default=dict)),
                ("hook", models.CharField(blank=True, default="", max_length=16)),
                ("timeout_seconds", models.IntegerField(default=30)),
                ("is_live", models.BooleanField(default=False)),
                (
                    "seller",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="tenancy.seller"),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("seller", "id"), name="channel_of_seller"),
                    models.UniqueConstraint(fields=("seller", "kind"), name="channel_kind"),
                    models.CheckConstraint(
                        condition=models.Q(("timeout_seconds__gte", 1), ("timeout_seconds__lte", 120)),
                        name="channel_timeout",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="MessageReport",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("kind", models.CharField(max_length=12)),
                ("event_key", models.CharField(max_length=200)),
                ("at", models.DateTimeField()),
                ("what", models.CharField(blank=True, max_length=500)),
                (
                    "message",
                    models.ForeignKey(
                        db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to="messaging.message"
                    ),
                ),
                (
                    "seller",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="tenancy.seller"),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("seller", "message", "event_key"), name="report_once")],
            },
        ),
        migrations.AddConstraint(
            model_name="postbatch",
            constraint=models.UniqueConstraint(fields=("seller", "id"), name="post_batch_of_seller"),
        ),
        migrations.AddConstraint(
            model_name="postbatch",
            constraint=models.UniqueConstraint(fields=("seller", "number"), name="post_batch_number"),
        ),
        migrations.AddConstraint(
            model_name="templateversion",
            constraint=models.UniqueConstraint(fields=("seller", "id"), name="template_of_seller"),
        ),
        migrations.AddConstraint(
            model_name="templateversion",
            constraint=models.UniqueConstraint(
                fields=("seller", "purpose", "language", "tone", "segment", "number"), name="template_number"
            ),
        ),
        migrations.AddConstraint(
            model_name="templateversion",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "draft")),
                fields=("seller", "purpose", "language", "tone", "segment"),
                name="template_one_draft",
            ),
        ),
        migrations.AddConstraint(
            model_name="templateversion",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ("draft", "published", "withdrawn"))), name="template_state"
            ),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                condition=models.Q(("state__in", ("queued", "sending"))),
                fields=["seller", "next_try_at", "id"],
                name="message_due",
            ),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(fields=["seller", "customer", "-id"], name="message_customer"),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(fields=["seller", "state", "-id"], name="message_by_state"),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(fields=["seller", "channel", "address", "-id"], name="message_address"),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                condition=models.Q(("provider_key", ""), _negated=True),
                fields=["seller", "provider_key"],
                name="message_provider",
            ),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                condition=models.Q(("thread_key", ""), _negated=True),
                fields=["seller", "thread_key", "-id"],
                name="message_thread",
            ),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.UniqueConstraint(fields=("seller", "id"), name="message_of_seller"),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.UniqueConstraint(fields=("seller", "key"), name="message_key"),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "state__in",
                        [
                            "queued",
                            "held",
                            "sending",
                            "sent",
                            "delivered",
                            "bounced",
                            "complained",
                            "failed",
                            "cancelled",
                            "dry",
                        ],
                    )
                ),
                name="message_state",
            ),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.CheckConstraint(
                condition=models.Q(("is_dry", True), models.Q(("state", "dry"), _negated=True), _connector="OR"),
                name="message_dry",
            ),
        ),
        migrations.RunSQL(KEYS),
        migrations.RunSQL(GUARDS),
    ]
