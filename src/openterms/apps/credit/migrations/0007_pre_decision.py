"""Credit cases, their decisions and what people did about them; temporary limits, and changes that name a decision."""

from django.db import migrations

KEYS = """
ALTER TABLE credit_creditcase ADD CONSTRAINT case_customer_of_seller
    FOREIGN KEY (seller_id, customer_id) REFERENCES parties_customer (seller_id, id);
ALTER TABLE credit_decision ADD CONSTRAINT decision_case_of_seller
    FOREIGN KEY (seller_id, case_id) REFERENCES credit_creditcase (seller_id, id);
ALTER TABLE credit_decision ADD CONSTRAINT decision_customer_of_seller
    FOREIGN KEY (seller_id, customer_id) REFERENCES parties_customer (seller_id, id);
ALTER TABLE credit_decision ADD CONSTRAINT decision_policy_of_seller
    FOREIGN KEY (seller_id, policy_version_id) REFERENCES credit_policyversion (seller_id, id);
ALTER TABLE credit_casestep ADD CONSTRAINT step_case_of_seller
    FOREIGN KEY (seller_id, case_id) REFERENCES credit_creditcase (seller_id, id);
ALTER TABLE credit_casestep ADD CONSTRAINT step_decision_of_seller
    FOREIGN KEY (seller_id, decision_id) REFERENCES credit_decision (seller_id, id);
ALTER TABLE credit_givenfact ADD CONSTRAINT given_customer_of_seller
    FOREIGN KEY (seller_id, customer_id) REFERENCES parties_customer (seller_id, id);
ALTER TABLE credit_givenfact ADD CONSTRAINT given_case_of_seller
    FOREIGN KEY (seller_id, case_id) REFERENCES credit_creditcase (seller_id, id);
ALTER TABLE credit_financialstatement ADD CONSTRAINT statement_customer_of_seller
    FOREIGN KEY (seller_id, customer_id) REFERENCES parties_customer (seller_id, id);
ALTER TABLE credit_linechange ADD CONSTRAINT linechange_decision_of_seller
    FOREIGN KEY (seller_id, decision_id) REFERENCES credit_decision (seller_id, id);
"""
GUARDS = """
SELECT openterms_append_only('credit_decision');
SELECT openterms_append_only('credit_casestep');
SELECT openterms_append_only('credit_givenfact');
SELECT openterms_append_only('credit_financialstatement');
CREATE TRIGGER case_fixed BEFORE UPDATE OF id, seller_id, customer_id, currency, limit_minor, terms, until, reason,
    source, source_ref, opened_by_id, opened_at, answer_by, recorded_at
    ON credit_creditcase FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER case_ended BEFORE UPDATE ON credit_creditcase
    FOR EACH ROW WHEN (OLD.state <> 'open') EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER case_kept BEFORE DELETE OR TRUNCATE ON credit_creditcase
    FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
"""


class Migration(migrations.Migration):
    dependencies = [("credit", "0006_pre_bureau")]
    operations = [migrations.RunSQL(KEYS), migrations.RunSQL(GUARDS)]
