"""The signed context, and row-level security over every table that has a seller."""

from django.db import migrations

CONTEXT = """
CREATE FUNCTION openterms_context(part text) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    said text := current_setting('openterms.context', true);
    code text := current_setting('openterms.code', true);
    key record;
BEGIN
    IF said IS NULL OR said = '' OR code IS NULL THEN
        RETURN NULL;
    END IF;
    SELECT inner_pad, outer_pad INTO key FROM public.tenancy_contextkey WHERE id = 1;
    IF encode(sha256(key.outer_pad || sha256(key.inner_pad || convert_to(said, 'UTF8'))), 'hex') IS DISTINCT FROM code
    THEN
        RETURN NULL;
    END IF;
    RETURN said::jsonb ->> part;
END $$;

CREATE FUNCTION openterms_seller() RETURNS uuid LANGUAGE sql STABLE
    AS $$ SELECT public.openterms_context('seller')::uuid $$;
CREATE FUNCTION openterms_user() RETURNS uuid LANGUAGE sql STABLE
    AS $$ SELECT public.openterms_context('user')::uuid $$;
CREATE FUNCTION openterms_login() RETURNS text LANGUAGE sql STABLE
    AS $$ SELECT public.openterms_context('login') $$;

CREATE FUNCTION openterms_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
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

CREATE FUNCTION openterms_grant() RETURNS void LANGUAGE plpgsql AS $$
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
    REVOKE EXECUTE ON FUNCTION openterms_grant(), openterms_append_only(text) FROM PUBLIC;
    FOR found IN
        SELECT c.oid, c.relname AS name, c.relkind AS kind,
               EXISTS (SELECT 1 FROM pg_attribute a
                       WHERE a.attrelid = c.oid AND a.attname = 'seller_id' AND NOT a.attisdropped) AS of_seller,
               EXISTS (SELECT 1 FROM pg_trigger t WHERE t.tgrelid = c.oid AND t.tgname = 'append_only') AS append_only
        FROM pg_class c
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'v', 'p')
          AND c.relname NOT IN ('tenancy_contextkey', 'django_migrations', 'openterms_stamp')
    LOOP
        EXECUTE format('REVOKE ALL ON %I FROM openterms_web, openterms_worker', found.name);
        IF found.kind = 'v' THEN
            EXECUTE format('GRANT SELECT ON %I TO openterms_web, openterms_worker', found.name);
            CONTINUE;
        ELSIF found.append_only THEN
            EXECUTE format('GRANT SELECT, INSERT ON %I TO openterms_web, openterms_worker', found.name);
        ELSE
            EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO openterms_web, openterms_worker', found.name);
        END IF;
        IF found.of_seller AND found.name <> 'tenancy_membership' THEN
            PERFORM openterms_policy(found.name, 'own_seller', 'ALL', 'PUBLIC', own, own);
        END IF;
    END LOOP;

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
"""


class Migration(migrations.Migration):
    dependencies = [("tenancy", "0001_initial")]
    operations = [migrations.RunSQL(CONTEXT), migrations.RunSQL(PROTECT)]
