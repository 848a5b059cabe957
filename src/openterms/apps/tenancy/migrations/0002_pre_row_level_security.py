"""The signed context, row-level security over every table that has a seller, and the rights of the two roles.

No name that the context needs can be shadowed, and what sellers share is read-only.
"""

from django.db import migrations

CONTEXT = """
-- A context holds in one transaction. Large scans may be shared by several workers although row-level security asks who
-- is asking: the leading process alone holds the context and hands its answer to the workers (PARALLEL RESTRICTED).
CREATE FUNCTION openterms_context(part text) RETURNS text
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
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
CREATE FUNCTION openterms_seller() RETURNS uuid LANGUAGE sql STABLE PARALLEL RESTRICTED
    RETURN public.openterms_context('seller')::pg_catalog.uuid;
CREATE FUNCTION openterms_customer() RETURNS uuid LANGUAGE sql STABLE PARALLEL RESTRICTED
    RETURN public.openterms_context('customer')::pg_catalog.uuid;
CREATE FUNCTION openterms_user() RETURNS uuid LANGUAGE sql STABLE PARALLEL RESTRICTED
    RETURN public.openterms_context('user')::pg_catalog.uuid;
CREATE FUNCTION openterms_login() RETURNS text LANGUAGE sql STABLE PARALLEL RESTRICTED
    RETURN public.openterms_context('login');

CREATE FUNCTION openterms_refuse() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RAISE EXCEPTION '% of % is refused: the record is append-only, reverse it instead', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$;

CREATE FUNCTION openterms_append_only(name text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON %I'
                   ' FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse()', name);
END $$;
"""
PROTECT = """
CREATE FUNCTION openterms_policy(name text, policy text, command text, roles text, using_rule text, check_rule text)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('DROP POLICY IF EXISTS %I ON %I', policy, name);
    EXECUTE format('CREATE POLICY %I ON %I FOR %s TO %s', policy, name, command, roles)
        || CASE WHEN using_rule IS NULL THEN '' ELSE ' USING (' || using_rule || ')' END
        || CASE WHEN check_rule IS NULL THEN '' ELSE ' WITH CHECK (' || check_rule || ')' END;
END $$;

-- Whoever acts for one customer sees rows of that customer and of no other, whatever else a policy would show. What is
-- not a customer's is not shown at all, unless its app says which rows are (a rule over tables that are bound).
CREATE FUNCTION openterms_of_customer(name text, rule text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    bound constant text := '(SELECT openterms_customer()) IS NULL' || coalesce(' OR ' || rule, '');
BEGIN
    EXECUTE format('DROP POLICY IF EXISTS own_customer ON %I', name);
    EXECUTE format('CREATE POLICY own_customer ON %I AS RESTRICTIVE FOR ALL TO PUBLIC USING (%s) WITH CHECK (%s)',
        name, bound, bound);
END $$;

CREATE FUNCTION openterms_grant_rows() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    found record;
    own constant text := 'seller_id = (SELECT openterms_seller())';
    self constant text := 'id = (SELECT openterms_user()) OR email = (SELECT openterms_login())';
    login constant text := 'user_id = (SELECT openterms_user()) OR user_id IN'
        ' (SELECT u.id FROM tenancy_user u WHERE u.email = (SELECT openterms_login()))';
BEGIN
    GRANT USAGE ON SCHEMA public TO openterms_web, openterms_worker;
    GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO openterms_web, openterms_worker;
    GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO openterms_web, openterms_worker;
    FOR found IN
        SELECT c.oid, c.relname AS name, c.relkind AS kind,
               EXISTS (SELECT 1 FROM pg_attribute a
                       WHERE a.attrelid = c.oid AND a.attname = 'seller_id' AND NOT a.attisdropped) AS of_seller,
               EXISTS (SELECT 1 FROM pg_attribute a
                       WHERE a.attrelid = c.oid AND a.attname = 'customer_id' AND NOT a.attisdropped) AS of_customer,
               EXISTS (SELECT 1 FROM pg_trigger t WHERE t.tgrelid = c.oid AND t.tgname = 'append_only') AS append_only
        FROM pg_class c
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'v', 'p')
          AND c.relname NOT IN ('tenancy_contextkey', 'django_migrations', 'openterms_stamp')
    LOOP
        EXECUTE format('REVOKE ALL ON %I FROM openterms_web, openterms_worker', found.name);
        IF found.kind = 'v' THEN
            EXECUTE format('GRANT SELECT ON %I TO openterms_web, openterms_worker', found.name);
            CONTINUE;
        ELSIF obj_description(found.oid, 'pg_class') = 'kept by the database' THEN
            EXECUTE format('GRANT SELECT ON %I TO openterms_web, openterms_worker', found.name);
        ELSIF found.append_only THEN
            EXECUTE format('GRANT SELECT, INSERT ON %I TO openterms_web, openterms_worker', found.name);
        ELSE
            EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO openterms_web, openterms_worker', found.name);
        END IF;
        IF found.of_seller AND found.name <> 'tenancy_membership' THEN
            PERFORM openterms_policy(found.name, 'own_seller', 'ALL', 'PUBLIC', own, own);
        END IF;
        IF found.of_customer AND found.of_seller THEN
            PERFORM openterms_of_customer(found.name, 'customer_id = (SELECT openterms_customer())');
        ELSIF found.of_seller AND NOT EXISTS (
            SELECT 1 FROM pg_policy p WHERE p.polrelid = found.oid AND p.polname = 'own_customer')
        THEN
            PERFORM openterms_of_customer(found.name, NULL);
        END IF;
    END LOOP;

    PERFORM openterms_of_customer('parties_customer', 'id = (SELECT openterms_customer())');
    PERFORM openterms_of_customer('tenancy_user', self);
    PERFORM openterms_policy('tenancy_seller', 'own', 'SELECT', 'PUBLIC', 'id = (SELECT openterms_seller())'
        ' OR id IN (SELECT m.seller_id FROM tenancy_membership m WHERE m.user_id = (SELECT openterms_user()))', NULL);
    PERFORM openterms_policy('tenancy_seller', 'change', 'UPDATE', 'PUBLIC', 'id = (SELECT openterms_seller())', NULL);
    PERFORM openterms_policy('tenancy_seller', 'worker', 'ALL', 'openterms_worker', 'true', 'true');
    PERFORM openterms_policy('tenancy_membership', 'own', 'SELECT', 'PUBLIC',
        own || ' OR user_id = (SELECT openterms_user())', NULL);
    PERFORM openterms_policy('tenancy_membership', 'change', 'UPDATE', 'PUBLIC', own, own);
    PERFORM openterms_policy('tenancy_membership', 'add', 'INSERT', 'PUBLIC', NULL, own);
    PERFORM openterms_policy('tenancy_membership', 'worker', 'ALL', 'openterms_worker', 'true', 'true');
    PERFORM openterms_policy('tenancy_user', 'seen', 'SELECT', 'PUBLIC', self || ' OR id IN'
        ' (SELECT m.user_id FROM tenancy_membership m WHERE m.seller_id = (SELECT openterms_seller()))', NULL);
    PERFORM openterms_policy('tenancy_user', 'change', 'UPDATE', 'PUBLIC', self, NULL);
    PERFORM openterms_policy('tenancy_user', 'add', 'INSERT', 'PUBLIC', NULL,
        '(SELECT openterms_seller()) IS NOT NULL');
    PERFORM openterms_policy('tenancy_user', 'worker', 'ALL', 'openterms_worker', 'true', 'true');
    PERFORM openterms_policy('account_emailaddress', 'own', 'ALL', 'PUBLIC', login, login);
    PERFORM openterms_policy('mfa_authenticator', 'own', 'ALL', 'PUBLIC', login, login);
    PERFORM openterms_policy('django_session', 'own', 'ALL', 'PUBLIC',
        'session_key = current_setting(''openterms.session'', true)',
        'session_key = current_setting(''openterms.session'', true)');
END $$;

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
        openterms_policy(text, text, text, text, text, text), openterms_of_customer(text, text)
        FROM PUBLIC, openterms_web, openterms_worker;
    BEGIN
        -- Connections of one role see each other's statements; those of the web role need not.
        ALTER ROLE openterms_web SET track_activities = off;
    EXCEPTION WHEN insufficient_privilege THEN
        RAISE NOTICE 'track_activities stays on: this owner may not change it';
    END;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("tenancy", "0001_initial")]
    operations = [migrations.RunSQL(CONTEXT), migrations.RunSQL(PROTECT)]
