"""Published strategies are written once; publishes the promises and touches of the book."""

from django.db import migrations

BOOK = """
SELECT openterms_append_only('collecting_strategyversion');
CREATE VIEW book_promises WITH (security_invoker = true) AS
SELECT seller_id, id AS promise_id, customer_id, currency::text, amount_minor, promised_for, made_on, state::text,
       state_on, recorded_at
FROM collecting_promise;
CREATE VIEW book_touches WITH (security_invoker = true) AS
SELECT seller_id, customer_id, item_id, step::text AS kind, taken_on AS touched_on, recorded_at
FROM collecting_steptaken
UNION ALL
SELECT seller_id, customer_id, NULL::uuid, kind::text, done_on, recorded_at
FROM collecting_activity;
"""


class Migration(migrations.Migration):
    dependencies = [("collecting", "0001_initial"), ("tenancy", "0002_pre_row_level_security")]
    operations = [migrations.RunSQL(BOOK)]
