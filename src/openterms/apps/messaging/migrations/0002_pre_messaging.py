"""Templates by version, channels, messages with their tries and reports, bad addresses, batches of post."""

from django.db import migrations

KEYS = """
ALTER TABLE messaging_message ADD CONSTRAINT message_customer_of_seller
    FOREIGN KEY (seller_id, customer_id) REFERENCES parties_customer (seller_id, id);
ALTER TABLE messaging_message ADD CONSTRAINT message_contact_of_seller
    FOREIGN KEY (seller_id, contact_id) REFERENCES parties_contact (seller_id, id);
ALTER TABLE messaging_message ADD CONSTRAINT message_template_of_seller
    FOREIGN KEY (seller_id, template_version_id) REFERENCES messaging_templateversion (seller_id, id);
ALTER TABLE messaging_message ADD CONSTRAINT message_repairs_of_seller
    FOREIGN KEY (seller_id, repairs_id) REFERENCES messaging_message (seller_id, id);
ALTER TABLE messaging_message ADD CONSTRAINT message_post_batch_of_seller
    FOREIGN KEY (seller_id, post_batch_id) REFERENCES messaging_postbatch (seller_id, id);
ALTER TABLE messaging_messageattempt ADD CONSTRAINT attempt_message_of_seller
    FOREIGN KEY (seller_id, message_id) REFERENCES messaging_message (seller_id, id);
ALTER TABLE messaging_messagereport ADD CONSTRAINT report_message_of_seller
    FOREIGN KEY (seller_id, message_id) REFERENCES messaging_message (seller_id, id);
ALTER TABLE messaging_messageattachment ADD CONSTRAINT attachment_message_of_seller
    FOREIGN KEY (seller_id, message_id) REFERENCES messaging_message (seller_id, id);
ALTER TABLE messaging_badaddress ADD CONSTRAINT bad_address_message_of_seller
    FOREIGN KEY (seller_id, message_id) REFERENCES messaging_message (seller_id, id);
"""
GUARDS = """
CREATE TRIGGER message_fixed BEFORE UPDATE OF id, seller_id, customer_id, channel, purpose, language, key, batch_id,
    repairs_id, queued_at, recorded_at ON messaging_message FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER message_said BEFORE UPDATE OF contact_id, address, template_version_id, template_hash, variables,
    subject, text, html, thread_key ON messaging_message
    FOR EACH ROW WHEN (OLD.state NOT IN ('queued', 'held')) EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER message_stays BEFORE DELETE OR TRUNCATE ON messaging_message
    FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER template_fixed BEFORE UPDATE OF id, seller_id, purpose, language, tone, segment, number, recorded_at
    ON messaging_templateversion FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER template_published BEFORE UPDATE OF subject, text, short, hash, drafted_by_id, drafted_at,
    published_by_id, published_at ON messaging_templateversion
    FOR EACH ROW WHEN (OLD.state <> 'draft') EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER template_never_a_draft_again BEFORE UPDATE OF state ON messaging_templateversion
    FOR EACH ROW WHEN (OLD.state <> 'draft' AND NEW.state = 'draft' OR OLD.state = 'withdrawn')
    EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER template_stays BEFORE DELETE ON messaging_templateversion
    FOR EACH ROW WHEN (OLD.state <> 'draft') EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER template_kept BEFORE TRUNCATE ON messaging_templateversion
    FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER bad_address_fixed BEFORE UPDATE OF id, seller_id, channel, address, cause, message_id, what, marked_at
    ON messaging_badaddress FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
SELECT openterms_append_only('messaging_messageattempt');
SELECT openterms_append_only('messaging_messagereport');
SELECT openterms_append_only('messaging_messageattachment');
SELECT openterms_append_only('messaging_postbatch');
"""


class Migration(migrations.Migration):
    dependencies = [
        ("messaging", "0001_initial"),
        ("parties", "0004_pre_recognition"),
        ("tenancy", "0007_pre_rate_windows"),
    ]
    operations = [migrations.RunSQL(KEYS), migrations.RunSQL(GUARDS)]
