"""The mails by which letters go."""

from django.db import migrations

GUARDS = """
ALTER TABLE credit_lettermail ADD CONSTRAINT lettermail_letter_of_seller
    FOREIGN KEY (seller_id, letter_id) REFERENCES credit_creditletter (seller_id, id);
CREATE TRIGGER lettermail_fixed BEFORE UPDATE OF id, seller_id, letter_id, subject, text, file_name, recorded_at
    ON credit_lettermail FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER lettermail_over BEFORE UPDATE ON credit_lettermail
    FOR EACH ROW WHEN (OLD.state = 'sent') EXECUTE FUNCTION openterms_refuse();
CREATE TRIGGER lettermail_kept BEFORE DELETE OR TRUNCATE ON credit_lettermail
    FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
"""


class Migration(migrations.Migration):
    dependencies = [("credit", "0019_pre_mass_change")]
    operations = [migrations.RunSQL(GUARDS)]
