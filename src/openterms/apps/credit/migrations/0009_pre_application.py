"""Credit applications: each shows to its seller, and to who brings its link; what was signed is never changed."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

KEYS = """
ALTER TABLE credit_application ADD CONSTRAINT application_customer_of_seller
    FOREIGN KEY (seller_id, customer_id) REFERENCES parties_customer (seller_id, id);
ALTER TABLE credit_applicationfile ADD CONSTRAINT applicationfile_of_seller
    FOREIGN KEY (seller_id, application_id) REFERENCES credit_application (seller_id, id);
ALTER TABLE credit_applicationreference ADD CONSTRAINT applicationreference_of_seller
    FOREIGN KEY (seller_id, application_id) REFERENCES credit_application (seller_id, id);
ALTER TABLE credit_applicationacceptance ADD CONSTRAINT applicationacceptance_of_seller
    FOREIGN KEY (seller_id, application_id) REFERENCES credit_application (seller_id, id);
ALTER TABLE credit_applicationcheck ADD CONSTRAINT applicationcheck_of_seller
    FOREIGN KEY (seller_id, application_id) REFERENCES credit_application (seller_id, id);
ALTER TABLE credit_applicationkey ADD CONSTRAINT applicationkey_of_seller
    FOREIGN KEY (seller_id, application_id) REFERENCES credit_application (seller_id, id);
"""
GUARDS = """
CREATE FUNCTION openterms_application() RETURNS uuid LANGUAGE sql STABLE PARALLEL RESTRICTED
    RETURN public.openterms_context('application')::pg_catalog.uuid;
CREATE FUNCTION openterms_reference() RETURNS uuid LANGUAGE sql STABLE PARALLEL RESTRICTED
    RETURN public.openterms_context('reference')::pg_catalog.uuid;
CREATE FUNCTION openterms_of() RETURNS uuid LANGUAGE sql STABLE PARALLEL RESTRICTED
    RETURN public.openterms_context('of')::pg_catalog.uuid;

-- Who holds the link fills in, sends and withdraws; who decides, for whom and why is the seller's to write.
CREATE FUNCTION openterms_application_guard() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF OLD.state <> 'started' AND NEW.answers IS DISTINCT FROM OLD.answers THEN
        RAISE EXCEPTION 'the answers of an application that was sent do not change'
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF public.openterms_application() IS NOT NULL AND (
        (NEW.customer_id, NEW.decided_at, NEW.decided_by_id, NEW.note, NEW.message) IS DISTINCT FROM
        (OLD.customer_id, OLD.decided_at, OLD.decided_by_id, OLD.note, OLD.message)
        OR NEW.state IN ('accepted', 'declined') OR (NEW.state = 'started' AND OLD.state <> 'started'))
    THEN
        RAISE EXCEPTION 'an applicant does not decide' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER application_guard BEFORE UPDATE ON credit_application
    FOR EACH ROW EXECUTE FUNCTION openterms_application_guard();
CREATE TRIGGER application_fixed BEFORE UPDATE OF id, seller_id, number, digest, currency, order_ref, started_at,
    recorded_at ON credit_application FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER application_kept BEFORE DELETE OR TRUNCATE ON credit_application
    FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER applicationfile_fixed BEFORE UPDATE OF id, seller_id, application_id, name, media_type, size, digest,
    recorded_at ON credit_applicationfile FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER applicationreference_fixed BEFORE UPDATE OF id, seller_id, application_id, kind, company, email,
    applicant, currency, recorded_at
    ON credit_applicationreference FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER applicationreference_answered BEFORE UPDATE ON credit_applicationreference
    FOR EACH ROW WHEN (OLD.answered_at IS NOT NULL) EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER applicationreference_kept BEFORE DELETE OR TRUNCATE ON credit_applicationreference
    FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER applicationform_fixed BEFORE UPDATE OF id, seller_id, code, recorded_at
    ON credit_applicationform FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
SELECT openterms_append_only('credit_applicationacceptance');
SELECT openterms_append_only('credit_applicationcheck');
"""
BY_LINK = """
-- By its public code a seller's form shows; by a link's digest the one application or reference; nothing else.
SELECT openterms_policy('credit_applicationform', 'by_code', 'SELECT', 'PUBLIC',
    '''apply:'' || code = (SELECT openterms_key()) OR seller_id = (SELECT openterms_of())', NULL);
SELECT openterms_policy('credit_applicationstart', 'by_form', 'ALL', 'PUBLIC',
    'seller_id = (SELECT openterms_of())', 'seller_id = (SELECT openterms_of())');
SELECT openterms_policy('credit_application', 'by_link', 'SELECT', 'PUBLIC',
    '''application:'' || digest = (SELECT openterms_key())', NULL);
SELECT openterms_policy('credit_application', 'applicant', 'ALL', 'PUBLIC',
    'id = (SELECT openterms_application())',
    'id = (SELECT openterms_application()) AND seller_id = (SELECT openterms_of())');
SELECT openterms_policy('credit_applicationreference', 'by_link', 'SELECT', 'PUBLIC',
    '''reference:'' || digest = (SELECT openterms_key())', NULL);
SELECT openterms_policy('credit_applicationreference', 'referee', 'ALL', 'PUBLIC',
    'id = (SELECT openterms_reference())',
    'id = (SELECT openterms_reference()) AND seller_id = (SELECT openterms_of())');
DO $$
DECLARE
    found text;
    own constant text := 'application_id = (SELECT openterms_application())';
BEGIN
    FOREACH found IN ARRAY ARRAY['credit_applicationfile', 'credit_applicationreference',
        'credit_applicationacceptance', 'credit_applicationkey']
    LOOP
        PERFORM openterms_policy(found, 'applicant', 'ALL', 'PUBLIC', own,
            own || ' AND seller_id = (SELECT openterms_of())');
    END LOOP;
END $$;
SELECT openterms_policy('tenancy_seller', 'of_form', 'SELECT', 'PUBLIC', 'id = (SELECT openterms_of())', NULL);
SELECT openterms_policy('journal_event', 'of_link', 'ALL', 'PUBLIC',
    'subject_id = (SELECT openterms_application()) OR subject_id = (SELECT openterms_reference())',
    'seller_id = (SELECT openterms_of()) AND (subject_id = (SELECT openterms_application())'
    ' OR subject_id = (SELECT openterms_reference()))');
"""


class Migration(migrations.Migration):
    dependencies = [
        ("credit", "0008_pre_orders"),
        ("parties", "0005_pre_recognition"),
        ("journal", "0002_pre_append_only"),
        ("tenancy", "0004_pre_api_keys"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Application",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("number", models.CharField(max_length=16)),
                ("digest", models.CharField(max_length=64, unique=True)),
                ("language", models.CharField(default="en", max_length=2)),
                ("currency", models.CharField(max_length=3)),
                ("order_ref", models.CharField(blank=True, max_length=100)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("started", "Being filled in"),
                            ("submitted", "Submitted"),
                            ("withdrawn", "Withdrawn"),
                            ("accepted", "Accepted"),
                            ("declined", "Declined"),
                        ],
                        default="started",
                        max_length=12,
                    ),
                ),
                ("answers", models.JSONField(default=dict)),
                ("name", models.CharField(blank=True, max_length=200)),
                ("started_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("submitted_at", models.DateTimeField(null=True)),
                ("decided_at", models.DateTimeField(null=True)),
                ("message", models.TextField(blank=True)),
                ("note", models.TextField(blank=True)),
                (
                    "customer",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="applications",
                        to="parties.customer",
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.SET_NULL, to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "seller",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="tenancy.seller"),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ApplicationAcceptance",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("language", models.CharField(max_length=2)),
                ("document", models.TextField()),
                ("document_hash", models.CharField(max_length=64)),
                ("answers", models.JSONField()),
                ("answers_hash", models.CharField(max_length=64)),
                ("typed_name", models.CharField(max_length=200)),
                ("position", models.CharField(blank=True, max_length=200)),
                ("signed_at", models.DateTimeField()),
                ("address", models.CharField(max_length=64)),
                (
                    "application",
                    models.ForeignKey(
                        db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to="credit.application"
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
            name="ApplicationCheck",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("register", models.CharField(max_length=16)),
                ("value", models.CharField(max_length=80)),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("found", "In the register"),
                            ("not_found", "Not in the register"),
                            ("unreachable", "The register did not answer"),
                        ],
                        max_length=12,
                    ),
                ),
                ("name", models.CharField(blank=True, max_length=300)),
                ("status", models.CharField(blank=True, max_length=16)),
                ("registered_on", models.DateField(null=True)),
                ("said", models.JSONField(default=dict)),
                ("checked_at", models.DateTimeField()),
                (
                    "application",
                    models.ForeignKey(
                        db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to="credit.application"
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
            name="ApplicationFile",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "purpose",
                    models.CharField(
                        choices=[
                            ("registration", "Certificate of registration"),
                            ("tax", "VAT or tax certificate"),
                            ("identity", "Identity of who signs"),
                            ("statements", "Financial statements"),
                            ("bank", "Letter or statement of the bank"),
                            ("other", "Other"),
                        ],
                        max_length=16,
                    ),
                ),
                ("name", models.CharField(max_length=200)),
                ("media_type", models.CharField(max_length=100)),
                ("size", models.BigIntegerField()),
                ("digest", models.CharField(max_length=64)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("clean", "Scanned, clean"),
                            ("unscanned", "Not scanned: no scanner is set up"),
                            ("waiting", "In quarantine: the scanner did not answer"),
                            ("infected", "Refused by the scanner"),
                        ],
                        max_length=10,
                    ),
                ),
                ("scan_said", models.CharField(blank=True, max_length=200)),
                (
                    "application",
                    models.ForeignKey(
                        db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to="credit.application"
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
            name="ApplicationForm",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("code", models.CharField(max_length=32, unique=True)),
                ("is_open", models.BooleanField(default=False)),
                ("agreement", models.JSONField(default=dict)),
                ("valid_days", models.SmallIntegerField(default=30)),
                (
                    "seller",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="tenancy.seller"),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ApplicationKey",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("kind", models.CharField(max_length=8)),
                ("value", models.CharField(db_collation="C", max_length=100)),
                (
                    "application",
                    models.ForeignKey(
                        db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to="credit.application"
                    ),
                ),
                (
                    "seller",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="tenancy.seller"),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ApplicationReference",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "kind",
                    models.CharField(choices=[("trade", "Trade reference"), ("bank", "Bank reference")], max_length=5),
                ),
                ("company", models.CharField(max_length=200)),
                ("person", models.CharField(blank=True, max_length=200)),
                ("email", models.EmailField(max_length=254)),
                ("phone", models.CharField(blank=True, max_length=40)),
                ("applicant", models.CharField(max_length=200)),
                ("language", models.CharField(default="en", max_length=2)),
                ("currency", models.CharField(max_length=3)),
                ("digest", models.CharField(max_length=64, unique=True)),
                ("asked_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("answered_at", models.DateTimeField(null=True)),
                ("answers", models.JSONField(default=dict)),
                ("answered_by", models.CharField(blank=True, max_length=200)),
                (
                    "application",
                    models.ForeignKey(
                        db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to="credit.application"
                    ),
                ),
                (
                    "seller",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="tenancy.seller"),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ApplicationStart",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("address_digest", models.CharField(max_length=64)),
                ("started_at", models.DateTimeField()),
                (
                    "seller",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="tenancy.seller"),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="application",
            index=models.Index(fields=["seller", "state", "id"], name="application_state"),
        ),
        migrations.AddConstraint(
            model_name="application",
            constraint=models.UniqueConstraint(fields=("seller", "number"), name="application_number"),
        ),
        migrations.AddConstraint(
            model_name="application",
            constraint=models.UniqueConstraint(fields=("seller", "id"), name="application_of_seller"),
        ),
        migrations.AddConstraint(
            model_name="application",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state", "started"), ("submitted_at__isnull", False), ("state", "withdrawn"), _connector="OR"
                ),
                name="application_submitted",
            ),
        ),
        migrations.AddConstraint(
            model_name="application",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "accepted"), _negated=True), ("customer__isnull", False), _connector="OR"
                ),
                name="application_accepted",
            ),
        ),
        migrations.AddConstraint(
            model_name="applicationform",
            constraint=models.UniqueConstraint(fields=("seller",), name="applicationform_once"),
        ),
        migrations.AddIndex(
            model_name="applicationkey",
            index=models.Index(fields=["seller", "kind", "value"], name="applicationkey_value"),
        ),
        migrations.AddConstraint(
            model_name="applicationreference",
            constraint=models.UniqueConstraint(
                fields=("application", "kind", "email"), name="applicationreference_once"
            ),
        ),
        migrations.AddIndex(
            model_name="applicationstart",
            index=models.Index(fields=["seller", "address_digest", "started_at"], name="applicationstart_address"),
        ),
        migrations.RunSQL(KEYS),
        migrations.RunSQL(GUARDS),
        migrations.RunSQL(BY_LINK),
    ]
