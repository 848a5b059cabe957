"""Credit applications: each shows to its seller, and to who brings its link; what was signed is never changed."""

from django.db import migrations

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
    dependencies = [("credit", "0008_pre_orders")]
    operations = [migrations.RunSQL(KEYS), migrations.RunSQL(GUARDS), migrations.RunSQL(BY_LINK)]
