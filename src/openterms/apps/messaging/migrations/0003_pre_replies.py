"""Mailboxes, mails as they were received, their files."""

from django.db import migrations

GUARDS = """
ALTER TABLE messaging_incomingmail ADD CONSTRAINT incoming_mailbox_of_seller
    FOREIGN KEY (seller_id, mailbox_id) REFERENCES messaging_mailbox (seller_id, id);
ALTER TABLE messaging_incomingmail ADD CONSTRAINT incoming_customer_of_seller
    FOREIGN KEY (seller_id, customer_id) REFERENCES parties_customer (seller_id, id);
ALTER TABLE messaging_incomingmail ADD CONSTRAINT incoming_contact_of_seller
    FOREIGN KEY (seller_id, contact_id) REFERENCES parties_contact (seller_id, id);
ALTER TABLE messaging_incomingmail ADD CONSTRAINT incoming_answers_of_seller
    FOREIGN KEY (seller_id, answers_id) REFERENCES messaging_message (seller_id, id);
ALTER TABLE messaging_incomingfile ADD CONSTRAINT incomingfile_mail_of_seller
    FOREIGN KEY (seller_id, mail_id) REFERENCES messaging_incomingmail (seller_id, id);
SELECT openterms_append_only('messaging_incomingfile');
CREATE TRIGGER incoming_fixed BEFORE UPDATE OF id, seller_id, mailbox_id, key, message_id, in_reply_to, thread_ids,
    sender_address, sender_name, reply_to, subject, text, own, sent_at, received_at, size, digest, is_automatic,
    is_bounce, is_list, faults, answers_id, recorded_at
    ON messaging_incomingmail FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER incoming_whose BEFORE UPDATE OF customer_id ON messaging_incomingmail
    FOR EACH ROW WHEN (OLD.customer_id IS NOT NULL AND OLD.customer_id IS DISTINCT FROM NEW.customer_id)
    EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER incoming_stays BEFORE DELETE OR TRUNCATE ON messaging_incomingmail
    FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("messaging", "0002_pre_messaging"),
        ("parties", "0004_pre_recognition"),
        ("tenancy", "0007_pre_rate_windows"),
    ]
    operations = [migrations.RunSQL(GUARDS)]
