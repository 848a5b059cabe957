"""Drafts of strategies, sendings and what they made of items and events, the six checks, experiments."""

from django.db import migrations

KEYS = """
ALTER TABLE collecting_outreachrefusal ADD CONSTRAINT outreach_refusal_run_of_seller
    FOREIGN KEY (seller_id, run_id) REFERENCES collecting_outreachrun (seller_id, id);
ALTER TABLE collecting_outreachrefusal ADD CONSTRAINT outreach_refusal_customer_of_seller
    FOREIGN KEY (seller_id, customer_id) REFERENCES parties_customer (seller_id, id);
ALTER TABLE collecting_outreachhold ADD CONSTRAINT outreach_hold_customer_of_seller
    FOREIGN KEY (seller_id, customer_id) REFERENCES parties_customer (seller_id, id);
ALTER TABLE collecting_messageitem ADD CONSTRAINT message_item_message_of_seller
    FOREIGN KEY (seller_id, message_id) REFERENCES messaging_message (seller_id, id);
ALTER TABLE collecting_messageitem ADD CONSTRAINT message_item_customer_of_seller
    FOREIGN KEY (seller_id, customer_id) REFERENCES parties_customer (seller_id, id);
ALTER TABLE collecting_eventstep ADD CONSTRAINT event_step_customer_of_seller
    FOREIGN KEY (seller_id, customer_id) REFERENCES parties_customer (seller_id, id);
ALTER TABLE collecting_eventstep ADD CONSTRAINT event_step_message_of_seller
    FOREIGN KEY (seller_id, message_id) REFERENCES messaging_message (seller_id, id);
ALTER TABLE collecting_sixchecks ADD CONSTRAINT six_checks_customer_of_seller
    FOREIGN KEY (seller_id, customer_id) REFERENCES parties_customer (seller_id, id);
CREATE TRIGGER of_item AFTER INSERT ON collecting_messageitem REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION receivables_item_of_seller();
"""
GUARDS = """
SELECT openterms_append_only('collecting_outreachrun');
SELECT openterms_append_only('collecting_outreachrefusal');
SELECT openterms_append_only('collecting_messageitem');
SELECT openterms_append_only('collecting_sixchecks');
CREATE TRIGGER strategy_draft_fixed BEFORE UPDATE OF id, seller_id, number, drafted_at, recorded_at
    ON collecting_strategydraft FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER strategy_draft_waits BEFORE UPDATE OF text, digest ON collecting_strategydraft
    FOR EACH ROW WHEN (OLD.state <> 'draft') EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER strategy_draft_ended BEFORE UPDATE ON collecting_strategydraft
    FOR EACH ROW WHEN (OLD.state IN ('published', 'withdrawn')) EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER strategy_draft_kept BEFORE DELETE OR TRUNCATE ON collecting_strategydraft
    FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER outreach_hold_fixed BEFORE UPDATE OF id, seller_id, customer_id, date, reason, held_by_id, recorded_at
    ON collecting_outreachhold FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER outreach_hold_kept BEFORE DELETE OR TRUNCATE ON collecting_outreachhold
    FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER event_step_fixed BEFORE UPDATE OF id, seller_id, customer_id, code, cause, by, happened_on, taken_on,
    message_id, recorded_at
    ON collecting_eventstep FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER event_step_kept BEFORE DELETE OR TRUNCATE ON collecting_eventstep
    FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER experiment_fixed BEFORE UPDATE OF id, seller_id, code, document, digest, seed, challenger_bp,
    hold_out_bp, starts_on, ends_on, drafted_by_id, recorded_at
    ON collecting_experiment FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER experiment_ended BEFORE UPDATE ON collecting_experiment
    FOR EACH ROW WHEN (OLD.state = 'ended') EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER experiment_kept BEFORE DELETE OR TRUNCATE ON collecting_experiment
    FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
"""
# What comes back from messages is a touch of the customer: the strategy reads it as it reads calls.
BOOK = """
DROP VIEW book_touches;
CREATE VIEW book_touches WITH (security_invoker = true) AS
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
WHERE r.kind IN ('delivered', 'opened', 'clicked', 'replied', 'bounced', 'complained');
"""


class Migration(migrations.Migration):
    dependencies = [
        ("collecting", "0008_pre_replies"),
        ("messaging", "0003_pre_replies"),
        ("parties", "0004_pre_recognition"),
        ("receivables", "0003_post_references"),
        ("tenancy", "0007_pre_rate_windows"),
    ]
    operations = [migrations.RunSQL(KEYS), migrations.RunSQL(GUARDS), migrations.RunSQL(BOOK)]
