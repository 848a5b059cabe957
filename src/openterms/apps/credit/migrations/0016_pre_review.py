"""Reviews of credit lines, and what they ask of decisions."""

from django.db import migrations

KEYS = """
ALTER TABLE credit_review ADD CONSTRAINT review_customer_of_seller
    FOREIGN KEY (seller_id, customer_id) REFERENCES parties_customer (seller_id, id);
ALTER TABLE credit_review ADD CONSTRAINT review_policy_of_seller
    FOREIGN KEY (seller_id, policy_version_id) REFERENCES credit_policyversion (seller_id, id);
ALTER TABLE credit_review ADD CONSTRAINT review_case_of_seller
    FOREIGN KEY (seller_id, case_id) REFERENCES credit_creditcase (seller_id, id);
ALTER TABLE credit_reviewstep ADD CONSTRAINT review_step_of_seller
    FOREIGN KEY (seller_id, review_id) REFERENCES credit_review (seller_id, id);
ALTER TABLE credit_reviewstep ADD CONSTRAINT review_step_case_of_seller
    FOREIGN KEY (seller_id, case_id) REFERENCES credit_creditcase (seller_id, id);
"""
GUARDS = """
SELECT openterms_append_only('credit_reviewstep');
CREATE TRIGGER review_fixed BEFORE UPDATE OF id, seller_id, customer_id, currency, opened_on, opened_at,
    policy_version_id, recorded_at
    ON credit_review FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER review_ended BEFORE UPDATE ON credit_review
    FOR EACH ROW WHEN (OLD.state <> 'open') EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER review_kept BEFORE DELETE OR TRUNCATE ON credit_review
    FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
"""
# What reviews of very many lines ask of a decision, without reading the whole of what was kept.
ANSWERS = """
ALTER TABLE credit_decision ADD COLUMN review_months smallint
    GENERATED ALWAYS AS (CASE WHEN left(kept, 1) = '{'
        THEN ((kept::jsonb) #>> '{outcome,review_months}')::smallint END) STORED;
ALTER TABLE credit_decision ADD COLUMN risk_class text
    GENERATED ALWAYS AS (CASE WHEN left(kept, 1) = '{' THEN (kept::jsonb) #>> '{outcome,risk_class}' END) STORED;
"""


class Migration(migrations.Migration):
    dependencies = [("credit", "0015_pre_override_ends")]
    operations = [migrations.RunSQL(KEYS), migrations.RunSQL(GUARDS), migrations.RunSQL(ANSWERS)]
