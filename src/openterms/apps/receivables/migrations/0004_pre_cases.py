"""Dispute cases with their clock and evidence; what a plan makes of an item's dates."""

from django.db import migrations

GUARDS = """
ALTER TABLE receivables_disputecase ADD CONSTRAINT dispute_case_customer_of_seller
    FOREIGN KEY (seller_id, customer_id) REFERENCES parties_customer (seller_id, id);
ALTER TABLE receivables_dispute ADD CONSTRAINT dispute_case_of_its_seller
    FOREIGN KEY (seller_id, case_id) REFERENCES receivables_disputecase (seller_id, id);
ALTER TABLE receivables_disputefile ADD CONSTRAINT dispute_file_case_of_seller
    FOREIGN KEY (seller_id, case_id) REFERENCES receivables_disputecase (seller_id, id);
ALTER TABLE receivables_disputefile ADD CONSTRAINT dispute_file_attachment_of_seller
    FOREIGN KEY (seller_id, attachment_id) REFERENCES parties_attachment (seller_id, id);
ALTER TABLE receivables_scheduledpart ADD CONSTRAINT scheduled_customer_of_seller
    FOREIGN KEY (seller_id, customer_id) REFERENCES parties_customer (seller_id, id);
CREATE TRIGGER dispute_case_fixed BEFORE UPDATE OF id, seller_id, customer_id, amount_minor, currency, reason, channel,
    raised_by, note, opened_on, recorded_at
    ON receivables_disputecase FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER dispute_case_kept BEFORE DELETE OR TRUNCATE ON receivables_disputecase
    FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER dispute_case_of_dispute BEFORE UPDATE OF case_id ON receivables_dispute
    FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER dispute_file_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON receivables_disputefile
    FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER of_item AFTER INSERT ON receivables_scheduledpart REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION receivables_item_of_seller();
CREATE TRIGGER recorded_now AFTER INSERT ON receivables_scheduledpart REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION openterms_recorded_now();
CREATE TRIGGER scheduled_fixed BEFORE UPDATE OF id, seller_id, customer_id, item_id, source_id, number, due_on,
    amount_minor, starts_on, recorded_at
    ON receivables_scheduledpart FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER scheduled_kept BEFORE DELETE OR TRUNCATE ON receivables_scheduledpart
    FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
"""
BOOK = """
CREATE VIEW book_schedules WITH (security_invoker = true) AS
SELECT seller_id, item_id, customer_id, number::int, due_on, amount_minor, starts_on, ends_on, recorded_at,
       ended_recorded_at
FROM receivables_scheduledpart;
-- What is open of each part of an item under a running plan: open and not contested meets the latest parts first.
CREATE VIEW receivables_unmet WITH (security_invoker = true) AS
SELECT p.seller_id, p.customer_id, p.item_id, p.number, p.due_on, p.open_minor
FROM (
    SELECT s.seller_id, s.customer_id, s.item_id, s.number, s.due_on,
        least(s.amount_minor, greatest(0, i.open_minor - i.contested_minor - coalesce(sum(s.amount_minor) OVER (
            PARTITION BY s.item_id ORDER BY s.number ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING), 0)))::bigint
            AS open_minor
    FROM receivables_scheduledpart s JOIN receivables_item i ON i.id = s.item_id
    WHERE s.ends_on IS NULL
) p WHERE p.open_minor > 0;
-- The due date that counts of an item all of which is planned: that of the first instalment that is not met.
CREATE VIEW receivables_due WITH (security_invoker = true) AS
SELECT u.seller_id, u.customer_id, u.item_id, min(u.due_on) AS due_on
FROM receivables_unmet u JOIN receivables_item i ON i.id = u.item_id
GROUP BY u.seller_id, u.customer_id, u.item_id, i.open_minor, i.contested_minor
HAVING sum(u.open_minor) >= i.open_minor - i.contested_minor;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("receivables", "0003_post_references"),
        ("parties", "0004_pre_recognition"),
        ("tenancy", "0007_pre_rate_windows"),
    ]
    operations = [migrations.RunSQL(GUARDS), migrations.RunSQL(BOOK)]
