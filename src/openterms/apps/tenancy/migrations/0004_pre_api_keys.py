"""Keys by which programs reach a seller. One is found by its digest, under a context that names the digest."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

BY_KEY = """
CREATE FUNCTION openterms_key() RETURNS text LANGUAGE sql STABLE PARALLEL RESTRICTED
    RETURN public.openterms_context('key');
SELECT openterms_policy('tenancy_apikey', 'by_key', 'SELECT', 'PUBLIC', 'digest = (SELECT openterms_key())', NULL);
CREATE TRIGGER apikey_fixed BEFORE UPDATE OF id, seller_id, prefix, digest, scopes, recorded_at
    ON tenancy_apikey FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER apikey_kept BEFORE DELETE OR TRUNCATE ON tenancy_apikey
    FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("tenancy", "0003_pre_ids"),
    ]

    operations = [
        migrations.CreateModel(
            name="ApiKey",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=80)),
                ("prefix", models.CharField(max_length=16)),
                ("digest", models.CharField(max_length=64, unique=True)),
                (
                    "scopes",
                    django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=16), size=None),
                ),
                ("revoked_at", models.DateTimeField(null=True)),
                ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("seller", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="tenancy.seller")),
            ],
        ),
        migrations.RunSQL(BY_KEY),
    ]
