"""Papers: the signed copy's digest, letters as they were sent, and applications that programs begin."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

PROTECTED = {"on_delete": django.db.models.deletion.PROTECT, "db_constraint": False}
SELLER = {"db_index": False, "on_delete": django.db.models.deletion.PROTECT, "to": "tenancy.seller"}

KEYS = """
ALTER TABLE credit_creditletter ADD CONSTRAINT letter_case_of_seller
    FOREIGN KEY (seller_id, case_id) REFERENCES credit_creditcase (seller_id, id);
ALTER TABLE credit_creditletter ADD CONSTRAINT letter_customer_of_seller
    FOREIGN KEY (seller_id, customer_id) REFERENCES parties_customer (seller_id, id);
ALTER TABLE credit_applicationask ADD CONSTRAINT applicationask_of_seller
    FOREIGN KEY (seller_id, application_id) REFERENCES credit_application (seller_id, id);
SELECT openterms_append_only('credit_creditletter');
SELECT openterms_append_only('credit_applicationask');
CREATE TRIGGER application_return_fixed BEFORE UPDATE OF return_url ON credit_application
    FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("credit", "0017_pre_review"),
        ("parties", "0005_pre_recognition"),
        ("tenancy", "0009_pre_letterhead"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="application",
            name="return_url",
            field=models.CharField(blank=True, db_default="", default="", max_length=500),
        ),
        migrations.AddField(
            model_name="applicationacceptance",
            name="paper_hash",
            field=models.CharField(blank=True, db_default="", default="", max_length=64),
        ),
        migrations.AddField(
            model_name="applicationacceptance",
            name="paper_size",
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        migrations.CreateModel(
            name="ApplicationAsk",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("key", models.CharField(max_length=200)),
                ("body", models.JSONField()),
                ("answer", models.JSONField()),
                ("application", models.ForeignKey(to="credit.application", **PROTECTED)),
                ("seller", models.ForeignKey(**SELLER)),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("seller", "key"), name="applicationask_key")],
            },
        ),
        migrations.CreateModel(
            name="CreditLetter",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("approval", "Approval"), ("less", "Less than asked for"), ("decline", "Decline"),
                        ],
                        max_length=8,
                    ),
                ),
                ("language", models.CharField(max_length=2)),
                ("sent_to", models.EmailField(max_length=254)),
                ("reasons", models.JSONField(default=list)),
                ("digest", models.CharField(max_length=64)),
                ("size", models.BigIntegerField()),
                ("person_name", models.CharField(max_length=200)),
                ("sent_at", models.DateTimeField()),
                ("case", models.ForeignKey(to="credit.creditcase", **PROTECTED)),
                ("customer", models.ForeignKey(to="parties.customer", **PROTECTED)),
                (
                    "person",
                    models.ForeignKey(
                        db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("seller", models.ForeignKey(**SELLER)),
            ],
        ),
        migrations.RunSQL(KEYS),
    ]
