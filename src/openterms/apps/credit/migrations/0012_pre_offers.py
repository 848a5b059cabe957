"""Offers that a customer answers by a personal link, and changes of many lines as they were looked at."""

from django.db import migrations

KEYS = """
ALTER TABLE credit_offer ADD CONSTRAINT offer_customer_of_seller
    FOREIGN KEY (seller_id, customer_id) REFERENCES parties_customer (seller_id, id);
ALTER TABLE credit_offer ADD CONSTRAINT offer_decision_of_seller
    FOREIGN KEY (seller_id, decision_id) REFERENCES credit_decision (seller_id, id);
ALTER TABLE credit_masschangerow ADD CONSTRAINT masschangerow_change_of_seller
    FOREIGN KEY (seller_id, change_id) REFERENCES credit_masschange (seller_id, id);
ALTER TABLE credit_masschangerow ADD CONSTRAINT masschangerow_customer_of_seller
    FOREIGN KEY (seller_id, customer_id) REFERENCES parties_customer (seller_id, id);
CREATE TRIGGER offer_fixed BEFORE UPDATE OF id, seller_id, customer_id, currency, limit_minor, before_minor, terms,
    until, reason, message, language, decision_id, offered_on, answer_by, offered_by_id, recorded_at
    ON credit_offer FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER offer_answered BEFORE UPDATE ON credit_offer
    FOR EACH ROW WHEN (OLD.state <> 'open') EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER offer_kept BEFORE DELETE OR TRUNCATE ON credit_offer
    FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER masschange_kept BEFORE DELETE OR TRUNCATE ON credit_masschange
    FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER masschangerow_fixed BEFORE UPDATE OF id, seller_id, change_id, customer_id, place, currency, stamp,
    before_minor, after_minor, exposure_minor, marks
    ON credit_masschangerow FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER masschangerow_tried BEFORE UPDATE ON credit_masschangerow
    FOR EACH ROW WHEN (OLD.outcome <> '') EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER masschangerow_kept BEFORE DELETE OR TRUNCATE ON credit_masschangerow
    FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
"""
# By a link's digest one offer shows, and nothing else.
BY_LINK = """
SELECT openterms_policy('credit_offer', 'by_link', 'SELECT', 'PUBLIC',
    '''offer:'' || digest = (SELECT openterms_key())', NULL);
"""


class Migration(migrations.Migration):
    dependencies = [("credit", "0011_pre_lines")]
    operations = [migrations.RunSQL(KEYS), migrations.RunSQL(BY_LINK)]
