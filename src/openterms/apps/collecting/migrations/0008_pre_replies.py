"""What replies propose and which items they name."""

from django.db import migrations

GUARDS = """
ALTER TABLE collecting_replyproposal ADD CONSTRAINT replyproposal_mail_of_seller
    FOREIGN KEY (seller_id, mail_id) REFERENCES messaging_incomingmail (seller_id, id);
ALTER TABLE collecting_replyitem ADD CONSTRAINT replyitem_mail_of_seller
    FOREIGN KEY (seller_id, mail_id) REFERENCES messaging_incomingmail (seller_id, id);
CREATE TRIGGER of_item AFTER INSERT ON collecting_replyitem REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION receivables_item_of_seller();
SELECT openterms_append_only('collecting_replyitem');
-- What was proposed, with its evidence, is kept as it was; what was decided is decided once.
CREATE TRIGGER proposal_fixed BEFORE UPDATE OF id, seller_id, mail_id, kind, confidence_bp, start, "end", in_subject,
    quote, proposed, recorded_at ON collecting_replyproposal FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER proposal_decided BEFORE UPDATE ON collecting_replyproposal
    FOR EACH ROW WHEN (OLD.state <> 'open' AND (OLD.state, OLD.decided_at, OLD.result_id)
    IS DISTINCT FROM (NEW.state, NEW.decided_at, NEW.result_id)) EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER proposal_stays BEFORE DELETE OR TRUNCATE ON collecting_replyproposal
    FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("collecting", "0007_pre_escalation"),
        ("messaging", "0003_pre_replies"),
        ("tenancy", "0007_pre_rate_windows"),
        ("receivables", "0004_pre_cases"),
    ]
    operations = [migrations.RunSQL(GUARDS)]
