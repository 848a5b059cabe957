"""What readers of personal pages do there is a touch of the customer: the strategy reads it as it reads calls."""

from django.db import migrations

# The kinds stay apart from those of messages and of calls: each begins with `page_`.
BOOK = """
CREATE OR REPLACE VIEW book_touches WITH (security_invoker = true) AS
SELECT seller_id, customer_id, item_id, step::text AS kind, taken_on AS touched_on, recorded_at,
       NULL::timestamptz AS struck_at
FROM collecting_steptaken
UNION ALL
SELECT seller_id, customer_id, NULL::uuid, outcome::text, done_on, recorded_at, struck_at
FROM collecting_activity WHERE outcome <> ''
UNION ALL
SELECT r.seller_id, m.customer_id, NULL::uuid,
       CASE r.kind WHEN 'clicked' THEN 'opened' ELSE r.kind::text END,
       (r.at AT TIME ZONE s.timezone)::date, r.recorded_at, NULL::timestamptz
FROM messaging_messagereport r
    JOIN messaging_message m ON m.seller_id = r.seller_id AND m.id = r.message_id
    JOIN tenancy_seller s ON s.id = r.seller_id
WHERE r.kind IN ('delivered', 'opened', 'clicked', 'replied', 'bounced', 'complained')
UNION ALL
SELECT t.seller_id, t.customer_id, NULL::uuid, 'page_' || t.kind,
       (t.at AT TIME ZONE s.timezone)::date, t.recorded_at, NULL::timestamptz
FROM messaging_pagetouch t JOIN tenancy_seller s ON s.id = t.seller_id;
"""


class Migration(migrations.Migration):
    dependencies = [("collecting", "0011_pre_asked"), ("messaging", "0004_pre_page")]
    operations = [migrations.RunSQL(BOOK)]
