"""No promise, step, work item or activity refers to what is another seller's: the keys hold the seller too."""

from django.db import migrations

KEYS = """
ALTER TABLE collecting_promise ADD CONSTRAINT promise_customer_of_seller
    FOREIGN KEY (seller_id, customer_id) REFERENCES parties_customer (seller_id, id);
ALTER TABLE collecting_promisestate ADD CONSTRAINT promisestate_promise_of_seller
    FOREIGN KEY (seller_id, promise_id) REFERENCES collecting_promise (seller_id, id);
ALTER TABLE collecting_promiseitem ADD CONSTRAINT promiseitem_promise_of_seller
    FOREIGN KEY (seller_id, promise_id) REFERENCES collecting_promise (seller_id, id);
ALTER TABLE collecting_activity ADD CONSTRAINT activity_customer_of_seller
    FOREIGN KEY (seller_id, customer_id) REFERENCES parties_customer (seller_id, id);
ALTER TABLE collecting_activity ADD CONSTRAINT activity_work_item_of_seller
    FOREIGN KEY (seller_id, work_item_id) REFERENCES collecting_workitem (seller_id, id);
ALTER TABLE collecting_activity ADD CONSTRAINT activity_contact_of_seller
    FOREIGN KEY (seller_id, contact_id) REFERENCES parties_contact (seller_id, id);
CREATE TRIGGER of_item AFTER INSERT ON collecting_promiseitem REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION receivables_item_of_seller();
CREATE TRIGGER promise_item_fixed BEFORE UPDATE OR DELETE OR TRUNCATE ON collecting_promiseitem
    FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
-- A day writes a work item for every customer: checked a statement at a time, and never given to another.
CREATE TRIGGER of_customer AFTER INSERT ON collecting_workitem REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION receivables_of_customer();
CREATE TRIGGER work_item_fixed BEFORE UPDATE OF id, seller_id, customer_id, currency
    ON collecting_workitem FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER of_customer AFTER INSERT ON collecting_steptaken REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION receivables_of_customer();
CREATE TRIGGER of_item AFTER INSERT ON collecting_steptaken REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION receivables_item_of_seller();
CREATE TRIGGER step_fixed BEFORE UPDATE OF id, seller_id, customer_id, item_id, step, cause, taken_on, recorded_at
    ON collecting_steptaken FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
"""


class Migration(migrations.Migration):
    dependencies = [("collecting", "0003_pre_promise_states"), ("receivables", "0003_post_references")]
    operations = [migrations.RunSQL(KEYS)]
