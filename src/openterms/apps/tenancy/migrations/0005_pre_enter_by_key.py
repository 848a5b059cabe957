"""A key's secret opens its seller's context in one statement; a key may be asked only so often."""

from django.db import migrations

# The database itself signs the context here: whoever shows a secret in force may act for its seller, and nobody else.
# Signing is part of this function and no function of its own, which every role could call. The key's row is read under
# row-level security, by a context that names its digest. The lock time-out is for the statements that follow.
ENTER = """
CREATE FUNCTION openterms_enter_by_key(secret text, lock_wait text) RETURNS TABLE (
    id uuid, name text, prefix text, scopes text[], per_minute int, seller_id uuid, seller_code text,
    seller_currency text, seller_timezone text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    hashed constant text := encode(sha256(convert_to(secret, 'UTF8')), 'hex');
    place constant text := pg_backend_pid() || ':' || (extract(epoch FROM transaction_timestamp()) * 1000000)::bigint;
    pads record;
    key record;
    said text := jsonb_build_object('key', hashed, 'at', place);
BEGIN
    SELECT inner_pad, outer_pad INTO pads FROM public.tenancy_contextkey c WHERE c.id = 1;
    PERFORM set_config('openterms.context', said, true), set_config('openterms.code',
        encode(sha256(pads.outer_pad || sha256(pads.inner_pad || convert_to(said, 'UTF8'))), 'hex'), true);
    SELECT k.id, k.name, k.prefix, k.scopes, k.per_minute, k.seller_id INTO key
    FROM public.tenancy_apikey k WHERE k.digest = hashed AND k.revoked_at IS NULL;
    IF NOT FOUND THEN
        PERFORM set_config('openterms.context', '', true), set_config('openterms.code', '', true);
        RETURN;
    END IF;
    said := jsonb_build_object('seller', key.seller_id, 'at', place);
    PERFORM set_config('openterms.context', said, true), set_config('openterms.code',
        encode(sha256(pads.outer_pad || sha256(pads.inner_pad || convert_to(said, 'UTF8'))), 'hex'), true);
    PERFORM set_config('lock_timeout', lock_wait, true);
    RETURN QUERY SELECT key.id::uuid, key.name::text, key.prefix::text, key.scopes::text[], key.per_minute::int,
        s.id, s.code::text, s.currency::text, s.timezone::text
    FROM public.tenancy_seller s WHERE s.id = key.seller_id;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("tenancy", "0004_pre_api_keys")]
    operations = [migrations.RunSQL(ENTER)]
