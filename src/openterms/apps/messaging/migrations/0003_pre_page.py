"""Links to personal pages, what readers did and asked for there. A link's secret shows that one link."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

KEYS = """
ALTER TABLE messaging_pagelink ADD CONSTRAINT page_link_customer_of_seller
    FOREIGN KEY (seller_id, customer_id) REFERENCES parties_customer (seller_id, id);
ALTER TABLE messaging_pagelink ADD CONSTRAINT page_link_contact_of_seller
    FOREIGN KEY (seller_id, contact_id) REFERENCES parties_contact (seller_id, id) ON DELETE SET NULL (contact_id);
ALTER TABLE messaging_pagetouch ADD CONSTRAINT page_touch_link_of_seller
    FOREIGN KEY (seller_id, link_id) REFERENCES messaging_pagelink (seller_id, id);
ALTER TABLE messaging_pagetouch ADD CONSTRAINT page_touch_customer_of_seller
    FOREIGN KEY (seller_id, customer_id) REFERENCES parties_customer (seller_id, id);
ALTER TABLE messaging_pagetouch ADD CONSTRAINT page_touch_contact_of_seller
    FOREIGN KEY (seller_id, contact_id) REFERENCES parties_contact (seller_id, id) ON DELETE SET NULL (contact_id);
ALTER TABLE messaging_pagerequest ADD CONSTRAINT page_request_customer_of_seller
    FOREIGN KEY (seller_id, customer_id) REFERENCES parties_customer (seller_id, id);
ALTER TABLE messaging_pagerequest ADD CONSTRAINT page_request_contact_of_seller
    FOREIGN KEY (seller_id, contact_id) REFERENCES parties_contact (seller_id, id) ON DELETE SET NULL (contact_id);
CREATE TRIGGER page_request_fixed BEFORE UPDATE OF id, seller_id, customer_id, kind, said, text, language, asked_at,
    recorded_at ON messaging_pagerequest FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER page_request_done BEFORE UPDATE ON messaging_pagerequest
    FOR EACH ROW WHEN (OLD.done_at IS NOT NULL AND NEW.contact_id IS NOT DISTINCT FROM OLD.contact_id)
    EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER page_request_kept BEFORE DELETE OR TRUNCATE ON messaging_pagerequest
    FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER page_link_fixed BEFORE UPDATE OF id, seller_id, customer_id, digest, recorded_at
    ON messaging_pagelink FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER page_link_over BEFORE UPDATE ON messaging_pagelink
    FOR EACH ROW WHEN (OLD.revoked_at IS NOT NULL AND NEW.revoked_at IS DISTINCT FROM OLD.revoked_at)
    EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER page_link_kept BEFORE DELETE OR TRUNCATE ON messaging_pagelink
    FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER page_touch_fixed BEFORE UPDATE OF id, seller_id, link_id, customer_id, kind, at, address, subject_id,
    key
    ON messaging_pagetouch FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER page_touch_kept BEFORE DELETE OR TRUNCATE ON messaging_pagetouch
    FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
"""
# By a link's digest that one link shows, and nothing else.
BY_LINK = """
SELECT openterms_policy('messaging_pagelink', 'by_link', 'SELECT', 'PUBLIC',
    '''page:'' || digest = (SELECT openterms_key())', NULL);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("messaging", "0002_pre_replies"),
        ("parties", "0004_pre_recognition"),
        ("tenancy", "0008_pre_payment_details"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="PageLink",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("digest", models.CharField(max_length=64, unique=True)),
                ("language", models.CharField(default="en", max_length=2)),
                ("expires_at", models.DateTimeField()),
                ("revoked_at", models.DateTimeField(null=True)),
                (
                    "contact",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        to="parties.contact",
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
            name="PageRequest",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("plan", "Asks for instalments"),
                            ("person", "Names another contact"),
                            ("question", "Asks a question"),
                        ],
                        max_length=10,
                    ),
                ),
                ("said", models.JSONField(default=dict)),
                ("text", models.CharField(blank=True, max_length=2000)),
                ("language", models.CharField(max_length=2)),
                ("asked_at", models.DateTimeField()),
                ("done_at", models.DateTimeField(null=True)),
                ("done_note", models.CharField(blank=True, max_length=500)),
                (
                    "contact",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
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
                    "done_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
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
            name="PageTouch",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("seen", "Read the page"),
                            ("downloaded", "Opened a document"),
                            ("reported_payment", "Says it is paid"),
                            ("promised", "Promised a date"),
                            ("asked_plan", "Asked for instalments"),
                            ("disputed", "Disputed an amount"),
                            ("wrong_person", "Is not the right person"),
                            ("asked", "Asked a question"),
                        ],
                        max_length=16,
                    ),
                ),
                ("at", models.DateTimeField()),
                ("address", models.CharField(blank=True, max_length=64)),
                ("subject_id", models.UUIDField(null=True)),
                ("key", models.UUIDField(null=True)),
                (
                    "contact",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
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
                    "link",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="messaging.pagelink",
                    ),
                ),
                (
                    "seller",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="tenancy.seller"),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="pagelink",
            constraint=models.UniqueConstraint(fields=("seller", "id"), name="page_link_of_seller"),
        ),
        migrations.AddIndex(
            model_name="pagerequest",
            index=models.Index(
                condition=models.Q(("done_at__isnull", True)), fields=["seller", "id"], name="page_request_open"
            ),
        ),
        migrations.AddIndex(
            model_name="pagerequest",
            index=models.Index(fields=["seller", "customer", "-id"], name="page_request_customer"),
        ),
        migrations.AddConstraint(
            model_name="pagerequest",
            constraint=models.UniqueConstraint(fields=("seller", "id"), name="page_request_of_seller"),
        ),
        migrations.AddIndex(
            model_name="pagetouch",
            index=models.Index(fields=["seller", "customer", "-at"], name="page_touch_customer"),
        ),
        migrations.AddConstraint(
            model_name="pagetouch",
            constraint=models.UniqueConstraint(fields=("link", "key"), name="page_touch_once"),
        ),
        migrations.RunSQL(KEYS),
        migrations.RunSQL(BY_LINK),
    ]
