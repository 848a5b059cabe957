"""Plans, reported payments, and promises with lines."""

from django.db import migrations

GUARDS = """
ALTER TABLE collecting_plan ADD CONSTRAINT plan_customer_of_seller
    FOREIGN KEY (seller_id, customer_id) REFERENCES parties_customer (seller_id, id);
ALTER TABLE collecting_planinstalment ADD CONSTRAINT planinstalment_plan_of_seller
    FOREIGN KEY (seller_id, plan_id) REFERENCES collecting_plan (seller_id, id);
ALTER TABLE collecting_planline ADD CONSTRAINT planline_plan_of_seller
    FOREIGN KEY (seller_id, plan_id) REFERENCES collecting_plan (seller_id, id);
ALTER TABLE collecting_reportedpayment ADD CONSTRAINT reported_customer_of_seller
    FOREIGN KEY (seller_id, customer_id) REFERENCES parties_customer (seller_id, id);
ALTER TABLE collecting_reportedpayment ADD CONSTRAINT reported_proof_of_seller
    FOREIGN KEY (seller_id, proof_id) REFERENCES parties_attachment (seller_id, id);
ALTER TABLE collecting_reportedpart ADD CONSTRAINT reportedpart_payment_of_seller
    FOREIGN KEY (seller_id, payment_id) REFERENCES collecting_reportedpayment (seller_id, id);
CREATE TRIGGER of_item AFTER INSERT ON collecting_planline REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION receivables_item_of_seller();
CREATE TRIGGER of_item AFTER INSERT ON collecting_reportedpart REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION receivables_item_of_seller();
-- What was offered, and under which name it was accepted, never changes.
CREATE TRIGGER plan_fixed BEFORE UPDATE ON collecting_plan FOR EACH ROW WHEN (
    (OLD.id, OLD.seller_id, OLD.customer_id, OLD.currency, OLD.principal_minor, OLD.interest_minor, OLD.interest_bp,
     OLD.way, OLD.grace_days, OLD.most_missed, OLD.agreement, OLD.agreement_hash, OLD.offered_on, OLD.answer_by)
    IS DISTINCT FROM
    (NEW.id, NEW.seller_id, NEW.customer_id, NEW.currency, NEW.principal_minor, NEW.interest_minor, NEW.interest_bp,
     NEW.way, NEW.grace_days, NEW.most_missed, NEW.agreement, NEW.agreement_hash, NEW.offered_on, NEW.answer_by)
    OR (OLD.accepted_at IS NOT NULL AND
        (OLD.accepted_at, OLD.accepted_on, OLD.accepted_name, OLD.accepted_from, OLD.accepted_by, OLD.accepted_hash)
        IS DISTINCT FROM
        (NEW.accepted_at, NEW.accepted_on, NEW.accepted_name, NEW.accepted_from, NEW.accepted_by, NEW.accepted_hash))
    OR (OLD.state NOT IN ('offered', 'running') AND OLD.state <> NEW.state)
) EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER plan_kept BEFORE DELETE OR TRUNCATE ON collecting_plan
    FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER plan_instalment_fixed BEFORE UPDATE OF id, seller_id, plan_id, number, due_on, principal_minor,
    interest_minor ON collecting_planinstalment FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER plan_instalment_kept BEFORE DELETE OR TRUNCATE ON collecting_planinstalment
    FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER plan_line_fixed BEFORE UPDATE OR DELETE OR TRUNCATE ON collecting_planline
    FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER reported_fixed BEFORE UPDATE OF id, seller_id, customer_id, amount_minor, currency, paid_on, way,
    reference, note, proof_id, channel, reported_by, reported_on, waits_until, recorded_at
    ON collecting_reportedpayment FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER reported_kept BEFORE DELETE OR TRUNCATE ON collecting_reportedpayment
    FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER reported_part_fixed BEFORE UPDATE OR DELETE OR TRUNCATE ON collecting_reportedpart
    FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("collecting", "0005_pre_guard"),
        ("parties", "0004_pre_recognition"),
        ("receivables", "0003_post_references"),
        ("tenancy", "0007_pre_rate_windows"),
    ]
    operations = [migrations.RunSQL(GUARDS)]
