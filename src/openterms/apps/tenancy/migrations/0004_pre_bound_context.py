"""A context holds in one transaction, no name it needs can be shadowed, and what sellers share is read-only."""

from django.db import migrations

CONTEXT = """
CREATE OR REPLACE FUNCTION openterms_context(part text) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    said text := current_setting('openterms.context', true);
    code text := current_setting('openterms.code', true);
    began constant numeric := extract(epoch FROM transaction_timestamp());
    key record;
    body jsonb;
BEGIN
    IF said IS NULL OR said = '' OR code IS NULL THEN
        RETURN NULL;
    END IF;
    SELECT inner_pad, outer_pad INTO key FROM public.tenancy_contextkey WHERE id = 1;
    IF encode(sha256(key.outer_pad || sha256(key.inner_pad || convert_to(said, 'UTF8'))), 'hex') IS DISTINCT FROM code
    THEN
        RETURN NULL;
    END IF;
    body := said::jsonb;
    IF body ->> 'at' IS DISTINCT FROM pg_backend_pid() || ':' || (began * 1000000)::bigint
        AND coalesce((body ->> 'until')::numeric < began, true)
    THEN
        RETURN NULL;
    END IF;
    RETURN body ->> part;
END $$;

-- Bodies parsed once, here: a type or table that a session makes in pg_temp cannot take the place of what they name.
CREATE OR REPLACE FUNCTION openterms_seller() RETURNS uuid LANGUAGE sql STABLE
    RETURN public.openterms_context('seller')::pg_catalog.uuid;
CREATE OR REPLACE FUNCTION openterms_user() RETURNS uuid LANGUAGE sql STABLE
    RETURN public.openterms_context('user')::pg_catalog.uuid;
CREATE OR REPLACE FUNCTION openterms_login() RETURNS text LANGUAGE sql STABLE
    RETURN public.openterms_context('login');

ALTER FUNCTION openterms_refuse() SET search_path = pg_catalog, public, pg_temp;
ALTER FUNCTION openterms_grant() RENAME TO openterms_grant_rows;

CREATE FUNCTION openterms_grant() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    name text;
    own_address constant text := 'email_address_id IN (SELECT a.id FROM account_emailaddress a)';
BEGIN
    PERFORM openterms_grant_rows();
    -- All rows of one transaction are learnt at one instant, so that no answer ever shows half of it.
    FOR name IN SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
        JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attname = 'recorded_at'
            AND NOT a.attisdropped AND pg_get_expr(d.adbin, d.adrelid) <> 'transaction_timestamp()'
    LOOP
        EXECUTE format('ALTER TABLE %I ALTER COLUMN recorded_at SET DEFAULT transaction_timestamp()', name);
    END LOOP;
    -- What sellers share is read and not changed.
    FOR name IN SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
        AND (relname LIKE 'auth\\_%' OR relname IN ('django_content_type', 'tenancy_user_groups',
             'tenancy_user_user_permissions'))
    LOOP
        EXECUTE format('REVOKE INSERT, UPDATE, DELETE ON %I FROM openterms_web', name);
    END LOOP;
    -- The web role may hand a job in and learn its number; it does not read jobs.
    FOR name IN SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
        AND relname LIKE 'procrastinate\\_%'
    LOOP
        EXECUTE format('REVOKE ALL ON %I FROM openterms_web', name);
    END LOOP;
    IF to_regclass('procrastinate_jobs') IS NOT NULL THEN
        GRANT INSERT, SELECT (id) ON procrastinate_jobs TO openterms_web;
        GRANT INSERT ON procrastinate_events TO openterms_web;
    END IF;
    PERFORM openterms_policy('account_emailconfirmation', 'own', 'ALL', 'PUBLIC', own_address, own_address);
    PERFORM openterms_policy('django_session', 'worker', 'ALL', 'openterms_worker', 'true', 'true');
    REVOKE EXECUTE ON FUNCTION openterms_grant(), openterms_grant_rows(), openterms_append_only(text),
        openterms_policy(text, text, text, text, text, text) FROM PUBLIC, openterms_web, openterms_worker;
    BEGIN
        -- Connections of one role see each other's statements; those of the web role need not.
        ALTER ROLE openterms_web SET track_activities = off;
    EXCEPTION WHEN insufficient_privilege THEN
        RAISE NOTICE 'track_activities stays on: this owner may not change it';
    END;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("tenancy", "0003_pre_ids")]
    operations = [migrations.RunSQL(CONTEXT)]
