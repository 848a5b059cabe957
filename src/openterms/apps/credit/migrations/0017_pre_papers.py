"""Papers: the signed copy's digest, letters as they were sent, and applications that programs begin."""

from django.db import migrations

KEYS = """
ALTER TABLE credit_creditletter ADD CONSTRAINT letter_case_of_seller
    FOREIGN KEY (seller_id, case_id) REFERENCES credit_creditcase (seller_id, id);
ALTER TABLE credit_creditletter ADD CONSTRAINT letter_customer_of_seller
    FOREIGN KEY (seller_id, customer_id) REFERENCES parties_customer (seller_id, id);
ALTER TABLE credit_applicationask ADD CONSTRAINT applicationask_of_seller
    FOREIGN KEY (seller_id, application_id) REFERENCES credit_application (seller_id, id);
SELECT openterms_append_only('credit_creditletter');
SELECT openterms_append_only('credit_applicationask');
CREATE TRIGGER application_return_fixed BEFORE UPDATE OF return_url ON credit_application
    FOR EACH STATEMENT EXECUTE FUNCTION openterms_refuse();
"""


class Migration(migrations.Migration):
    dependencies = [("credit", "0016_pre_review")]
    operations = [migrations.RunSQL(KEYS)]
