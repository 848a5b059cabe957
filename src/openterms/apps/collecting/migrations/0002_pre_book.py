"""Published strategies are written once; publishes the promises and touches of the book."""

from django.db import migrations

BOOK = """
SELECT openterms_append_only('collecting_strategyversion');
CREATE VIEW book_promises WITH (security_invoker = true) AS
SELECT s.seller_id, s.promise_id, p.customer_id, p.currency::text, p.amount_minor, p.promised_for, p.made_on,
       s.state::text, s.state_on, s.number AS state_number, s.recorded_at
FROM collecting_promisestate s JOIN collecting_promise p ON p.id = s.promise_id AND p.seller_id = s.seller_id;
CREATE VIEW book_touches WITH (security_invoker = true) AS
SELECT seller_id, customer_id, item_id, step::text AS kind, taken_on AS touched_on, recorded_at,
       NULL::timestamptz AS struck_at
FROM collecting_steptaken
UNION ALL
SELECT seller_id, customer_id, NULL::uuid, outcome::text, done_on, recorded_at, struck_at
FROM collecting_activity WHERE outcome <> '';
"""


class Migration(migrations.Migration):
    dependencies = [("collecting", "0001_initial"), ("tenancy", "0002_pre_row_level_security")]
    operations = [migrations.RunSQL(BOOK)]
