"""Versions of credit policies: written, submitted, approved by a second person, and from then on unchanged."""

from django.db import migrations

GUARDS = """
ALTER TABLE credit_policyversion ADD CONSTRAINT policy_not_by_a_writer
    CHECK (approved_by_id IS NULL OR approved_by_id <> ALL (written_by));
CREATE FUNCTION credit_policy_guarded() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    fixed text[] := '{id,seller_id,code,number,drafted_by_id,drafted_at,recorded_at}';
    was constant jsonb := to_jsonb(OLD);
    is_ constant jsonb := to_jsonb(NEW);
    name text;
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'draft' THEN
            RAISE EXCEPTION 'a policy begins as a draft' USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF NOT OLD.state || ' ' || NEW.state = ANY ('{draft draft,draft submitted,draft withdrawn,submitted draft,'
        'submitted published,submitted withdrawn,published withdrawn}'::text[])
    THEN
        RAISE EXCEPTION 'a policy that is % does not become %', OLD.state, NEW.state
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.state <> 'draft' OR NEW.state <> 'draft' THEN
        fixed := fixed || '{name,currency,text,hash,is_readable,revision,written_by}'::text[];
    END IF;
    IF NEW.state <> 'published' OR OLD.state = 'published' THEN
        fixed := fixed || '{back_test_id,untested}'::text[];
    END IF;
    IF OLD.state = 'published' THEN
        fixed := fixed
            || '{note,submitted_by_id,submitted_at,approved_by_id,approved_at,effective_from}'::text[];
    END IF;
    FOREACH name IN ARRAY fixed LOOP
        IF was -> name IS DISTINCT FROM is_ -> name THEN
            RAISE EXCEPTION '% of a policy that is % does not change', name, OLD.state
                USING ERRCODE = 'restrict_violation';
        END IF;
    END LOOP;
    RETURN NEW;
END $$;
CREATE TRIGGER policy_guarded BEFORE INSERT OR UPDATE ON credit_policyversion
    FOR EACH ROW EXECUTE FUNCTION credit_policy_guarded();
CREATE TRIGGER policy_kept BEFORE DELETE OR TRUNCATE ON credit_policyversion
    FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
"""
ANSWERED = """
ALTER TABLE credit_authorisation ADD CONSTRAINT authorisation_policy_of_seller
    FOREIGN KEY (seller_id, policy_version_id) REFERENCES credit_policyversion (seller_id, id);
CREATE TRIGGER authorisation_policy_fixed BEFORE UPDATE OF policy_version_id
    ON credit_authorisation FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
"""


class Migration(migrations.Migration):
    dependencies = [("credit", "0004_pre_authorisation")]
    operations = [migrations.RunSQL(GUARDS), migrations.RunSQL(ANSWERED)]
