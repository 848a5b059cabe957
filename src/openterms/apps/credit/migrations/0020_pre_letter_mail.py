"""The mails by which letters go."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

PROTECTED = {"db_index": False, "on_delete": django.db.models.deletion.PROTECT}

GUARDS = """
ALTER TABLE credit_lettermail ADD CONSTRAINT lettermail_letter_of_seller
    FOREIGN KEY (seller_id, letter_id) REFERENCES credit_creditletter (seller_id, id);
CREATE TRIGGER lettermail_fixed BEFORE UPDATE OF id, seller_id, letter_id, subject, text, file_name, recorded_at
    ON credit_lettermail FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER lettermail_over BEFORE UPDATE ON credit_lettermail
    FOR EACH ROW WHEN (OLD.state = 'sent') EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER lettermail_kept BEFORE DELETE OR TRUNCATE ON credit_lettermail
    FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
"""


class Migration(migrations.Migration):
    dependencies = [("credit", "0019_pre_mass_change")]

    operations = [
        migrations.AddConstraint(
            "creditletter", models.UniqueConstraint(fields=("seller", "id"), name="creditletter_of_seller")
        ),
        migrations.CreateModel(
            name="LetterMail",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("subject", models.CharField(max_length=200)),
                ("text", models.CharField(max_length=4000)),
                ("file_name", models.CharField(max_length=120)),
                (
                    "state",
                    models.CharField(
                        choices=[("waiting", "Not sent yet"), ("sent", "Sent"), ("failed", "Could not be sent")],
                        default="waiting", max_length=10,
                    ),
                ),
                ("tries", models.SmallIntegerField(default=0)),
                ("next_at", models.DateTimeField()),
                ("fault", models.CharField(blank=True, max_length=200)),
                ("sent_at", models.DateTimeField(null=True)),
                ("letter", models.ForeignKey(db_constraint=False, to="credit.creditletter", **PROTECTED)),
                ("seller", models.ForeignKey(to="tenancy.seller", **PROTECTED)),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("seller", "letter"), name="lettermail_once")],
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "waiting")), fields=["seller", "next_at"], name="lettermail_due"
                    )
                ],
            },
        ),
        migrations.RunSQL(GUARDS),
    ]
