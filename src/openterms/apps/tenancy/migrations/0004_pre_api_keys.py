"""Keys by which programs reach a seller. One is found by its digest, under a context that names the digest."""

from django.db import migrations

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
    dependencies = [("tenancy", "0003_pre_ids")]
    operations = [migrations.RunSQL(BY_KEY)]
